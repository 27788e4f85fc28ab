"""Profile the server under load: C{python -m benchmarks.profile}."""
