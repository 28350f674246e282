"""Speed as ratios measured in one run on one machine: `make bench`, or `python -m tests.benchmarks [NAME…]`; scores on
annotated songs: `python -m tests.benchmarks beats SONGS`, `… sections SONGS`."""
