"""Additions to L{twisted.web}: the site, access checks, headers and fast writes.

C{site} and C{channel} receive requests and limit their size. C{fastpath} parses the requests of
polling browsers. C{requestheaders} reads the headers of a request, however it was parsed.
C{access} checks Host and Origin; C{origins} normalises host names and the origins of settings.
C{forwarded} checks the headers of proxies. C{pageheaders} and C{csp} make the headers of pages,
C{responseheaders} those of the responses to their scripts. C{debugpage} is shown in place of a
page that could not be created. C{writer} writes to connections.

Nothing here knows of pages or elements. This room may import C{wire}. It has no JavaScript twin.
"""
