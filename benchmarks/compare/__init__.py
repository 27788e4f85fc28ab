"""livewidget beside its peers, in one run: see C{benchmarks/README.md}."""
