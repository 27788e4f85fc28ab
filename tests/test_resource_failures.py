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
    """A page that cannot be made is a 500 that reveals nothing."""

    def failure(self, it: Setup, log: Log) -> str:
        """Return the only entry in the log, which the response names by its id."""
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

    def test_factoryThatRaisesIsLoggedWithItsTraceback(self, project: Project, log: Log) -> None:
        """A factory that raises is logged with its traceback."""

        def factory() -> LiveElement:
            raise ValueError("secret")

        entry = self.failure(Setup(project, factory), log)
        assert "ValueError: secret" in entry
        assert "in factory" in entry

    def test_coroutineThatRaisesIsLoggedWithItsTraceback(self, project: Project, log: Log) -> None:
        """A coroutine that raises is logged with its traceback."""

        async def factory() -> LiveElement:
            raise ValueError("secret")

        assert "ValueError: secret" in self.failure(Setup(project, factory), log)

    @pytest.mark.parametrize("value", [None, 3, "secret", LiveElement])
    def test_otherResultIsOneLineInTheLog(self, project: Project, log: Log, value: Any) -> None:
        """A factory that returns something else is one line, with its name and the value."""

        def makeThing() -> Any:
            return value

        entry = self.failure(Setup(project, makeThing), log)
        assert "makeThing returned" in entry
        assert (
            f"{value!r}, which is neither a LiveElement nor a LivePage; "
            "return a new one for each page" in entry
        )
        assert len(entry.splitlines()) == 1

    def test_elementOfAnotherPageIsRefused(self, project: Project, log: Log) -> None:
        """An element that is in another page is refused."""
        element = project.page()()
        it = Setup(project, lambda: element)
        assert it.get().status == 200
        assert it.get().status == 500
        assert it.pages == 1
        assert log.take("returned").endswith(USED)

    def test_elementOfAnEndedPageIsRefused(self, project: Project, log: Log) -> None:
        """An element whose page has ended is refused."""
        element = project.page()()
        it = Setup(project, lambda: element)
        it.get()
        it.clock.advance(30)
        assert self.failure(it, log).endswith(USED)

    def test_childOfAnotherElementIsRefused(self, project: Project, log: Log) -> None:
        """An element that is the child of another is refused."""
        child = LiveElement().addChild(project.page()())
        assert self.failure(Setup(project, lambda: child), log).endswith(USED)

    def test_wrongTemplateIsOneLineInTheLog(self, project: Project, log: Log) -> None:
        """A wrong template is one line without a traceback."""
        entry = self.failure(Setup(project, project.page("<p>secret</p>")), log)
        assert "the template 'template.html' of Thing has {{ liveElement }} 0 times" in entry
        assert len(entry.splitlines()) == 1

    def test_missingModuleIsOneLineInTheLog(self, project: Project, log: Log) -> None:
        """A missing module is one line with its path."""
        entry = self.failure(Setup(project, project.page(jsClass="Nope.X")), log)
        assert str(project.folder / "js" / "Nope.js") in entry
        assert len(entry.splitlines()) == 1

    def test_missingClassIsShownInDebugModeToo(self, project: Project, log: Log) -> None:
        """A class that its module does not export is one line, and in debug mode in the page."""
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

    def test_initialArgumentsThatCannotBeSentAreLocated(self, project: Project, log: Log) -> None:
        """Initial arguments that cannot be sent are one line with the path to the value."""
        thing = project.page(getInitialArguments=lambda self: [{"secret": [object()]}])
        entry = self.failure(Setup(project, thing), log)
        assert "Thing.getInitialArguments()[0].secret[0]: a builtins.object cannot be sent" in entry

    def test_impossibleAnnotationFailsAtTheFirstPage(self, project: Project, log: Log) -> None:
        """An annotation that no argument can satisfy fails at the first page."""

        @expose
        def say(self: Any, what: Log) -> None: ...

        say.__annotations__ = {"what": Log}
        entry = self.failure(Setup(project, project.page(say=say)), log)
        assert "the parameter 'what' of the exposed method " in entry
        assert "cannot be tests.support.log.Log" in entry

    def test_textThatIsNotUnicodeLeavesNoPage(self, project: Project, log: Log) -> None:
        """HTML that cannot be encoded is a failure, and leaves no page."""
        thing = project.page("<p {{ liveElement }}>{{ text }}</p>", text="\ud800")
        assert "UnicodeEncodeError" in self.failure(Setup(project, thing), log)

    def test_templateThatRaisesIsLoggedWithItsTraceback(self, project: Project, log: Log) -> None:
        """An error of the application in a template is logged with its traceback."""
        thing = project.page("<p {{ liveElement }}>{{ boom() }}</p>", boom=lambda self: 1 / 0)
        assert "ZeroDivisionError" in self.failure(Setup(project, thing), log)

    def test_liveErrorOfAFactoryIsNotShown(self, project: Project, log: Log) -> None:
        """The text of a LiveError, which is for callers of methods, is only in the log."""

        def factory() -> LiveElement:
            raise LiveError("secret")

        assert "secret" in self.failure(Setup(project, factory), log)

    def test_elementThatFillsTheBufferGetsNoPage(self, project: Project, log: Log) -> None:
        """An element that calls more than the buffer holds gets a 500, and not a dead page."""

        def factory() -> LiveElement:
            element: LiveElement = project.page()()
            for _ in range(40):
                element.callRemote("show", "x" * 60_000)
            return element

        assert "more messages to send than its buffer may hold" in self.failure(
            Setup(project, factory), log
        )

    def test_debugModeShowsTheTraceback(self, project: Project, log: Log) -> None:
        """In debug mode the response has the traceback."""

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

    def test_debugPageIsStyledUnderAStrictPolicy(self, project: Project, log: Log) -> None:
        """The page of debug mode has its style under a policy that allows nothing else."""
        response = Setup(project, lambda: None, debug=True).get()
        [style] = re.findall("<style>(.*?)</style>", response.text, re.DOTALL)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert f"style-src 'sha256-{digest}'" in policy
        log.take("returned None")

    def test_debugPageEscapesTextThatIsNotUnicode(self, project: Project, log: Log) -> None:
        """A text that is not Unicode is shown escaped."""

        def factory() -> LiveElement:
            raise ValueError("\ud800")

        assert "ValueError: \\ud800\n</pre>" in Setup(project, factory, debug=True).get().text
        log.take("ValueError")

    def test_elementIsDetachedIfItsPageFails(self, project: Project, log: Log) -> None:
        """An element whose page could not be made is detached."""
        told: list[str] = []
        thing = project.page(
            "<p>",
            detached=lambda self: told.append("detached"),
            connectionLost=lambda self, reason: told.append("lost"),
        )
        assert Setup(project, thing).get().status == 500
        assert told == ["detached"]
        log.take("error")

    def test_nextPageWorksAfterAFailure(self, project: Project, log: Log) -> None:
        """After a failure the next page is served."""
        outcomes = iter([None, project.page(PLAIN)()])
        it = Setup(project, lambda: next(outcomes))
        assert [it.get().status, it.get().status] == [500, 200]
        log.take("returned None")
