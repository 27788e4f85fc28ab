"""One browser's conversation across connections, and the registry of all conversations.

C{session} keeps a conversation through lost connections, and C{registry} has all of them.
C{dispatcher} and C{ratelimit} decide when received messages are handled, C{flushqueue} when
messages are sent. C{unconnected} and C{tombstones} remember sessions before and after their
life.

This room may import C{wire} and C{settings}, and knows no elements. The JavaScript twin is
C{js/session/}.
"""
