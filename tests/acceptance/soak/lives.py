"""Lives of pages, with good browsers, hostile ones, and ones on bad networks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import BROWSERS, KINDS, Browser, Closed
from tests.acceptance.hostile.client import Gone, hello
from tests.acceptance.soak.steady import SteadyPage
from tests.acceptance.soak.tally import Tally
from tests.support.websocket import BINARY, CLOSE, frame

GONE = 4404
#: Bytes that the kernel buffers for a slow reader.
NARROW = 4096


@dataclass
class World:
    """The state that the lives of one round share.

    @ivar until: the time at which the round ends.
    @ivar late: the browsers that return when their page has ended.
    """

    siege: Besieged
    tally: Tally
    until: float
    late: list[Browser] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Return whether the round is over."""
        return time.monotonic() > self.until

    def browser(self, chance: Random) -> Browser:
        """Return a connected browser, by any transport."""
        return self.siege.browser(chance.choice(KINDS)).hello()


Life = Callable[[World, Random], None]


def refusal(browser: Browser) -> int | None:
    """Say hello, which must be refused, and return the code."""
    try:
        browser.hello()
    except Closed as error:
        return error.code
    return None


def steady(world: World, chance: Random) -> None:
    """Use a page over a bad network, then leave it."""
    page = SteadyPage(world.siege, world.tally, chance)
    for _ in range(chance.randrange(5, 20)):
        page.call()
        luck = chance.random()
        if luck < 0.3:
            page.lose()
        elif luck < 0.5:
            page.takeOver()
        elif luck < 0.7:
            page.settle()
        if world.over:
            break
    page.settle()
    page.leave()


def closes(world: World, chance: Random) -> None:
    """Close the page with the protocol's own close."""
    browser = world.siege.browser("websocket").hello()
    assert browser.call("echo", 1) == 1
    browser.peer.send(frame(b"\x03\xe8", CLOSE))  # type: ignore[attr-defined]
    browser.peer.closing()  # type: ignore[attr-defined]
    browser.lose()


def vanishes(world: World, chance: Random) -> None:
    """Stop reading and writing, without closing the connection."""
    browser = world.browser(chance)
    browser.begin("pour", 5, 1000)


def cutInTheMiddle(world: World, chance: Random) -> None:
    """Reset the connection within a message to the server."""
    page = world.siege.peer().page()
    peer = world.siege.peer()
    if chance.random() < 0.5:
        peer.upgrade()
        whole = frame(hello(page)) + frame(b'["call",1,1,"echo",["%b"]]' % (b"x" * 500))
    else:
        head = "POST /probe/_live/send HTTP/1.1\r\nHost: %s\r\nLive-Page: %s\r\n"
        more = "Content-Type: application/json\r\nOrigin: http://%s\r\nContent-Length: 500\r\n\r\n"
        whole = (head % (peer.host, page) + more % peer.host).encode() + b"{" * 500
    peer.send(whole[: chance.randrange(1, len(whole))])
    peer.reset()


def cutWhileReading(world: World, chance: Random) -> None:
    """Reset the connection within a message from the server."""
    if chance.random() < 0.3:
        peer = world.siege.peer(NARROW)
        peer.begin("/probe")
        peer.reset()
        return
    page = world.siege.peer().page()
    peer = world.siege.peer(NARROW)
    peer.upgrade()
    peer.text(hello(page), b'["call",1,1,"pour",[200,1000]]')
    peer.frames()
    peer.reset()


def readsSlowly(world: World, chance: Random) -> None:
    """Read slowly, so that the server has to wait, and receive everything."""
    narrow = partial(world.siege.peer, NARROW)
    browser = BROWSERS[chance.choice(KINDS)](narrow).hello()
    browser.begin("pour", 300, 1000)
    for _ in range(300):
        assert browser.next()[4] == ["x" * 1000]
    browser.lose()


def readsNothing(world: World, chance: Random) -> None:
    """Read nothing, while more waits than the server keeps."""
    page = world.siege.peer().page()
    peer = world.siege.peer(NARROW)
    peer.upgrade()
    peer.text(hello(page), b'["call",1,1,"pour",[3000,1000]]')


def neverConnects(world: World, chance: Random) -> None:
    """Load the page, and nothing else."""
    world.siege.peer().page(chance.choice(["/probe", "/chat"]))


