"""A search that answers while one types."""

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
    """The names that have a text in them; a short text takes long, so that answers overtake."""
    await deferLater(clock, 0.6 / len(text))
    return [name for name in NAMES if text.lower() in name.lower()]


def split(name, text):
    """What comes before a text in a name, the text as it is there, and what comes after."""
    found = re.search(re.escape(text), name, re.IGNORECASE)
    start, end = found.span() if found else (0, 0)
    return name[:start], name[start:end], name[end:]


class SearchElement(LiveElement):
    """A search field with what was found."""

    template = "template.html"
    jsClass = "Search.SearchWidget"
    cssModule = "Search"
    longest = LONGEST_TEXT

    def __init__(self, find=findNames):
        """A search that asks a function, which may be a coroutine and take its time."""
        self.find = find

    @expose
    async def search(self, text: str):
        """Find names with a text in them, each in three parts: see L{split}."""
        if not 0 < len(text) <= LONGEST_TEXT:
            raise LiveError(f"Please search for 1 to {LONGEST_TEXT} characters.")
        names = await self.find(text)
        return [split(name, text) for name in names[:MOST_FOUND]]
