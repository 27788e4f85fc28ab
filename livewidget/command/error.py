"""What the user of the command did wrong."""


class Mistake(SystemExit, Exception):
    """What the user did wrong, in one line: what it is, where, and what to do.

    Not caught, it ends the process with that line on stderr and code 1. It is an
    L{Exception} as well, because twistd tells the parent of a daemon and removes
    its pidfile for those alone.

    @param text: the line, without the name of the command.
    """

    def __init__(self, text: str) -> None:
        super().__init__(f"live-widget: {' '.join(text.splitlines())}")