def neverSaysHello(world: World, chance: Random) -> None:
    """Open a connection, and send nothing or an incomplete request."""
    peer = world.siege.peer()
    beginning = chance.randrange(3)
    if beginning == 0:
        peer.upgrade()
    elif beginning == 1:
        peer.send(b"GET /probe HTTP/1.1\r\nHost: ")


def comesLate(world: World, chance: Random) -> None:
    """Lose the connection, and return when the page has ended."""
    browser = world.browser(chance)
    assert browser.call("echo", 1) == 1
    browser.lose()
    world.late.append(browser)


def wrongClaim(world: World, chance: Random) -> None:
    """Connect a copy of a page, which is refused, while the page goes on."""
    browser = world.browser(chance)
    copy = world.siege.browser(
        chance.choice(KINDS), pageId=browser.pageId, claim="another-claim-here"
    )
    copy.connection = 1
    code = refusal(copy)
    world.tally.count("closed with", f"{code}, a copy")
    assert code == GONE, code
    assert browser.call("echo", 1) == 1
    browser.lose()


#: Messages that no browser sends over a WebSocket.
MALFORMED = (
    b"\x81\x05hello",
    frame(b"{oh"),
    frame(b"[]"),
    frame(b'["call",1,1,"echo",[NaN]]'),
    frame(b"\xff\xfe"),
    frame(b"{}", BINARY),
    frame(b"x" * 70_000),
    b"\xf3\x80mask",
    b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xffmask",
)


def malformed(world: World, chance: Random) -> None:
    """Send messages that no browser sends, and be closed."""
    page = world.siege.peer().page()
    peer = world.siege.peer()
    peer.upgrade()
    if chance.random() < 0.7:
        peer.text(hello(page))
        peer.frames()
    peer.send(chance.choice(MALFORMED))
    code, _ = peer.closing()
    world.tally.count("closed with", str(code))
    assert code != 1000, code


def notHttp(world: World, chance: Random) -> None:
    """Send malformed requests, or requests that are not for the server."""
    peer = world.siege.peer()
    bad = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /probe HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        b"POST /probe/_live/send HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n",
        b"GET /probe HTTP/1.1\r\n" + b"X: " + b"y" * 40_000 + b"\r\n\r\n",
    ]
    peer.send(chance.choice(bad))
    peer.rest()


def floods(world: World, chance: Random) -> None:
    """Make more calls than allowed, with and without answers."""
    browser = world.browser(chance)
    method = chance.choice(["echo", "hang", "nope"])
    calls = [
        json.dumps(["call", number + 1, 1, method, [1] if method == "echo" else []]).encode()
        for number in range(2000)
    ]
    for begin in range(0, len(calls), 400):
        browser.send(*calls[begin : begin + 400])
    browser.lose()


def isClosed(world: World, chance: Random) -> None:
    """Have the application end the page."""
    browser = world.browser(chance)
    browser.begin("close", "enough")
    code, reason = browser.closed()
    world.tally.count("closed with", str(code))
    assert (code, reason) == (4000, "enough"), (code, reason)
    browser.lose()


#: The weight of each life.
LIVES: dict[Life, int] = {
    steady: 8,
    closes: 1,
    vanishes: 2,
    cutInTheMiddle: 3,
    cutWhileReading: 2,
    readsSlowly: 1,
    readsNothing: 1,
    neverConnects: 3,
    neverSaysHello: 2,
    comesLate: 2,
    wrongClaim: 1,
    malformed: 3,
    notHttp: 2,
    floods: 1,
    isClosed: 1,
}

#: The outcomes of a connection, and the lives that may have them.
LOST = (Closed, Gone, ConnectionError)
BAD = (cutInTheMiddle, cutWhileReading, readsNothing, malformed, notHttp, floods)


def live(world: World, life: Life, chance: Random) -> None:
    """Live one life, and record what must not happen."""
    name = life.__name__
    world.tally.count("lives", name)
    try:
        life(world, chance)
    except LOST as error:
        world.tally.count("errors", f"{name}: {error!r}"[:60])
        if life not in BAD:
            world.tally.problem(f"{name}: {error!r}")
    except Exception as error:
        world.tally.problem(f"{name}: {error!r}")
