"""Tests of C{livewidget.packages}: modules and style sheets by name and by URL."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from livewidget import LiveElement, ModuleError
from livewidget.jsexports import scan
from livewidget.package import OWN, Package
from livewidget.packages import Packages
from tests.distributions import Distribution
from tests.help import Project

CHAT = "export class Widget {}\nexport class A {}\nexport class B {}\n"


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
        project.write("js/Chat.js", CHAT)
        project.write("js/deep/er/Chat.js", CHAT)
        thing = project.element(jsClass="Chat.Widget")
        packages = Packages()
        assert packages.module(thing, "Chat.Widget") == ("Chat", "Widget")
        assert packages.module(thing, "deep.er.Chat.Widget") == ("deep.er.Chat", "Widget")

    def test_plainWidget(self) -> None:
        """An element without a C{jsClass} has our own plain widget."""
        assert Packages().module(LiveElement, LiveElement.jsClass) == ("livewidget", "Widget")

    def test_inherited(self, project: Project) -> None:
        """A subclass in another folder has the module beside its base."""
        project.write("js/Chat.js", CHAT)
        sub = project.beside("other").element(project.element(jsClass="Chat.Widget"))
        assert Packages().module(sub, "Chat.Widget") == ("Chat", "Widget")

    def test_urls(self, project: Project) -> None:
        """All modules of a package are known once one is, each by the package's label."""
        project.write("js/Chat.js", CHAT)
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
            f"Thing.jsClass names ChatThin.Widget: {project.folder / 'js' / 'ChatThin.js'} "
            "does not exist; did you mean ChatThing?"
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


class TestNames:
    """A module's name that is wrong: which one may have been meant."""

    def error(self, project: Project, jsClass: str) -> str:
        """The error, without what is the same in all."""
        thing = project.element(jsClass=jsClass)
        with pytest.raises(ModuleError) as caught:
            Packages().module(thing, jsClass)
        start, _, rest = str(caught.value).partition(" does not exist")
        file = jsClass.rpartition(".")[0].replace(".", "/")
        assert start == f"Thing.jsClass names {jsClass}: {project.folder / 'js' / file}.js"
        return rest

    def test_case(self, project: Project) -> None:
        """One in another case."""
        project.write("js/ChatThing.js", CHAT)
        project.write("js/ChatThong.js", CHAT)
        assert self.error(project, "chatthing.Widget") == "; did you mean ChatThing?"

    def test_folder(self, project: Project) -> None:
        """One in another folder."""
        project.write("js/deep/Chat.js", CHAT)
        assert self.error(project, "Chat.Widget") == "; did you mean deep.Chat?"

    def test_plugin(self, project: Project, distribution: Distribution) -> None:
        """One of a plugin, with the file; one beside the class comes first."""
        distribution.package("acme", js__Acme__Forms_js=CHAT)
        distribution.js("acme")
        distribution.install()
        path = distribution.folder / "acme/js/Acme/Forms.js"
        for jsClass in ("Acme.Form.Widget", "Forms.Widget", "acme.forms.Widget"):
            assert self.error(project, jsClass) == f"; did you mean Acme.Forms ({path})?"
        project.write("js/Acme/Formz.js", CHAT)
        assert self.error(project, "Acme.Formz_.Widget") == "; did you mean Acme.Formz?"

    def test_withoutItsClass(self, project: Project) -> None:
        """A module in a folder, without the name of the class."""
        project.write("js/deep/Chat.js", CHAT)
        assert self.error(project, "deep.Chat") == (
            "; deep.Chat is a module: write deep.Chat.Class, with the name of its class"
        )

    def test_ours(self, project: Project) -> None:
        """Ours."""
        assert "; did you mean livewidget (/" in self.error(project, "livewidgets.Widget")


