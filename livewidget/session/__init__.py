"""One browser's conversation across connections, and the registry of all conversations.

C{session} keeps a conversation through lost connections, in the states of C{state}, and
C{registry} has all of them. The messages themselves are kept by C{wire.delivery}.
C{dispatcher} and C{ratelimit} decide when received messages are handled, C{flushqueue} when
messages are sent. C{timer} follows a deadline. C{unconnected} and C{tombstones}
remember sessions before and after their life. C{contracts} says what these need of each other.

This room may import C{wire} and C{settings}, and knows no elements. The JavaScript twin is
C{js/session/}.
"""
