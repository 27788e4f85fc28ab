"""Attacks on pages of an identity, which the application takes from a cookie."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import KINDS, Browser, Closed
from tests.acceptance.hostile.client import body, post

ALICE = {"Cookie": "session=alice"}
BOB = {"Cookie": "session=bob"}
NOBODY: dict[str, str] = {}


def ofAlice(besieged: Besieged, kind: str) -> Browser:
    """Return a connected browser of Alice."""
    return besieged.browser(kind, "/mine", headers=ALICE).hello()


@pytest.mark.parametrize("kind", KINDS)
class TestStolen:
    """C2: the id of a page, even with its claim, does not give the page to another identity."""

    def test_stolenPageIsNotGivenToAnotherIdentity(self, besieged: Besieged, kind: str) -> None:
        """A hello with another cookie or without one is refused. The page's own browser goes on."""
        browser = ofAlice(besieged, kind)
        for other in KINDS:
            for headers in (BOB, NOBODY, {"Cookie": "session="}, {"Cookie": "Session=alice"}):
                thief = besieged.browser(other, "/mine", pageId=browser.pageId, headers=headers)
                thief.connection = 41
                with pytest.raises(Closed) as refused:
                    thief.hello()
                assert (refused.value.code, refused.value.reason) == (
                    4404,
                    "no such page, or it has ended",
                )
        assert browser.call("echo", 1) == 1
        browser.lose()
        assert browser.hello().call("echo", 2) == 2
        assert browser.pageId not in besieged.log

    def test_unconnectedPageIsNotBoundByAStranger(self, besieged: Besieged, kind: str) -> None:
        """A page that has not connected yet is not bound by another identity either."""
        pageId = besieged.peer().page("/mine", ALICE)
        thief = besieged.browser(
            kind, "/mine", pageId=pageId, claim="of-a-thief-of-ids", headers=BOB
        )
        with pytest.raises(Closed):
            thief.hello()
        browser = besieged.browser(kind, "/mine", pageId=pageId, headers=ALICE)
        assert browser.hello().call("echo", 1) == 1


def test_otherRequestsOfStrangersAreRefused(besieged: Besieged) -> None:
    """C2: a stranger can neither send, nor poll, nor leave."""
    browser = ofAlice(besieged, "longpoll")
    ran = besieged.vitals()["ran"]
    call = [["call", None, 1, "echo", ["no"]]]
    tries = [
        ("send", {"first": 1, "messages": call}),
        ("send", {"leave": True}),
        ("poll", {}),
        ("stream", {"probe": True}),
    ]
    for name, fields in tries:
        for headers in (BOB, NOBODY):
            response = besieged.peer().request(
                f"/mine/_live/{name}",
                post(besieged.host, browser.pageId, **headers),
                "POST",
                body(**fields),
            )
            assert json.loads(response.body)["close"][0] == 4404
    assert besieged.vitals()["ran"] == ran
    besieged.advance(5)
    assert browser.call("echo", 1) == 1


def test_logOutClosesAllPagesOfTheIdentity(besieged: Besieged) -> None:
    """C3: all pages of an identity are closed immediately, on each transport, and no others."""
    browsers = [ofAlice(besieged, kind) for kind in KINDS]
    waiting = besieged.peer().page("/mine", ALICE)
    bob = besieged.browser("websocket", "/mine", headers=BOB).hello()
    nobody = besieged.browser("longpoll", "/mine").hello()
    besieged.logOut("alice")
    for browser in browsers:
        assert browser.closed() == (4000, "logged out")
        with pytest.raises(Closed) as gone:
            browser.hello()
        assert gone.value.code in (4000, 4404)
    with pytest.raises(Closed) as gone:
        besieged.browser("websocket", "/mine", pageId=waiting, headers=ALICE).hello()
    assert gone.value.code == 4000
    assert bob.call("echo", 1) == 1
    assert nobody.call("echo", 1) == 1
