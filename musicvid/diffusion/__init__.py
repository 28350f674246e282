"""The door to diffusers: which video models there are, how one is loaded, asked and kept within a card's memory.

Knows no music, no shots and no files of ours. torch, diffusers and transformers are imported where they are used.
"""
