"""Tests of C{livewidget.packages}: modules and style sheets by name and by URL."""

from __future__ import annotations

import gzip

import pytest

from livewidget import LiveElement, ModuleError
from livewidget.packages import OWN, Package, Packages
from tests.help import Project


class TestPackage:
    """One folder."""

    def test_files(self, project: Project) -> None:
        """All files of its kind are in it, in folders too, and no others."""
        for name in ("js/a.js", "js/b/c.js", "js/notes.txt", "js/b/d.css", "secret.js"):
            project.write(name, name)
        package = Package(project.folder / "js", "js")
        assert package.files == {"a.js": b"js/a.js", "b/c.js": b"js/b/c.js"}

    def test_label(self, project: Project) -> None:
        """The label has the folder's name and changes with each byte and name in it."""
        labels = set()
        for name, text in (("a.js", "1"), ("a.js", "2"), ("b.js", "1"), ("b.js", "")):
            project.write(f"js/{name}", text)
            package = Package(project.folder / "js", "js")
            assert package.label.startswith("thing-")
            labels.add(package.label)
        assert len(labels) == 4

    def test_sameContentSameLabel(self, project: Project) -> None:
        """The same files have the same label, so that caches work across restarts."""
        project.write("js/a.js", "a")
        folder = project.folder / "js"
        assert Package(folder, "js").label == Package(folder, "js").label

    def test_asWritten(self, project: Project) -> None:
        """The files of an application are served as they are written."""
        for kind, text in (("js", "a(); // b"), ("css", "p { /* b */ }")):
            project.write(f"{kind}/a.{kind}", text)
            assert Package(project.folder / kind, kind).files == {f"a.{kind}": text.encode()}

    def test_ownAsOne(self) -> None:
        """Our own modules are served as one, unless debugging; both have labels of their own."""
        package, debug = Package(OWN, "js"), Package(OWN, "js", debug=True)
        assert list(package.files) == ["livewidget.js"]
        assert debug.files["page.js"] == OWN.joinpath("page.js").read_bytes()
        assert package.label != debug.label

    def test_gzipped(self, project: Project) -> None:
        """A file is compressed once, and to the same bytes in each process."""
        project.write("js/a.js", "a();" * 100)
        package = Package(project.folder / "js", "js")
        packed = package.gzipped("a.js")
        assert gzip.decompress(packed) == package.files["a.js"]
        assert packed[4:8] == b"\0\0\0\0", "the time is in it"
        assert package.gzipped("a.js") is packed

    def test_missingFolder(self, project: Project) -> None:
        """A folder that is not there is empty."""
        assert Package(project.folder / "js", "js").files == {}

    def test_modules(self, project: Project) -> None:
        """Modules are named by their paths, with dots."""
        project.write("js/a.js", "")
        project.write("js/b/c.js", "")
        assert dict(Package(project.folder / "js", "js").modules()) == {
            "a": "a.js",
            "b.c": "b/c.js",
        }

    def test_own(self) -> None:
        """Of our own modules only the one with the public names has a name."""
        assert dict(Packages().own.modules()) == {"livewidget": "livewidget.js"}
        assert "page.js" in Packages(debug=True).own.files


class TestModule:
    """C{jsClass}."""

    def test_found(self, project: Project) -> None:
        """The module and the class are told apart at the last dot; dots before are folders."""
        project.write("js/Chat.js", "")
        project.write("js/deep/er/Chat.js", "")
        thing = project.element(jsClass="Chat.Widget")
        packages = Packages()
        assert packages.module(thing, "Chat.Widget") == ("Chat", "Widget")
        assert packages.module(thing, "deep.er.Chat.Widget") == ("deep.er.Chat", "Widget")

    def test_plainWidget(self) -> None:
        """An element without a C{jsClass} has our own plain widget."""
        assert Packages().module(LiveElement, LiveElement.jsClass) == ("livewidget", "Widget")

    def test_inherited(self, project: Project) -> None:
        """A subclass in another folder has the module beside its base."""
        project.write("js/Chat.js", "")
        sub = project.beside("other").element(project.element(jsClass="Chat.Widget"))
        assert Packages().module(sub, "Chat.Widget") == ("Chat", "Widget")

    def test_urls(self, project: Project) -> None:
        """All modules of a package are known once one is, each by the package's label."""
        project.write("js/Chat.js", "")
        project.write("js/lib/util.js", "")
        packages = Packages()
        packages.module(project.element(jsClass="Chat.Widget"), "Chat.Widget")
        urls = packages.moduleUrls()
        label = Package(project.folder / "js", "js").label
        assert urls["Chat"] == f"js/{label}/Chat.js"
        assert urls["lib.util"] == f"js/{label}/lib/util.js"
        assert set(urls) == {"livewidget", "Chat", "lib.util"}

    def test_missing(self, project: Project) -> None:
        """A missing module is named with its path, and with the nearest there is."""
        project.write("js/ChatThing.js", "")
        thing = project.element(jsClass="ChatThin.Widget")
        with pytest.raises(ModuleError) as caught:
            Packages().module(thing, thing.jsClass)
        assert str(caught.value) == (
            f"Thing.jsClass names ChatThin.js: {project.folder / 'js' / 'ChatThin.js'} "
            "does not exist; did you mean ChatThing.js?"
        )

    def test_missingAltogether(self, project: Project) -> None:
        """Without anything near, nothing is suggested."""
        thing = project.element(jsClass="Chat.Widget")
        with pytest.raises(ModuleError, match=r"does not exist$"):
            Packages().module(thing, thing.jsClass)

    @pytest.mark.parametrize("name", ["Widget", "", ".Widget"])
    def test_noModule(self, project: Project, name: str) -> None:
        """A name without a module says what to write."""
        with pytest.raises(ModuleError, match=r"write Module\.Class"):
            Packages().module(project.element(jsClass=name), name)

    def test_outside(self, project: Project) -> None:
        """A name cannot leave the folder."""
        project.write("secret.js", "")
        project.write("js/a.js", "")
        thing = project.element(jsClass="../secret.Widget")
        with pytest.raises(ModuleError):
            Packages().module(thing, thing.jsClass)


