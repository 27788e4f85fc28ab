"""One browser's conversation across connections, and the registry of all conversations.

It may import C{wire} and C{settings}, and knows no elements. The JavaScript twin is
C{js/session/}.
"""
