"""Jinja2 templates rendered to the HTML of elements.

It may import C{wire}, C{assets} and C{elements}.
"""
