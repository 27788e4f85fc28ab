"""A comparison of livewidget with its peers in one run: see C{benchmarks/README.md}."""
