"""Benchmarks without peers: size, speed of rendering, memory of idle pages."""
