"""Tests of L{livewidget.command.lookup}: finding elements by name, and errors about them."""

from __future__ import annotations

import os
import re
import sys

import pytest

from livewidget.command.lookup import findElement
from tests.support.command import CLASS, ELEMENT, Project, lineOf


class TestFindElement:
    """Names that --element accepts."""

    def test_classInAModuleIsFound(self, project: Project) -> None:
        """A class in a module of a package is found."""
        project.write("pkg/__init__.py")
        project.write("pkg/chat.py", CLASS)
        found = findElement("pkg.chat.Chatter")
        assert found is sys.modules["pkg.chat"].Chatter

    def test_classImportedIntoAPackageIsFound(self, project: Project) -> None:
        """A class that a package imports from its submodule is found in the package."""
        project.write("pkg/__init__.py", "from .chat import Chatter\n")
        project.write("pkg/chat.py", CLASS)
        assert findElement("pkg.Chatter").__name__ == "Chatter"

    def test_classInANamespacePackageIsFound(self, project: Project) -> None:
        """A folder without __init__.py is a package as well."""
        project.write("pkg/chat.py", CLASS)
        assert findElement("pkg.chat.Chatter").__name__ == "Chatter"

    def test_methodOfAnObjectIsFoundAndNotCalled(self, project: Project) -> None:
        """A method of an object in a module is found, but not called."""
        project.write(
            "chat.py",
            "class Room:\n    made = 0\n    def make(self): self.made = 1\nroom = Room()\n",
        )
        assert findElement("chat.room.make") == sys.modules["chat"].room.make
        assert sys.modules["chat"].room.made == 0

    def test_functionWinsOverItsSubmodule(self, project: Project) -> None:
        """A function takes precedence over the submodule of the same name."""
        project.write("pkg/__init__.py", "from .chat import chat\n")
        project.write("pkg/chat.py", CLASS + "def chat():\n    pass\n")
        assert findElement("pkg.chat") is sys.modules["pkg.chat"].chat

    def test_submoduleIsFoundBehindAFunction(self, project: Project) -> None:
        """A submodule is found although a function of its name hides it."""
        project.write("pkg/__init__.py", "from .chat import chat\n")
        project.write("pkg/chat.py", CLASS + "def chat():\n    pass\n")
        assert findElement("pkg.chat.Chatter") is sys.modules["pkg.chat"].Chatter

    def test_packageIsFoundByItsAlias(self, project: Project) -> None:
        """A submodule is found through the name under which another package imported its own."""
        project.write("pkg/__init__.py", "import rooms as other\n")
        project.write("rooms/__init__.py")
        project.write("rooms/chat.py", CLASS)
        assert findElement("pkg.other.chat.Chatter") is sys.modules["rooms.chat"].Chatter

    def test_objectWithTheNextNameWinsOverItsSubmodule(self, project: Project) -> None:
        """An object takes precedence over its submodule if it has the name that follows."""
        project.write("pkg/__init__.py", "from .room import room\n")
        project.write("pkg/room.py", "class Room:\n    def make(self): ...\nroom = Room()\n")
        assert findElement("pkg.room.make") == sys.modules["pkg.room"].room.make


