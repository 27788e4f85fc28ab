"""Where the time of the server goes: C{python -m benchmarks.profile}."""
