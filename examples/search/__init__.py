"""A search that shows results while the user types."""

import re

from twisted.internet import reactor
from twisted.internet.task import deferLater

from livewidget import LiveElement, LiveError, expose

NAMES = [
    "Ada Lovelace", "Alan Turing", "Alonzo Church", "Barbara Liskov", "Betty Holberton",
    "Claude Shannon", "Dennis Ritchie", "Donald Knuth", "Edith Clarke", "Edsger Dijkstra",
    "Frances Allen", "Grace Hopper", "Guido van Rossum", "Jean Bartik", "John Backus",
    "John McCarthy", "Kathleen Booth", "Ken Thompson", "Konrad Zuse", "Leslie Lamport",
    "Margaret Hamilton", "Niklaus Wirth", "Peter Naur", "Radia Perlman", "Robin Milner",
    "Stephen Kleene", "Tim Berners-Lee", "Tony Hoare", "Vinton Cerf",
]  # fmt: skip
MOST_FOUND = 8
LONGEST_TEXT = 50


async def findNames(text, clock=reactor):
    """Return names that contain a text. Short texts take longest, so that answers overtake."""
    await deferLater(clock, 0.6 / len(text))
    return [name for name in NAMES if text.lower() in name.lower()]


def split(name, text):
    """Return the parts of a name before, in and after the first occurrence of a text."""
    found = re.search(re.escape(text), name, re.IGNORECASE)
    start, end = found.span() if found else (0, 0)
    return name[:start], name[start:end], name[end:]


class SearchElement(LiveElement):
    """A search field with its results."""

    template = "template.html"
    jsClass = "Search.SearchWidget"
    cssModule = "Search"
    longest = LONGEST_TEXT

    def __init__(self, find=findNames):
        """Search with a coroutine function, which may take its time."""
        self.find = find

    @expose
    async def search(self, text: str):
        """Return the names that contain a text, each in three parts; see L{split}."""
        if not 0 < len(text) <= LONGEST_TEXT:
            raise LiveError(f"Please search for 1 to {LONGEST_TEXT} characters.")
        names = await self.find(text)
        return [split(name, text) for name in names[:MOST_FOUND]]
