"""Elements over a session: attaching, calls in both directions, and the elements' lifecycle.

C{page} is one browser page, and C{pages} all pages of a resource. C{responder} answers the
browser's calls. C{document} makes the HTML of a page. C{lifecycle} calls the hooks of elements.
C{adoption} sends elements that are added later. C{reports} passes on failures.

This room may import C{wire}, C{settings}, C{session}, C{elements} and C{rendering}. The
JavaScript twin is C{js/page/}.
"""
