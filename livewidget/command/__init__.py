"""The command C{twistd live-widget}: its options, what it serves and where.

Whatever the user has to correct is a L{CommandError}: one line on stderr, and exit code 1.
"""
