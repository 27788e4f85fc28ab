"""Tests of C{livewidget.resource}: pages that cannot be made."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from livewidget import LiveElement, LiveError, expose
from tests.support.log import Log
from tests.support.project import PLAIN, Project
from tests.support.resources import Setup

USED = "which is or was in another page or element; return a new one for each page"


class TestFailures:
    """A page that cannot be made is a 500 that tells nothing secret."""

    def failure(self, it: Setup, log: Log) -> str:
        """Get the page; returns the one entry of the log, named by its id in the answer."""
        response = it.get()
        assert response.status == 500
        assert "secret" not in response.text
        assert response.text.count("</html>") == 1
        assert it.pages == 0
        assert it.clock.getDelayedCalls() == []
        found = re.search(r"error (\w{8})\.", response.text)
        assert found is not None
        assert len(log.errors()) == 1
        return log.take(f"error {found[1]}")

    def test_raises(self, project: Project, log: Log) -> None:
        """A factory that raises: its traceback is in the log."""

        def factory() -> LiveElement:
            raise ValueError("secret")

        entry = self.failure(Setup(project, factory), log)
        assert "ValueError: secret" in entry
        assert "in factory" in entry

    def test_failsLater(self, project: Project, log: Log) -> None:
        """A coroutine that raises: the same."""

        async def factory() -> LiveElement:
            raise ValueError("secret")

        assert "ValueError: secret" in self.failure(Setup(project, factory), log)

    @pytest.mark.parametrize("value", [None, 3, "secret", LiveElement])
    def test_noElement(self, project: Project, log: Log, value: Any) -> None:
        """A factory that returns something else: one line names it and what it returned."""

        def makeThing() -> Any:
            return value

        entry = self.failure(Setup(project, makeThing), log)
        assert "makeThing returned" in entry
        assert (
            f"{value!r}, which is neither a LiveElement nor a LivePage; "
            "return a new one for each page" in entry
        )
        assert len(entry.splitlines()) == 1

    def test_usedElement(self, project: Project, log: Log) -> None:
        """An element that is in another page is not shared by two."""
        element = project.page()()
        it = Setup(project, lambda: element)
        assert it.get().status == 200
        assert it.get().status == 500
        assert it.pages == 1
        assert log.take("returned").endswith(USED)

    def test_usedUpElement(self, project: Project, log: Log) -> None:
        """Nor is one whose page has ended used again."""
        element = project.page()()
        it = Setup(project, lambda: element)
        it.get()
        it.clock.advance(30)
        assert self.failure(it, log).endswith(USED)

    def test_childElement(self, project: Project, log: Log) -> None:
        """Nor is the child of another element a page of its own."""
        child = LiveElement().addChild(project.page()())
        assert self.failure(Setup(project, lambda: child), log).endswith(USED)

    def test_template(self, project: Project, log: Log) -> None:
        """A wrong template: one line, without a traceback."""
        entry = self.failure(Setup(project, project.page("<p>secret</p>")), log)
        assert "the template 'template.html' of Thing has {{ liveElement }} 0 times" in entry
        assert len(entry.splitlines()) == 1

    def test_module(self, project: Project, log: Log) -> None:
        """A missing module: one line with its path."""
        entry = self.failure(Setup(project, project.page(jsClass="Nope.X")), log)
        assert str(project.folder / "js" / "Nope.js") in entry
        assert len(entry.splitlines()) == 1

    def test_class(self, project: Project, log: Log) -> None:
        """A class that its module does not export: one line, in the page too if debugging."""
        path = project.write("js/Chat.js", "export class ChatterWidget {}")
        thing = project.page(jsClass="Chat.ChaterWidget")
        text = (
            f"Thing.jsClass names Chat.ChaterWidget: {path} exports no ChaterWidget; "
            "did you mean ChatterWidget?"
        )
        entry = self.failure(Setup(project, thing), log)
        assert text in entry
        assert len(entry.splitlines()) == 1
        assert text in Setup(project, thing, debug=True).get().text
        log.take(text)

    def test_initialArguments(self, project: Project, log: Log) -> None:
        """Initial arguments that cannot be sent: one line with the path to the culprit."""
        thing = project.page(getInitialArguments=lambda self: [{"secret": [object()]}])
        entry = self.failure(Setup(project, thing), log)
        assert "Thing.getInitialArguments()[0].secret[0]: a builtins.object cannot be sent" in entry

    def test_annotation(self, project: Project, log: Log) -> None:
        """An annotation that no argument can satisfy: at the first page, and none is left."""

        @expose
        def say(self: Any, what: Log) -> None: ...

        say.__annotations__ = {"what": Log}
        entry = self.failure(Setup(project, project.page(say=say)), log)
        assert "the parameter 'what' of the exposed method " in entry
        assert "cannot be tests.support.log.Log" in entry

    def test_notToBeEncoded(self, project: Project, log: Log) -> None:
        """A text that is no Unicode: no page is left."""
        thing = project.page("<p {{ liveElement }}>{{ text }}</p>", text="\ud800")
        assert "UnicodeEncodeError" in self.failure(Setup(project, thing), log)

    def test_templateThatRaises(self, project: Project, log: Log) -> None:
        """An error of the application in a template: with its traceback."""
        thing = project.page("<p {{ liveElement }}>{{ boom() }}</p>", boom=lambda self: 1 / 0)
        assert "ZeroDivisionError" in self.failure(Setup(project, thing), log)

    def test_liveErrorIsNotShown(self, project: Project, log: Log) -> None:
        """A LiveError is for callers of methods: here it is in the log alone."""

        def factory() -> LiveElement:
            raise LiveError("secret")

        assert "secret" in self.failure(Setup(project, factory), log)

    def test_tooMuchBeforeItsPage(self, project: Project, log: Log) -> None:
        """An element that calls more than a page may hold: no page is sent that is dead."""

        def factory() -> LiveElement:
            element: LiveElement = project.page()()
            for _ in range(40):
                element.callRemote("show", "x" * 60_000)
            return element

        assert "more messages to send than its buffer may hold" in self.failure(
            Setup(project, factory), log
        )

    def test_debug(self, project: Project, log: Log) -> None:
        """Debugging, the answer says what is wrong."""

        def factory() -> LiveElement:
            raise ValueError("<reason>")

        response = Setup(project, factory, debug=True).get()
        assert response.status == 500
        assert "in factory\n" in response.text
        assert "ValueError: &lt;reason&gt;\n</pre>" in response.text
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        found = re.search("error <code>(\\w{8})</code>", response.text)
        assert found is not None
        assert "ValueError" in log.take(f"error {found[1]}")

    def test_debugStyle(self, project: Project, log: Log) -> None:
        """What debugging shows is readable under a policy that lets nothing else than that in."""
        response = Setup(project, lambda: None, debug=True).get()
        [style] = re.findall("<style>(.*?)</style>", response.text, re.DOTALL)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert f"style-src 'sha256-{digest}'" in policy
        log.take("returned None")

    def test_debugOddText(self, project: Project, log: Log) -> None:
        """A text that is no Unicode is shown escaped."""

        def factory() -> LiveElement:
            raise ValueError("\ud800")

        assert "ValueError: \\ud800\n</pre>" in Setup(project, factory, debug=True).get().text
        log.take("ValueError")

    def test_detachedElements(self, project: Project, log: Log) -> None:
        """An element whose page could not be made is told that it is used up."""
        told: list[str] = []
        thing = project.page(
            "<p>",
            detached=lambda self: told.append("detached"),
            connectionLost=lambda self, reason: told.append("lost"),
        )
        assert Setup(project, thing).get().status == 500
        assert told == ["detached"]
        log.take("error")

    def test_plainPageStillWorks(self, project: Project, log: Log) -> None:
        """After a failure the next page is made."""
        outcomes = iter([None, project.page(PLAIN)()])
        it = Setup(project, lambda: next(outcomes))
        assert [it.get().status, it.get().status] == [500, 200]
        log.take("returned None")
