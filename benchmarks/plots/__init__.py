"""Plots as SVG, readable on light and dark pages."""
