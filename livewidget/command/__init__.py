"""The command C{twistd live-widget}: its options, what it serves and where.

A mistake of the user's, wherever it is found, is a L{Mistake}: one line and an exit.
"""
