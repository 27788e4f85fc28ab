"""One browser's conversation across connections, and the registry of all conversations.

C{session} keeps a conversation through lost connections; the messages themselves are kept by
C{wire.delivery}. C{registry} has all conversations. C{state} has the states of a session, and
C{timer} the timer that follows its deadlines. C{dispatcher} and C{ratelimit} decide when
received messages are handled, C{flushqueue} when messages are sent. C{unconnected} and
C{tombstones} remember sessions before and after their life. C{contracts} says what these modules
need of each other.

This room may import C{wire} and C{settings}, and knows no elements. The JavaScript twin is
C{js/session/}.
"""
