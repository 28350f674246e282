"""Tensor kernels for musicvid. They stand alone: no music, no files; torch, Triton where it is
installed, numpy and numba for what finishes frames on processors.

One folder an operation: ``reference.py`` is the definition in plain PyTorch, ``kernel.py`` the same in Triton,
``cases.py`` the shapes and tolerances that tests and benchmarks share, ``__init__.py`` registers it with
``torch.library`` so that ``torch.compile`` sees one opaque node. :mod:`.choice` says which of the two runs.
"""
