"""What the diffusion backend costs on a graphics card: ``python -m tests.benchmarks.cards --out DIR``.

Models have the real architecture sizes and random weights: speed and memory do not depend on what the weights are, and
nothing is downloaded. ``--tiny`` runs every section on tiny models on the CPU, to see that it works.
"""
