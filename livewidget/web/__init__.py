"""Additions to L{twisted.web}: access checks, headers, the site and fast writes.

Nothing here knows of pages or elements. This room may import C{wire}.
"""
