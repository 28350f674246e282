"""Tensor kernels for musicvid. They stand alone: no music, no files, torch only.

One folder an operation: ``reference.py`` is the definition in plain PyTorch, ``cases.py`` holds shapes and tolerances
for the tests, ``__init__.py`` registers it with ``torch.library`` so that ``torch.compile`` sees one opaque node.
"""