class TestClasses:
    """The module exports the class, as far as its text says."""

    def error(self, project: Project, text: str, jsClass: str = "Chat.ChaterWidget") -> str:
        """How the error ends."""
        path = project.write("js/Chat.js", text)
        thing = project.element(jsClass=jsClass)
        with pytest.raises(ModuleError) as caught:
            Packages().module(thing, jsClass)
        start = f"Thing.jsClass names {jsClass}: {path} exports no {jsClass.rpartition('.')[2]}; "
        assert str(caught.value).startswith(start)
        return str(caught.value).removeprefix(start)

    def test_near(self, project: Project) -> None:
        """A similar name is suggested."""
        text = "export class ChatterWidget {}\nexport class OtherWidget {}"
        assert self.error(project, text) == "did you mean ChatterWidget?"

    def test_case(self, project: Project) -> None:
        """So is one in another case."""
        text = "export class chaterwidget {}\nexport class ChaterWidgets {}"
        assert self.error(project, text) == "did you mean chaterwidget?"

    def test_notExported(self, project: Project) -> None:
        """A class without C{export}."""
        text = "class ChaterWidget {}\nexport class ChatterWidget {}"
        assert self.error(project, text) == "write export before class ChaterWidget"

    def test_nothing(self, project: Project) -> None:
        """A module that exports nothing."""
        assert self.error(project, "// export class ChaterWidget {}") == (
            "it exports nothing: write export class ChaterWidget"
        )

    def test_nothingNear(self, project: Project) -> None:
        """Without anything near, it says what there is."""
        assert self.error(project, "export const B = 1, A = 2;") == "it exports A, B"

    def test_ours(self, project: Project) -> None:
        """Ours may be named by anybody, and exports what it exports."""
        for packages in (Packages(), Packages(debug=True)):
            thing = project.element(jsClass="livewidget.Widget")
            assert packages.module(thing, thing.jsClass) == ("livewidget", "Widget")
            with pytest.raises(ModuleError, match=r"exports no Widgett; did you mean Widget\?"):
                packages.module(thing, "livewidget.Widgett")
            with pytest.raises(ModuleError, match=r"page.js does not exist"):
                packages.module(thing, "page.Page")

    def test_plugin(self, project: Project, distribution: Distribution) -> None:
        """A class may name a plugin's module; beside the class comes first."""
        distribution.package("acme", js__Acme__Forms_js="export class DatePicker {}")
        distribution.js("acme")
        distribution.install()
        packages = Packages()
        thing = project.element(jsClass="Acme.Forms.DatePicker")
        assert packages.module(thing, thing.jsClass) == ("Acme.Forms", "DatePicker")
        with pytest.raises(ModuleError) as caught:
            packages.module(thing, "Acme.Forms.DatePiker")
        assert str(caught.value) == (
            "Thing.jsClass names Acme.Forms.DatePiker: "
            f"{distribution.folder / 'acme/js/Acme/Forms.js'} exports no DatePiker; "
            "did you mean DatePicker?"
        )

    @pytest.mark.parametrize("text", ["export * from './x.js';", "export const {X} = y;", "}"])
    def test_unsure(self, project: Project, text: str) -> None:
        """Where it is not sure, nothing is said."""
        project.write("js/Chat.js", text)
        thing = project.element(jsClass="Chat.ChaterWidget")
        assert Packages().module(thing, thing.jsClass) == ("Chat", "ChaterWidget")

    def test_changed(self, project: Project) -> None:
        """Debugging, the file is looked at as it is now."""
        project.write("js/Chat.js", "")
        packages = Packages(debug=True)
        thing = project.element(jsClass="Chat.X")
        with pytest.raises(ModuleError):
            packages.module(thing, thing.jsClass)
        project.write("js/Chat.js", "export class X {}")
        packages.refresh()
        assert packages.module(thing, thing.jsClass) == ("Chat", "X")

    def test_once(self, project: Project) -> None:
        """A file is looked through once a process, and not for each page or resource."""
        project.write("js/Chat.js", f"{CHAT}// {project.folder}")
        thing = project.element(jsClass="Chat.Widget")
        before = scan.cache_info().misses
        for packages in (Packages(), Packages()):
            for _ in range(3):
                packages.module(thing, thing.jsClass)
        assert scan.cache_info().misses == before + 1


class TestCollisions:
    """Two modules of one name."""

    def test_twoFolders(self, project: Project) -> None:
        """An error names both files; what was known is known still."""
        one = project.write("js/Chat.js", CHAT)
        other = project.beside("other")
        two = other.write("js/Chat.js", CHAT)
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
        project.write("js/Chat.js", CHAT)
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
        with pytest.raises(ModuleError, match=r"cssModule names Chatt: .*mean Chat\?"):
            Packages().styleSheet(project.element(cssModule="Chatt"), "Chatt")

    def test_plugin(self, project: Project, distribution: Distribution) -> None:
        """A style sheet of a plugin; one beside the class comes first."""
        distribution.package("acme", css__Acme__Forms_css="plugin")
        distribution.plugin('css = CSSPackage("acme")')
        distribution.install()
        packages = Packages()
        thing = project.element(cssModule="Acme.Forms")
        assert packages.styleSheet(thing, "Acme.Forms").startswith("css/acme-")
        with pytest.raises(ModuleError, match=r"did you mean Acme.Forms \(/.*/Forms.css\)\?"):
            packages.styleSheet(thing, "Acme.forms")
        project.write("css/Acme/Forms.css", "own")
        assert Packages().styleSheet(thing, "Acme.Forms").startswith("css/thing-")

    def test_severalPlugins(self, project: Project, distribution: Distribution) -> None:
        """One that several plugins have is an error of who names it, with the files."""
        for name in ("one", "two"):
            distribution.package(name, css__Forms_css="", **{f"css__{name}_css": ""})
            distribution.plugin(f"css = CSSPackage({name!r})", f"{name}_livewidget")
        distribution.install()
        packages = Packages()
        thing = project.element(cssModule="Forms")
        with pytest.raises(ModuleError) as caught:
            packages.styleSheet(thing, "Forms")
        one, two = (distribution.folder / name / "css/Forms.css" for name in ("one", "two"))
        assert str(caught.value) == (
            f"Thing.cssModule names Forms, which may be {one} and {two}: rename one"
        )
        assert packages.styleSheet(thing, "one").startswith("css/one-")

    def test_several(self, project: Project) -> None:
        """Several names, as a tuple or a list, are in their order."""
        for name in "abc":
            project.write(f"css/{name}.css", name)
        thing = project.element(cssModule=())
        packages = Packages()
        for names in (["c", "a"], ("c", "a")):
            urls = packages.styleSheets(thing, names)
            assert [url[-5:] for url in urls] == ["c.css", "a.css"]
        assert packages.styleSheets(thing, "b") == [packages.styleSheet(thing, "b")]
        assert packages.styleSheets(thing, ()) == packages.styleSheets(thing, None) == []
        with pytest.raises(ModuleError, match="cssModule names nope: "):
            packages.styleSheets(thing, ["a", "nope"])

    @pytest.mark.parametrize("value", [3, b"a", ["a", 3], {"a"}, ["a", None]])
    def test_wrongType(self, project: Project, value: Any) -> None:
        """What is no name, and no sequence of names, says what to write."""
        project.write("css/a.css", "")
        with pytest.raises(ModuleError, match=r"Thing.cssModule is .*: write the name of a style"):
            Packages().styleSheets(project.element(cssModule=value), value)

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
