"""The livewidget servers of the benchmarks."""
