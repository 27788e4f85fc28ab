"""Tests of C{page.identity}: whose a page is, who may come back to it, and its end at a logout."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from livewidget import LiveElement, LiveResource, expose
from livewidget.page.page import Page
from livewidget.wire.messages import Call
from tests.support.http import Wire
from tests.support.log import Log
from tests.support.pages import CLAIM, Bench
from tests.support.poster import Exchange, Poster
from tests.support.project import Project
from tests.support.resources import start
from tests.support.websocket import Socket

pytestmark = pytest.mark.usefixtures("readBy")

ASKED = "a request named a page of another identity"


class Echo(LiveElement):
    """Counts the calls that it gets."""

    notes = 0

    @expose
    def note(self) -> None:
        self.notes += 1


def identify(request: Any) -> str | None:
    """Who is logged in: a cookie says it."""
    cookie: bytes | None = request.getCookie(b"user")
    return None if cookie is None else cookie.decode()


class Site:
    """A resource whose pages are somebody's."""

    def __init__(self, project: Project) -> None:
        self.resource = LiveResource(project.page(), identify=identify, clock=Bench().clock)

    def load(self, user: str | None) -> Page:
        """The page that somebody has loaded."""
        response = Wire(self.resource).request("/", {"Cookie": user and f"user={user}"})
        return self.resource.pages._sessions[start(response)["page"]]

    def ask(self, page: Page, how: str, user: str | None, connection: int = 1) -> Any:
        """Somebody asks for a page: the code with which it is refused, or L{None}."""
        cookie = None if user is None else f"user={user}"
        if how == "ws":
            socket = Socket(self.resource, Cookie=cookie)
            return None if socket.hello(page, connection) is not None else socket.code
        browser = Poster(self.resource, page.pageId)
        browser.connection = connection
        fields = {"hello": {"hello": True}, "probe": {"probe": True}}.get(how, {})
        name = {"hello": "poll", "probe": "stream"}.get(how, how)
        exchange = browser.post(name, browser.body(**fields), Cookie=cookie)
        return code(exchange)


def code(exchange: Exchange) -> Any:
    """The code with which a request is refused, or L{None}."""
    if exchange.waits or b"text/event-stream" in exchange._data:
        return None
    answer = exchange.answer()
    return answer["close"][0] if "close" in answer else None


@pytest.fixture
def site(project: Project) -> Site:
    """A site of plain elements."""
    return Site(project)


WAYS = ["ws", "hello", "stream", "probe", "send", "poll"]


@pytest.mark.parametrize("how", WAYS)
class TestBound:
    """Whoever has a page's id and claim, and not its identity, gets nothing of it."""

    def begin(self, site: Site, how: str, user: str | None) -> Page:
        """A page; where the way takes a connection that is there, with one."""
        page = site.load(user)
        if how in ("send", "poll"):
            assert site.ask(page, "hello", user) is None
        return page

    def test_own(self, site: Site, how: str) -> None:
        """Its own browser does."""
        assert site.ask(self.begin(site, how, "ann"), how, "ann") is None

    @pytest.mark.parametrize("user", ["bob", None])
    def test_others(self, site: Site, how: str, user: str | None, log: Log) -> None:
        """Others hear what they would hear of a page that is not there; it goes on."""
        page = self.begin(site, how, "ann")
        assert site.ask(page, how, user) == 4404
        log.take(ASKED)
        assert page.ended is None
        assert site.ask(page, "hello", "ann", 2) is None

    def test_nobodys(self, site: Site, how: str) -> None:
        """A page that is nobody's is not bound: who has logged in since may go on with it."""
        assert site.ask(self.begin(site, how, None), how, "ann") is None


class TestResume:
    """A connection that comes back."""

    def test_otherUser(self, site: Site, log: Log) -> None:
        """The page of who has logged out is not gone on with by the next one at that browser."""
        page = site.load("ann")
        assert site.ask(page, "ws", "ann") is None
        assert site.ask(page, "ws", "bob", 2) == 4404
        log.take(ASKED)
        assert page.transport is not None

    def test_setLater(self, site: Site, log: Log) -> None:
        """An application may say later whose a page is, as at a login."""
        page = site.load(None)
        assert site.ask(page, "ws", None) is None
        page.identity = "ann"
        assert site.ask(page, "ws", None, 2) == 4404
        log.take(ASKED)
        assert site.ask(page, "ws", "ann", 2) is None

    def test_noIdentify(self, project: Project) -> None:
        """Where requests have no identity it is for C{pages.close} alone."""
        resource = LiveResource(project.page(), clock=Bench().clock)
        Wire(resource).request("/")
        (page,) = resource.pages._sessions.values()
        page.identity = "ann"
        assert Socket(resource).hello(page) is not None


