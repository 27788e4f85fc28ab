"""What livewidget adds to L{twisted.web}: access checks, headers, the site and fast writes.

Nothing here knows pages or elements. It may import C{wire}.
"""
