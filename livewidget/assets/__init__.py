"""JavaScript modules and style sheets: found, checked, bundled and named by URL.

It may import C{wire}.
"""
