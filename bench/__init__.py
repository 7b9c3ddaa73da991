"""The benchmarks: `python -m bench` measures the hot paths beside hand-written SQL (see `bench/README.md`)."""
