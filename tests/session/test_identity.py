"""Tests of the identity of a page: who may connect to it, and its end at a logout."""

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
    """An element that counts its calls."""

    notes = 0

    @expose
    def note(self) -> None:
        self.notes += 1


def identify(request: Any) -> str | None:
    """Return the user that a cookie names, or L{None}."""
    cookie: bytes | None = request.getCookie(b"user")
    return None if cookie is None else cookie.decode()


class UserSite:
    """A resource whose pages belong to users."""

    def __init__(self, project: Project) -> None:
        self.resource = LiveResource(project.page(), identify=identify, clock=Bench().clock)

    def load(self, user: str | None) -> Page:
        """Return the page that a user has loaded."""
        response = Wire(self.resource).request("/", {"Cookie": user and f"user={user}"})
        return self.resource.pages._sessions[start(response)["page"]]

    def ask(self, page: Page, how: str, user: str | None, connection: int = 1) -> Any:
        """Ask for a page as a user. Return the code of the refusal, or L{None}."""
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
    """Return the code with which a request is refused, or L{None}."""
    if exchange.waits or b"text/event-stream" in exchange._data:
        return None
    answer = exchange.answer()
    return answer["close"][0] if "close" in answer else None


@pytest.fixture
def site(project: Project) -> UserSite:
    """Return a site of plain elements."""
    return UserSite(project)


WAYS = ["ws", "hello", "stream", "probe", "send", "poll"]


@pytest.mark.parametrize("how", WAYS)
class TestBound:
    """Requests that have a page's id and claim, by each transport."""

    def begin(self, site: UserSite, how: str, user: str | None) -> Page:
        """Return a user's page, connected if the request needs a connection."""
        page = site.load(user)
        if how in ("send", "poll"):
            assert site.ask(page, "hello", user) is None
        return page

    def test_ownUserIsAccepted(self, site: UserSite, how: str) -> None:
        """A request of the page's own user is accepted."""
        assert site.ask(self.begin(site, how, "ann"), how, "ann") is None

    @pytest.mark.parametrize("user", ["bob", None], ids=["another user", "nobody"])
    def test_otherUserIsRefusedAsIfThePageDidNotExist(
        self, site: UserSite, how: str, user: str | None, log: Log
    ) -> None:
        """A request of another user, or of nobody, gets 4404, and the page goes on."""
        page = self.begin(site, how, "ann")
        assert site.ask(page, how, user) == 4404
        log.take(ASKED)
        assert page.ended is None
        assert site.ask(page, "hello", "ann", 2) is None

    def test_pageWithoutIdentityIsNotBound(self, site: UserSite, how: str) -> None:
        """A page without an identity accepts a user who has logged in since."""
        assert site.ask(self.begin(site, how, None), how, "ann") is None


class TestReconnect:
    """Connections that return to a page."""

    def test_nextUserOfTheBrowserIsRefused(self, site: UserSite, log: Log) -> None:
        """A page of a user who has logged out refuses the next user of the same browser."""
        page = site.load("ann")
        assert site.ask(page, "ws", "ann") is None
        assert site.ask(page, "ws", "bob", 2) == 4404
        log.take(ASKED)
        assert page.transport is not None

    def test_identityMayBeSetLater(self, site: UserSite, log: Log) -> None:
        """An application may set the identity of a page later, as at a login."""
        page = site.load(None)
        assert site.ask(page, "ws", None) is None
        page.identity = "ann"
        assert site.ask(page, "ws", None, 2) == 4404
        log.take(ASKED)
        assert site.ask(page, "ws", "ann", 2) is None

    def test_identityIsNotCheckedWithoutIdentify(self, project: Project) -> None:
        """Without C{identify} an identity is not checked; C{pages.close} alone uses it."""
        resource = LiveResource(project.page(), clock=Bench().clock)
        Wire(resource).request("/")
        (page,) = resource.pages._sessions.values()
        page.identity = "ann"
        assert Socket(resource).hello(page) is not None


class TestClose:
    """C{pages.close}, which ends all pages of a user."""

    def test_closeEndsAllPagesOfTheUserAndNoOthers(self, site: UserSite) -> None:
        """All pages of a user end on any transport, connected or not. Other pages go on."""
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

    def test_closeEndsPagesThatAreAboutToEnd(self, log: Log) -> None:
        """A page about to end for another reason ends immediately, before more calls run."""
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

    def test_disconnectedUserGetsTheReasonLater(self, site: UserSite, log: Log) -> None:
        """A user who was not connected gets the code 4000 on return. Other users get 4404."""
        page = site.load("ann")
        site.resource.pages.close("ann", "logged out")
        assert site.ask(page, "hello", "ann") == 4000
        assert site.ask(page, "hello", "bob") == 4404
        log.take(ASKED)
        log.take("request refused (4404)")

    def test_callsAfterTheCloseAreIgnored(self) -> None:
        """A call that arrives after the close does not reach the elements."""
        bench = Bench()
        browser = bench.live(LiveElement())
        browser.page.identity = ("user", 7)
        assert bench.pages.close(("user", 7)) == 1
        browser.receive(Call(1, 1, "anything", []))
        assert browser.sent == []
        assert browser.closed == [(4000, "the application closed the page")]

    def test_closeOfNoneIsRefused(self, site: UserSite) -> None:
        """C{close(None)} raises ValueError, since it would mean all users without an identity."""
        site.load(None)
        with pytest.raises(ValueError, match="expects an identity; None stands for nobody"):
            site.resource.pages.close(None)
        assert len(site.resource.pages) == 1


@pytest.mark.parametrize("later", ["coroutine", "deferred"])
def test_identifyThatAnswersLaterIsAnError(project: Project, log: Log, later: str) -> None:
    """An C{identify} that returns a coroutine or a Deferred fails with an error that says so."""

    async def coroutine() -> str:
        return "ann"

    answer: Any = coroutine() if later == "coroutine" else succeed("ann")
    resource = LiveResource(project.page(), identify=lambda _: answer, clock=Bench().clock)
    assert Wire(resource).request("/").status == 500
    assert "but must return the identity at once" in log.take("TypeError: identify returned")
    if later == "coroutine":
        # Otherwise Python would warn later that it was never awaited.
        assert inspect.getcoroutinestate(answer) == inspect.CORO_CLOSED


def test_identityIsAskedBeforeTheElementIsMade(project: Project) -> None:
    """The identity is determined before the element is made, as the user may log out meanwhile."""
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


def test_failingIdentifyIsLoggedAndGivesNoPage(site: UserSite, project: Project, log: Log) -> None:
    """An C{identify} that raises is logged, and the request gets an error and no page."""

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
