"""Speed as ratios measured in one run on one machine: `make bench`, or `python -m tests.benchmarks [NAME…]`."""