class TestClose:
    """All pages of somebody end at once."""

    def test_close(self, site: Site) -> None:
        """Whatever carries them, and those that are not connected; others go on."""
        pages = [site.load("ann") for _ in range(4)]
        for page, how in zip(pages, ["ws", "hello", "stream"], strict=False):
            site.ask(page, how, "ann")
        others = [site.load("bob"), site.load(None)]
        assert site.resource.pages.close("ann", "logged out") == 4
        assert [page.ended and (page.ended.code, page.ended.reason) for page in pages] == [
            (4000, "logged out")
        ] * 4
        assert [page.ended for page in others] == [None, None]
        assert site.resource.pages.close("ann") == 0

    def test_aboutToEnd(self, log: Log) -> None:
        """So do those that are about to end for another reason, before more of them is run."""
        bench = Bench(callsWaiting=1)
        element = Echo()
        browser = bench.live(element)
        browser.page.identity = "ann"
        for _ in range(2):
            element.callRemote("ask")
        log.take("page closed (4429)")
        browser.receive(Call(None, 1, "note", []))
        assert bench.pages.close("ann", "logged out") == 1
        bench.clock.advance(0)
        assert browser.closed == [(4000, "logged out")]
        assert element.notes == 0

    def test_lastWords(self, site: Site, log: Log) -> None:
        """One that was not connected hears it when it comes back; nobody else does."""
        page = site.load("ann")
        site.resource.pages.close("ann", "logged out")
        assert site.ask(page, "hello", "ann") == 4000
        assert site.ask(page, "hello", "bob") == 4404
        log.take(ASKED)
        log.take("request refused (4404)")

    def test_calls(self) -> None:
        """Nothing that was on its way reaches the elements."""
        bench = Bench()
        browser = bench.live(LiveElement())
        browser.page.identity = ("user", 7)
        assert bench.pages.close(("user", 7)) == 1
        browser.receive(Call(1, 1, "anything", []))
        assert browser.sent == []
        assert browser.closed == [(4000, "the application closed the page")]

    def test_nobody(self, site: Site) -> None:
        """None is nobody, and would be everybody who is."""
        site.load(None)
        with pytest.raises(ValueError, match="expects an identity; None stands for nobody"):
            site.resource.pages.close(None)
        assert len(site.resource.pages) == 1


@pytest.mark.parametrize("later", ["coroutine", "deferred"])
def test_later(project: Project, log: Log, later: str) -> None:
    """What says it only later is a mistake that is named; else nobody could connect."""

    async def coroutine() -> str:
        return "ann"

    answer: Any = coroutine() if later == "coroutine" else succeed("ann")
    resource = LiveResource(project.page(), identify=lambda _: answer, clock=Bench().clock)
    assert Wire(resource).request("/").status == 500
    assert "but must return the identity at once" in log.take("TypeError: identify returned")
    if later == "coroutine":
        # Else Python says, some time, that it was never awaited.
        assert inspect.getcoroutinestate(answer) == inspect.CORO_CLOSED


def test_beforeTheElement(project: Project) -> None:
    """It is asked before the element is made: who logs out meanwhile has no page of nobody's."""
    users = ["ann"]
    waiting: list[Deferred[Any]] = []

    def make() -> Any:
        waiting.append(Deferred())
        return waiting[-1]

    resource = LiveResource(
        make, identify=lambda request: users[0] if users else None, clock=Bench().clock
    )
    wire = Wire(resource)
    wire.begin("/")
    users.clear()
    waiting[0].callback(project.page()())
    (page,) = resource.pages._sessions.values()
    assert page.identity == "ann"


def test_fails(site: Site, project: Project, log: Log) -> None:
    """Where the application's function fails there is an error and no page, and the log has it."""

    def failing(request: Any) -> Any:
        raise ValueError("the store of sessions is away")

    broken = LiveResource(project.page(), identify=failing, clock=Bench().clock)
    assert Wire(broken).request("/").status == 500
    log.take("the store of sessions is away")
    assert len(broken.pages) == 0
    page = broken.pages.make()
    assert Poster(broken, page.pageId, CLAIM).begin("poll", hello=True).response.status == 500
    log.take("the store of sessions is away")
    assert Socket(broken).response.status == 500
    log.take("the store of sessions is away")
    assert page.delivery.connection == 0
