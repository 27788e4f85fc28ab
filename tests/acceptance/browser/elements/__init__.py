"""Elements for the browser tests."""
