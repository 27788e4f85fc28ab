"""Additions to L{twisted.web}: the site, access checks, headers and fast writes.

C{site} and C{channel} receive requests and limit their size. C{fastpath} parses the requests of
polling browsers. C{access} checks Host and Origin, C{forwarded} the headers of proxies.
C{pageheaders} and C{csp} make the headers of pages, C{responseheaders} those of other responses.
C{origins} normalises host names and origins of settings, C{requestheaders} looks headers up.
C{debugpage} shows why a page failed. C{writer} writes to connections.

Nothing here knows of pages or elements. This room may import C{wire}. It has no JavaScript twin.
"""
