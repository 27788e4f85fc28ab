"""The command C{twistd live-widget}: its options, what it serves and where.

C{options} checks the command line. C{lookup} imports what C{--element} names. C{endpoint} and
C{service} listen. Whatever the user has to correct is a C{CommandError}: one line on stderr, and
exit code 1.

This room may import C{web}, C{settings}, C{elements}, C{factory} and C{resource}.
"""
