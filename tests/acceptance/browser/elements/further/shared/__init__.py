"""A package that another package uses."""
