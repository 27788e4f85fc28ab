"""Tests of L{livewidget.assets.catalog}: style sheets, content, and locating lines."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from livewidget import ModuleError
from livewidget.assets.catalog import Catalog
from livewidget.assets.package import OWN, Package
from tests.support.distributions import Distribution
from tests.support.project import Project

CHAT = "export class Widget {}\nexport class A {}\nexport class B {}\n"


class TestStyleSheets:
    """Looking up C{cssModule}."""

    def test_styleSheetIsFoundBesideTheClass(self, project: Project) -> None:
        """A style sheet is found beside the class, and has a URL of its own kind."""
        project.write("css/Chat.css", "p {}")
        catalog = Catalog()
        url = catalog.styleSheet(project.element(cssModule="Chat"), "Chat")
        kind, label, file = url.split("/")
        assert (kind, file) == ("css", "Chat.css")
        assert catalog.content(kind, label, file) == b"p {}"

    def test_missingStyleSheetIsAnErrorWithASuggestion(self, project: Project) -> None:
        """The error for a missing style sheet has a similar name."""
        project.write("css/Chat.css", "")
        with pytest.raises(ModuleError, match=r"cssModule names Chatt: .*mean Chat\?"):
            Catalog().styleSheet(project.element(cssModule="Chatt"), "Chatt")

    def test_styleSheetOfAPluginIsFound(self, project: Project, distribution: Distribution) -> None:
        """A style sheet of a plugin is found; one beside the class comes first."""
        distribution.package("acme", css__Acme__Forms_css="plugin")
        distribution.plugin('css = CSSPackage("acme")')
        distribution.install()
        catalog = Catalog()
        thing = project.element(cssModule="Acme.Forms")
        assert catalog.styleSheet(thing, "Acme.Forms").startswith("css/acme-")
        with pytest.raises(ModuleError, match=r"did you mean Acme.Forms \(/.*/Forms.css\)\?"):
            catalog.styleSheet(thing, "Acme.forms")
        project.write("css/Acme/Forms.css", "own")
        assert Catalog().styleSheet(thing, "Acme.Forms").startswith("css/thing-")

    def test_nameInSeveralPluginsIsAnError(
        self, project: Project, distribution: Distribution
    ) -> None:
        """A name that several plugins have is an error of the class, with the files."""
        for name in ("one", "two"):
            distribution.package(name, css__Forms_css="", **{f"css__{name}_css": ""})
            distribution.plugin(f"css = CSSPackage({name!r})", f"{name}_livewidget")
        distribution.install()
        catalog = Catalog()
        thing = project.element(cssModule="Forms")
        with pytest.raises(ModuleError) as caught:
            catalog.styleSheet(thing, "Forms")
        one, two = (distribution.folder / name / "css/Forms.css" for name in ("one", "two"))
        assert str(caught.value) == (
            f"Thing.cssModule names Forms, which may be {one} and {two}; rename one"
        )
        assert catalog.styleSheet(thing, "one").startswith("css/one-")

    def test_severalNamesKeepTheirOrder(self, project: Project) -> None:
        """Several names, as a tuple or a list, keep their order."""
        for name in "abc":
            project.write(f"css/{name}.css", name)
        thing = project.element(cssModule=())
        catalog = Catalog()
        for names in (["c", "a"], ("c", "a")):
            urls = catalog.styleSheets(thing, names)
            assert [url[-5:] for url in urls] == ["c.css", "a.css"]
        assert catalog.styleSheets(thing, "b") == [catalog.styleSheet(thing, "b")]
        assert catalog.styleSheets(thing, ()) == catalog.styleSheets(thing, None) == []
        with pytest.raises(ModuleError, match="cssModule names nope: "):
            catalog.styleSheets(thing, ["a", "nope"])

    @pytest.mark.parametrize("value", [3, b"a", ["a", 3], {"a"}, ["a", None]])
    def test_otherTypesAreRefused(self, project: Project, value: Any) -> None:
        """A value that is neither a name nor a sequence of names is refused."""
        project.write("css/a.css", "")
        with pytest.raises(ModuleError, match=r"Thing.cssModule is .*; use the name of a style"):
            Catalog().styleSheets(project.element(cssModule=value), value)

    def test_styleSheetsMayHaveTheSameName(self, project: Project) -> None:
        """Two style sheets in different folders may have the same name."""
        other = project.beside("other")
        for place in (project, other):
            place.write("css/Chat.css", place.folder.name)
        catalog = Catalog()
        urls = {catalog.styleSheet(p.element(cssModule="Chat"), "Chat") for p in (project, other)}
        assert len(urls) == 2


class TestContent:
    """The content that is served."""

    @pytest.fixture
    def catalog(self, project: Project) -> Catalog:
        """Return a catalog with one package of one module."""
        project.write("js/deep/Chat.js", "code")
        project.write("js/secret.txt", "secret")
        project.write("secret.js", "secret")
        catalog = Catalog()
        catalog.add(project.folder / "js", "js")
        return catalog

    def test_knownFileIsReturned(self, catalog: Catalog, project: Project) -> None:
        """The content of a known file is returned."""
        label = Package(project.folder / "js", "js").label
        assert catalog.content("js", label, "deep/Chat.js") == b"code"

    def test_knownFileIsReturnedCompressed(self, catalog: Catalog, project: Project) -> None:
        """The content of a known file is returned compressed with gzip."""
        label = Package(project.folder / "js", "js").label
        packed = catalog.content("js", label, "deep/Chat.js", gzipped=True)
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
    def test_inexactNameIsNotFound(
        self, catalog: Catalog, project: Project, file: str, gzipped: bool
    ) -> None:
        """A name that is not exactly that of a file is not found."""
        label = Package(project.folder / "js", "js").label
        assert catalog.content("js", label, file, gzipped) is None

    def test_otherLabelIsNotFound(self, catalog: Catalog, project: Project) -> None:
        """A label of another kind, or with another hash, is not found."""
        label = Package(project.folder / "js", "js").label
        assert catalog.content("css", label, "deep/Chat.js") is None
        assert catalog.content("js", label[:-1], "deep/Chat.js") is None
        assert catalog.content("js", "", "deep/Chat.js") is None

    def test_changedFileIsReturnedAsItWas(self, catalog: Catalog, project: Project) -> None:
        """A file that changes later is returned as it was when it was hashed."""
        label = Package(project.folder / "js", "js").label
        project.write("js/deep/Chat.js", "changed")
        assert catalog.content("js", label, "deep/Chat.js") == b"code"

    def test_refreshKeepsTheOldLabel(self, catalog: Catalog, project: Project) -> None:
        """After a refresh a changed file has a new label, and the old one remains."""
        before = catalog.moduleUrls()["deep.Chat"]
        project.write("js/deep/Chat.js", "changed")
        catalog.refresh()
        after = catalog.moduleUrls()["deep.Chat"]
        assert catalog.content(*before.split("/", 2)) == b"code"
        assert catalog.content(*after.split("/", 2)) == b"changed"
        assert catalog.own.url("livewidget.js") == catalog.moduleUrls()["livewidget"]

    def test_deletedModuleIsUnknownAfterARefresh(self, catalog: Catalog, project: Project) -> None:
        """A module that was deleted has no name after a refresh."""
        project.folder.joinpath("js/deep/Chat.js").unlink()
        catalog.refresh()
        assert set(catalog.moduleUrls()) == {"livewidget"}


class TestLocate:
    """Locating a line that a browser's stack names."""

    @pytest.fixture
    def catalog(self, project: Project) -> Catalog:
        """Return a catalog with two modules and a style sheet."""
        project.write("js/a b/Chat.js", "one\r\ntwo\u2028three\rfour\n\vfive")
        project.write("css/Chat.css", "p {}")
        catalog = Catalog()
        catalog.add(project.folder / "js", "js")
        catalog.add(project.folder / "css", "css")
        return catalog

    @pytest.fixture
    def url(self, catalog: Catalog) -> str:
        """Return the module's URL."""
        return f"http://example.com/_live/js/x/_live/{catalog.moduleUrls()['a b.Chat']}"

    @pytest.mark.parametrize("line", range(1, 6))
    def test_linesEndWhereTheyDoInJavaScript(
        self, catalog: Catalog, project: Project, url: str, line: int
    ) -> None:
        """Lines are counted by the line terminators of JavaScript."""
        place = catalog.locate(f"{url}?a#b", line)
        source = ["one", "two", "three", "four", "\vfive"][line - 1]
        assert place == (str(project.folder / "js/a b/Chat.js"), source, False)

    @pytest.mark.parametrize("line", [0, -1, 6, 999_999_999])
    def test_missingLineIsEmpty(self, catalog: Catalog, url: str, line: int) -> None:
        """The text of a line that does not exist is empty."""
        place = catalog.locate(url, line)
        assert place is not None
        assert place.source == ""

    @pytest.mark.parametrize("change", [("Chat", "Chit"), ("/js/", "/css/"), ("thing-", "thong-")])
    def test_otherUrlsAreNotLocated(
        self, catalog: Catalog, url: str, change: tuple[str, str]
    ) -> None:
        """A URL that is not that of a known module is not located."""
        assert catalog.locate("", 1) is None
        assert catalog.locate(url.replace(*change), 1) is None
        for other in ("x/_live/js/", "x/_live/js/%00/%2e%2e/a", f"{url}/../../../etc/passwd"):
            assert catalog.locate(other, 1) is None

    @pytest.mark.parametrize("debug", [False, True])
    def test_ourModulesAreLocatedInDebugMode(self, debug: bool) -> None:
        """Our own modules are located on disk only in debug mode, when they are not bundled."""
        catalog = Catalog(debug)
        url = f"http://example.com/_live/{catalog.own.url('livewidget.js')}"
        place = catalog.locate(url, 1)
        assert place is not None
        assert place.own
        wanted = (str(OWN / "livewidget.js"), "// @ts-check") if debug else (url, "")
        assert place[:2] == wanted