class TestElementErrors:
    """Errors about an element that cannot be served."""

    def find(self, name: str) -> str:
        return lineOf(findElement, name).removeprefix("live-widget: --element: ")

    @pytest.mark.parametrize("name", ["chat..x", "chat.py:x", "chat/x", ".chat", "chat.x()"])
    def test_malformedNameIsRefused(self, name: str) -> None:
        """A text that is not a dotted name is refused before any import."""
        assert self.find(name).startswith(f"{name!r} is not a dotted name; use a name like ")

    def test_missingModuleIsNamed(self, project: Project) -> None:
        """The error names the missing module and the folder that was searched."""
        line = self.find("nosuchmodule.chat.Chatter")
        assert line.startswith(
            "no module named 'nosuchmodule' (of 'nosuchmodule.chat.Chatter') "
            f"in {project.folder} or on sys.path; check the spelling"
        )

    def test_similarModuleIsSuggested(self, project: Project) -> None:
        """A module of the working directory with a similar name is suggested."""
        project.write("examples/__init__.py")
        assert self.find("exmaples.chat").endswith("; did you mean examples?")

    def test_similarSubmoduleIsSuggested(self, project: Project) -> None:
        """The error names the part that is missing, and suggests a similar submodule."""
        project.write("pkg/__init__.py")
        project.write("pkg/chat.py", CLASS)
        assert self.find("pkg.chta.Chatter") == (
            f"no name or submodule 'chta' in module 'pkg' ({os.path.join('pkg', '__init__.py')}); "
            "did you mean chat?"
        )

    def test_similarNameInAModuleIsSuggested(self, project: Project) -> None:
        """A name that the module lacks is shown, with a similar one if there is any."""
        project.write("chat.py", CLASS)
        assert self.find("chat.Chater") == (
            "no name 'Chater' in module 'chat' (chat.py); did you mean Chatter?"
        )
        assert self.find("chat.qqqq").endswith("(chat.py); check the spelling")

    def test_similarAttributeIsSuggested(self, project: Project) -> None:
        """An attribute that an object lacks is shown, with a similar one."""
        project.write("chat.py", "class Room:\n    def makeChatter(self): ...\nroom = Room()\n")
        assert self.find("chat.room.makeChater") == (
            "no name 'makeChater' in 'chat.room' (an object of class Room); "
            "did you mean makeChatter?"
        )

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("x = 1\n1 / 0\n", r"ZeroDivisionError: .* \(chat\.py:2\)"),
            ("\nimport nosuchmodule\n", r"ModuleNotFoundError: .*nosuchmodule.* \(chat\.py:2\)"),
            ("\nimport chat.sub\n", r"ModuleNotFoundError: .*chat\.sub.* \(chat\.py:"),
            ("\nfrom os import nosuch\n", r"ImportError: .*nosuch"),
            ("def f():\n    json.loads('x')\nimport json\nf()\n", r"\(chat\.py:2\)"),
            ("import importlib\nimportlib.import_module('nosuch')\n", r"\(chat\.py:2\)"),
            (
                "from livewidget.command.lookup import findElement\nfindElement(3)\n",
                r"\(chat\.py:2\)",
            ),
            ("from livewidget import expose\nexpose(3)\n", r"\(chat\.py:2\)"),
            ("x = 1\ny = (\n", r"SyntaxError: .* \(chat\.py:2\)"),
            ("if True:\nx = 1\n", r"IndentationError: .* \(chat\.py:2\)"),
            ("raise SystemExit\n", r"SystemExit \(chat\.py:1\)"),
            ("raise ValueError('one\\ntwo')\n", r"ValueError: one two \(chat\.py:1\)"),
        ],
    )
    def test_failingImportShowsTheUsersLine(self, project: Project, text: str, said: str) -> None:
        """A module that fails on import is not called missing; the error shows the user's line."""
        project.write("chat.py", text)
        line = self.find("chat.Chatter")
        assert line.startswith("module 'chat' fails on import: ")
        assert re.search(said, line), line
        assert line.endswith("with: python -c 'import chat'")

    def test_errorInAnotherModuleShowsItsPlace(self, project: Project) -> None:
        """The error shows the place in whichever of the user's modules failed."""
        project.write("chat.py", "import other\n")
        project.write("other.py", "\n\nnosuch\n")
        assert re.search(r"NameError: .*nosuch.* \(other\.py:3\); ", self.find("chat.Chatter"))

    def test_syntaxErrorInAnotherModuleShowsItsPlace(self, project: Project) -> None:
        """A syntax error, which has no line in the traceback, is shown with its place."""
        project.write("chat.py", "import other\n")
        project.write("other.py", "\n\nx =\n")
        assert re.search(r"SyntaxError: .* \(other\.py:3\); ", self.find("chat.Chatter"))

    def test_errorInAnInstalledPackageShowsTheUsersLine(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An error in an installed package is shown with the user's line that led there.

        If all of the code is installed, the place is where the error was raised.
        """
        monkeypatch.syspath_prepend(project.folder / "site-packages")
        project.write("site-packages/installed.py", "\ndef fail():\n    raise ValueError(5)\n")
        project.write("chat.py", "import installed\ninstalled.fail()\n")
        project.write("site-packages/failing.py", "\nraise ValueError(6)\n")
        assert "ValueError: 5 (chat.py:2); " in self.find("chat.Chatter")
        place = os.path.join("site-packages", "failing.py:2")
        assert f"ValueError: 6 ({place}); " in self.find("failing.Chatter")

    def test_failingModuleAttributeIsNotCalledMissing(self, project: Project) -> None:
        """An error in a module's __getattr__ is shown, instead of a missing name."""
        project.write("chat.py", "\ndef __getattr__(name):\n    raise ValueError('lazy')\n")
        assert self.find("chat.Chatter") == (
            "cannot get 'Chatter' of 'chat': ValueError: lazy (chat.py:3); fix it"
        )
        project.write("pkg/__init__.py", "import chat\n")
        assert self.find("pkg.chat.Chatter").startswith("cannot get 'Chatter' of 'pkg.chat': ")

    def test_moduleIsRefusedWithASuggestion(self, project: Project) -> None:
        """A module is not an element; a class in it is suggested."""
        project.write("chat.py", CLASS)
        assert self.find("chat") == (
            "'chat' is a module; use a LiveElement class or a function in it, such as chat.Chatter"
        )

    def test_submoduleIsRefused(self, project: Project) -> None:
        """A submodule that its package does not import is refused as a module."""
        project.write("pkg/__init__.py")
        project.write("pkg/chat.py", CLASS)
        assert self.find("pkg.chat").startswith("'pkg.chat' is a module; ")

    def test_liveElementItselfIsNotSuggested(self, project: Project) -> None:
        """A module with nothing but LiveElement itself gets no suggestion."""
        project.write("chat.py", ELEMENT)
        assert self.find("chat").endswith("a function in it")

    @pytest.mark.parametrize(("value", "kind"), [("None", "None"), ("3", "an object of class int")])
    def test_objectThatCannotBeCalledIsDescribed(
        self, project: Project, value: str, kind: str
    ) -> None:
        """An object that cannot be called is described in the error."""
        project.write("chat.py", f"room = {value}\n")
        assert self.find("chat.room").startswith(f"'chat.room' is {kind} and cannot be called; ")

    def test_otherClassIsRefused(self, project: Project) -> None:
        """A class that is neither a LiveElement nor a LivePage is refused."""
        project.write("chat.py", "class Room: ...\n")
        assert self.find("chat.Room").startswith(
            "the class 'chat.Room' is neither a LiveElement nor a LivePage; "
        )

    def test_pageClassIsAccepted(self, project: Project) -> None:
        """A subclass of LivePage is accepted."""
        project.write("shop.py", "from livewidget import LivePage\nclass Shop(LivePage): ...\n")
        assert findElement("shop.Shop").__name__ == "Shop"

    def test_neededArgumentsAreNamed(self) -> None:
        """A callable that needs other arguments than the request is refused, with their names."""
        assert self.find("examples.chat.ChatterElement") == (
            "'examples.chat.ChatterElement' needs 'room', and is called with nothing but "
            "'request'; use a function that calls it with its arguments"
        )

    def test_requestParameterIsAccepted(self, project: Project) -> None:
        """A function with a parameter request is accepted."""
        project.write("chat.py", "def make(request): ...\n")
        assert findElement("chat.make") is sys.modules["chat"].make
