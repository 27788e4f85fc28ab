"""Tests of L{livewidget.command.lookup}: what C{--element} may name, and each mistake's line."""

from __future__ import annotations

import os
import re
import sys

import pytest

from livewidget.command.lookup import findElement
from tests.support.command import CLASS, ELEMENT, Project, lineOf


class TestFindElement:
    """What --element may name."""

    def test_class(self, project: Project) -> None:
        """A class in a module of a package."""
        project.write("pkg/__init__.py")
        project.write("pkg/chat.py", CLASS)
        found = findElement("pkg.chat.Chatter")
        assert found is sys.modules["pkg.chat"].Chatter

    def test_classInPackage(self, project: Project) -> None:
        """A class that a package imports into itself."""
        project.write("pkg/__init__.py", "from .chat import Chatter\n")
        project.write("pkg/chat.py", CLASS)
        assert findElement("pkg.Chatter").__name__ == "Chatter"

    def test_namespacePackage(self, project: Project) -> None:
        """A folder without __init__.py is a package as well."""
        project.write("pkg/chat.py", CLASS)
        assert findElement("pkg.chat.Chatter").__name__ == "Chatter"

    def test_attributeOfAttribute(self, project: Project) -> None:
        """A method of an object in a module; it is not called."""
        project.write(
            "chat.py",
            "class Room:\n    made = 0\n    def make(self): self.made = 1\nroom = Room()\n",
        )
        assert findElement("chat.room.make") == sys.modules["chat"].room.make
        assert sys.modules["chat"].room.made == 0

    def test_functionNamedLikeItsModule(self, project: Project) -> None:
        """A function wins over the submodule that it comes from."""
        project.write("pkg/__init__.py", "from .chat import chat\n")
        project.write("pkg/chat.py", CLASS + "def chat():\n    pass\n")
        assert findElement("pkg.chat") is sys.modules["pkg.chat"].chat

    def test_submoduleBehindFunction(self, project: Project) -> None:
        """A submodule is found behind a function of its name."""
        project.write("pkg/__init__.py", "from .chat import chat\n")
        project.write("pkg/chat.py", CLASS + "def chat():\n    pass\n")
        assert findElement("pkg.chat.Chatter") is sys.modules["pkg.chat"].Chatter

    def test_packageUnderAnotherName(self, project: Project) -> None:
        """A submodule of a package that another package has imported."""
        project.write("pkg/__init__.py", "import rooms as other\n")
        project.write("rooms/__init__.py")
        project.write("rooms/chat.py", CLASS)
        assert findElement("pkg.other.chat.Chatter") is sys.modules["rooms.chat"].Chatter

    def test_objectNamedLikeItsModule(self, project: Project) -> None:
        """An object wins over the submodule that it comes from, if it has the next name."""
        project.write("pkg/__init__.py", "from .room import room\n")
        project.write("pkg/room.py", "class Room:\n    def make(self): ...\nroom = Room()\n")
        assert findElement("pkg.room.make") == sys.modules["pkg.room"].room.make


