"""Benchmarks of size, speed and memory: see C{README.md}."""