class TestCollisions:
    """Two modules of one name."""

    def test_twoFolders(self, project: Project) -> None:
        """An error names both files; what was known is known still."""
        one = project.write("js/Chat.js", "1")
        other = project.beside("other")
        two = other.write("js/Chat.js", "2")
        packages = Packages()
        packages.module(project.element(jsClass="Chat.A"), "Chat.A")
        before = packages.moduleUrls()
        with pytest.raises(ModuleError) as caught:
            packages.module(other.element(jsClass="Chat.B"), "Chat.B")
        assert str(caught.value) == (f"two modules are called Chat: {one} and {two}; rename one")
        assert packages.moduleUrls() == before

    def test_ourOwnName(self, project: Project) -> None:
        """Nobody else's module may be called livewidget."""
        path = project.write("js/livewidget.js", "")
        with pytest.raises(ModuleError) as caught:
            Packages().module(project.element(jsClass="livewidget.X"), "livewidget.X")
        assert str(OWN / "livewidget.js") in str(caught.value)
        assert str(path) in str(caught.value)

    def test_inOneFolder(self, project: Project) -> None:
        """A file with a dot and a file in a folder may come to one name: an error too."""
        one = project.write("js/a.b.js", "")
        two = project.write("js/a/b.js", "")
        with pytest.raises(ModuleError, match="two modules are called") as caught:
            Packages().module(project.element(jsClass="a.b.X"), "a.b.X")
        assert str(one) in str(caught.value)
        assert str(two) in str(caught.value)

    def test_sameFolderTwice(self, project: Project) -> None:
        """Two elements with modules in one folder share the package."""
        project.write("js/Chat.js", "")
        packages = Packages()
        thing = project.element(jsClass="Chat.A")
        assert packages.module(thing, "Chat.A") == ("Chat", "A")
        assert packages.module(thing, "Chat.B") == ("Chat", "B")


class TestStyleSheets:
    """C{cssModule}."""

    def test_found(self, project: Project) -> None:
        """A style sheet is found beside the module, and has a URL of its own kind."""
        project.write("css/Chat.css", "p {}")
        packages = Packages()
        url = packages.styleSheet(project.element(cssModule="Chat"), "Chat")
        kind, label, file = url.split("/")
        assert (kind, file) == ("css", "Chat.css")
        assert packages.content(kind, label, file) == b"p {}"

    def test_missing(self, project: Project) -> None:
        """A missing one is an error with the nearest."""
        project.write("css/Chat.css", "")
        with pytest.raises(ModuleError, match=r"cssModule names Chatt.css: .*mean Chat.css\?"):
            Packages().styleSheet(project.element(cssModule="Chatt"), "Chatt")

    def test_namesMayRepeat(self, project: Project) -> None:
        """Style sheets have no names in the page: two may be called the same."""
        other = project.beside("other")
        for place in (project, other):
            place.write("css/Chat.css", place.folder.name)
        packages = Packages()
        urls = {packages.styleSheet(p.element(cssModule="Chat"), "Chat") for p in (project, other)}
        assert len(urls) == 2


