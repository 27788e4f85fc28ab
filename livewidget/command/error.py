"""The error that ends the command with one line."""


class CommandError(SystemExit, Exception):
    """Something that the user has to correct: what it is, where, and what to do.

    If it is not caught, the process ends with one line on stderr and exit code 1. It is
    an L{Exception} as well, because only then does twistd remove its pidfile and notify
    the parent of a daemon.

    @param text: the text, without the name of the command. Line breaks become spaces.
    """

    def __init__(self, text: str) -> None:
        super().__init__(f"live-widget: {' '.join(text.splitlines())}")
