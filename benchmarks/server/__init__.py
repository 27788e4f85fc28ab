"""What livewidget serves to the benchmarks."""