class TestContent:
    """What is served."""

    @pytest.fixture
    def packages(self, project: Project) -> Packages:
        """With one package of one module."""
        project.write("js/deep/Chat.js", "code")
        project.write("js/secret.txt", "secret")
        project.write("secret.js", "secret")
        packages = Packages()
        packages.add(project.folder / "js", "js")
        return packages

    def test_known(self, packages: Packages, project: Project) -> None:
        """A known file of a known package is given."""
        label = Package(project.folder / "js", "js").label
        assert packages.content("js", label, "deep/Chat.js") == b"code"

    def test_gzipped(self, packages: Packages, project: Project) -> None:
        """It is to be had compressed, too."""
        label = Package(project.folder / "js", "js").label
        packed = packages.content("js", label, "deep/Chat.js", gzipped=True)
        assert packed is not None
        assert gzip.decompress(packed) == b"code"

    @pytest.mark.parametrize("gzipped", [False, True])
    @pytest.mark.parametrize(
        "file",
        [
            "",
            ".",
            "deep",
            "deep/",
            "/deep/Chat.js",
            "./deep/Chat.js",
            "deep/./Chat.js",
            "deep//Chat.js",
            "deep/../deep/Chat.js",
            "../secret.js",
            "..",
            "secret.txt",
            "deep\\Chat.js",
            "deep/chat.js",
            "DEEP/Chat.js",
            "deep/Chat.js\0",
            "deep/Chat.js ",
            "deep%2fChat.js",
        ],
    )
    def test_unknown(self, packages: Packages, project: Project, file: str, gzipped: bool) -> None:
        """A name that is not exactly one in the table gives nothing."""
        label = Package(project.folder / "js", "js").label
        assert packages.content("js", label, file, gzipped) is None

    def test_otherLabels(self, packages: Packages, project: Project) -> None:
        """A label of another kind, or with another hash, gives nothing."""
        label = Package(project.folder / "js", "js").label
        assert packages.content("css", label, "deep/Chat.js") is None
        assert packages.content("js", label[:-1], "deep/Chat.js") is None
        assert packages.content("js", "", "deep/Chat.js") is None

    def test_asItWas(self, packages: Packages, project: Project) -> None:
        """A file that changes later is served as it was when it was hashed."""
        label = Package(project.folder / "js", "js").label
        project.write("js/deep/Chat.js", "changed")
        assert packages.content("js", label, "deep/Chat.js") == b"code"

    def test_refresh(self, packages: Packages, project: Project) -> None:
        """Read anew, a change has a label of its own, and the old one is served still."""
        before = packages.moduleUrls()["deep.Chat"]
        project.write("js/deep/Chat.js", "changed")
        packages.refresh()
        after = packages.moduleUrls()["deep.Chat"]
        assert packages.content(*before.split("/", 2)) == b"code"
        assert packages.content(*after.split("/", 2)) == b"changed"
        assert packages.own.url("livewidget.js") == packages.moduleUrls()["livewidget"]

    def test_refreshAfterADeletion(self, packages: Packages, project: Project) -> None:
        """A module that was deleted has no name after that."""
        project.folder.joinpath("js/deep/Chat.js").unlink()
        packages.refresh()
        assert set(packages.moduleUrls()) == {"livewidget"}


class TestLocate:
    """Where a line is that a browser's stack names."""

    @pytest.fixture
    def packages(self, project: Project) -> Packages:
        """Two modules, and a style sheet."""
        project.write("js/a b/Chat.js", "one\r\ntwo\u2028three\rfour\n\vfive")
        project.write("css/Chat.css", "p {}")
        packages = Packages()
        packages.add(project.folder / "js", "js")
        packages.add(project.folder / "css", "css")
        return packages

    @pytest.fixture
    def url(self, packages: Packages) -> str:
        """The module's URL."""
        return f"http://example.com/_live/js/x/_live/{packages.moduleUrls()['a b.Chat']}"

    @pytest.mark.parametrize("line", range(1, 6))
    def test_lines(self, packages: Packages, project: Project, url: str, line: int) -> None:
        """Lines end where they do in JavaScript."""
        place = packages.locate(f"{url}?a#b", line)
        source = ["one", "two", "three", "four", "\vfive"][line - 1]
        assert place == (str(project.folder / "js/a b/Chat.js"), source, False)

    @pytest.mark.parametrize("line", [0, -1, 6, 999_999_999])
    def test_noLine(self, packages: Packages, url: str, line: int) -> None:
        """A line that is not there is empty."""
        place = packages.locate(url, line)
        assert place is not None
        assert place.source == ""

    @pytest.mark.parametrize("change", [("Chat", "Chit"), ("/js/", "/css/"), ("thing-", "thong-")])
    def test_unknown(self, packages: Packages, url: str, change: tuple[str, str]) -> None:
        """What is no module of a known package is nowhere."""
        assert packages.locate("", 1) is None
        assert packages.locate(url.replace(*change), 1) is None
        for other in ("x/_live/js/", "x/_live/js/%00/%2e%2e/a", f"{url}/../../../etc/passwd"):
            assert packages.locate(other, 1) is None

    @pytest.mark.parametrize("debug", [False, True])
    def test_own(self, debug: bool) -> None:
        """Ours are on disk as they are served only when debugging."""
        packages = Packages(debug)
        url = f"http://example.com/_live/{packages.own.url('livewidget.js')}"
        place = packages.locate(url, 1)
        assert place is not None
        assert place.own
        wanted = (str(OWN / "livewidget.js"), "// @ts-check") if debug else (url, "")
        assert place[:2] == wanted
