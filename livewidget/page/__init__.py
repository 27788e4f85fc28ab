"""Elements over a session: attaching, calls in both directions, and the elements' lifecycle.

It may import C{session}, C{elements}, C{rendering}, C{wire} and C{settings}. The JavaScript
twin is C{js/page/}.
"""
