"""A package that another one uses."""