class TestElementMistakes:
    """What is said of an element that cannot be served."""

    def find(self, name: str) -> str:
        return lineOf(findElement, name).removeprefix("live-widget: --element: ")

    @pytest.mark.parametrize("name", ["chat..x", "chat.py:x", "chat/x", ".chat", "chat.x()"])
    def test_notADottedName(self, name: str) -> None:
        """What is not a dotted name is not imported."""
        assert self.find(name).startswith(f"{name!r} is not a dotted name; write it like ")

    def test_noModule(self, project: Project) -> None:
        """The part that names no module is given, with the folder that was searched."""
        line = self.find("nosuchmodule.chat.Chatter")
        assert line.startswith(
            "no module named 'nosuchmodule' (of 'nosuchmodule.chat.Chatter') "
            f"in {project.folder} or on sys.path; check the spelling"
        )

    def test_nearModule(self, project: Project) -> None:
        """A module of the working directory with nearly this name is suggested."""
        project.write("examples/__init__.py")
        assert self.find("exmaples.chat").endswith("; did you mean examples?")

    def test_noSubmodule(self, project: Project) -> None:
        """The part of the name that fails is given, with the nearest submodule."""
        project.write("pkg/__init__.py")
        project.write("pkg/chat.py", CLASS)
        assert self.find("pkg.chta.Chatter") == (
            f"no name or submodule 'chta' in module 'pkg' ({os.path.join('pkg', '__init__.py')}); "
            "did you mean chat?"
        )

    def test_noName(self, project: Project) -> None:
        """A name that is not in the module is given, with the nearest."""
        project.write("chat.py", CLASS)
        assert self.find("chat.Chater") == (
            "no name 'Chater' in module 'chat' (chat.py); did you mean Chatter?"
        )
        assert self.find("chat.qqqq").endswith("(chat.py); check the spelling")

    def test_noAttribute(self, project: Project) -> None:
        """The same goes for the attribute of an object."""
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
    def test_failsOnImport(self, project: Project, text: str, said: str) -> None:
        """A module that fails is told from one that is missing, with the user's own line."""
        project.write("chat.py", text)
        line = self.find("chat.Chatter")
        assert line.startswith("module 'chat' fails on import: ")
        assert re.search(said, line), line
        assert line.endswith("with: python -c 'import chat'")

    def test_otherModuleFails(self, project: Project) -> None:
        """The place is where the error is, in whichever module of the user's."""
        project.write("chat.py", "import other\n")
        project.write("other.py", "\n\nnosuch\n")
        assert re.search(r"NameError: .*nosuch.* \(other\.py:3\); ", self.find("chat.Chatter"))

    def test_syntaxErrorInOtherModule(self, project: Project) -> None:
        """So it is with a syntax error, which has no line in the traceback."""
        project.write("chat.py", "import other\n")
        project.write("other.py", "\n\nx =\n")
        assert re.search(r"SyntaxError: .* \(other\.py:3\); ", self.find("chat.Chatter"))

    def test_placeInInstalledPackage(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of an error in an installed package, the user's line that led there is given.

        If all of it is installed, the place is where the error is.
        """
        monkeypatch.syspath_prepend(project.folder / "site-packages")
        project.write("site-packages/installed.py", "\ndef fail():\n    raise ValueError(5)\n")
        project.write("chat.py", "import installed\ninstalled.fail()\n")
        project.write("site-packages/failing.py", "\nraise ValueError(6)\n")
        assert "ValueError: 5 (chat.py:2); " in self.find("chat.Chatter")
        place = os.path.join("site-packages", "failing.py:2")
        assert f"ValueError: 6 ({place}); " in self.find("failing.Chatter")

    def test_lazyNameFails(self, project: Project) -> None:
        """A module's __getattr__ that fails is not taken for a missing name."""
        project.write("chat.py", "\ndef __getattr__(name):\n    raise ValueError('lazy')\n")
        assert self.find("chat.Chatter") == (
            "cannot get 'Chatter' of 'chat': ValueError: lazy (chat.py:3); mend it"
        )
        project.write("pkg/__init__.py", "import chat\n")
        assert self.find("pkg.chat.Chatter").startswith("cannot get 'Chatter' of 'pkg.chat': ")

    def test_module(self, project: Project) -> None:
        """A module is not an element; one that is in it is suggested."""
        project.write("chat.py", CLASS)
        assert self.find("chat") == (
            "'chat' is a module; name a LiveElement class or a function in it, such as chat.Chatter"
        )

    def test_submodule(self, project: Project) -> None:
        """So it is with a submodule that its package does not import."""
        project.write("pkg/__init__.py")
        project.write("pkg/chat.py", CLASS)
        assert self.find("pkg.chat").startswith("'pkg.chat' is a module; ")

    def test_emptyModule(self, project: Project) -> None:
        """LiveElement itself is not suggested."""
        project.write("chat.py", ELEMENT)
        assert self.find("chat").endswith("a function in it")

    @pytest.mark.parametrize(("value", "kind"), [("None", "None"), ("3", "an object of class int")])
    def test_notCallable(self, project: Project, value: str, kind: str) -> None:
        """What cannot be called is described."""
        project.write("chat.py", f"room = {value}\n")
        assert self.find("chat.room").startswith(f"'chat.room' is {kind} and cannot be called; ")

    def test_otherClass(self, project: Project) -> None:
        """A class must be a LiveElement."""
        project.write("chat.py", "class Room: ...\n")
        assert self.find("chat.Room").startswith("the class 'chat.Room' is no LiveElement and ")

    def test_page(self, project: Project) -> None:
        """A class of pages will do."""
        project.write("shop.py", "from livewidget import LivePage\nclass Shop(LivePage): ...\n")
        assert findElement("shop.Shop").__name__ == "Shop"

    def test_neededArguments(self) -> None:
        """What needs other arguments than the request is told which."""
        assert self.find("examples.chat.ChatterElement") == (
            "'examples.chat.ChatterElement' needs 'room', and gets nothing but the request, as "
            "'request'; name a function that calls it with what it needs"
        )

    def test_request(self, project: Project) -> None:
        """The request is no such argument."""
        project.write("chat.py", "def make(request): ...\n")
        assert findElement("chat.make") is sys.modules["chat"].make
