"""What the kernels are worth on a graphics card: ``cd kernels && python -m benchmarks --out DIR`` (``--tiny``: on the
processor, to see that it works). ``python -m benchmarks.table`` prints the table of ``kernels/README.md``,
``python -m benchmarks.predict`` counts again what was predicted."""
