"""Tests of C{livewidget.assets.catalog}: modules and style sheets by name and by URL."""

from __future__ import annotations

import pytest

from livewidget import LiveElement, ModuleError
from livewidget.assets.catalog import Catalog
from livewidget.assets.jsscan import scan
from livewidget.assets.package import OWN, Package
from tests.support.distributions import Distribution
from tests.support.project import Project

CHAT = "export class Widget {}\nexport class A {}\nexport class B {}\n"


class TestModule:
    """C{jsClass}."""

    def test_found(self, project: Project) -> None:
        """The module and the class are told apart at the last dot; dots before are folders."""
        project.write("js/Chat.js", CHAT)
        project.write("js/deep/er/Chat.js", CHAT)
        thing = project.element(jsClass="Chat.Widget")
        catalog = Catalog()
        assert catalog.module(thing, "Chat.Widget") == ("Chat", "Widget")
        assert catalog.module(thing, "deep.er.Chat.Widget") == ("deep.er.Chat", "Widget")

    def test_plainWidget(self) -> None:
        """An element without a C{jsClass} has our own plain widget."""
        assert Catalog().module(LiveElement, LiveElement.jsClass) == ("livewidget", "Widget")

    def test_inherited(self, project: Project) -> None:
        """A subclass in another folder has the module beside its base."""
        project.write("js/Chat.js", CHAT)
        sub = project.beside("other").element(project.element(jsClass="Chat.Widget"))
        assert Catalog().module(sub, "Chat.Widget") == ("Chat", "Widget")

    def test_urls(self, project: Project) -> None:
        """All modules of a package are known once one is, each by the package's label."""
        project.write("js/Chat.js", CHAT)
        project.write("js/lib/util.js", "")
        catalog = Catalog()
        catalog.module(project.element(jsClass="Chat.Widget"), "Chat.Widget")
        urls = catalog.moduleUrls()
        label = Package(project.folder / "js", "js").label
        assert urls["Chat"] == f"js/{label}/Chat.js"
        assert urls["lib.util"] == f"js/{label}/lib/util.js"
        assert set(urls) == {"livewidget", "Chat", "lib.util"}

    def test_missing(self, project: Project) -> None:
        """A missing module is named with its path, and with the nearest there is."""
        project.write("js/ChatThing.js", "")
        thing = project.element(jsClass="ChatThin.Widget")
        with pytest.raises(ModuleError) as caught:
            Catalog().module(thing, thing.jsClass)
        assert str(caught.value) == (
            f"Thing.jsClass names ChatThin.Widget: {project.folder / 'js' / 'ChatThin.js'} "
            "does not exist; did you mean ChatThing?"
        )

    def test_missingAltogether(self, project: Project) -> None:
        """Without anything near, nothing is suggested."""
        thing = project.element(jsClass="Chat.Widget")
        with pytest.raises(ModuleError, match=r"does not exist$"):
            Catalog().module(thing, thing.jsClass)

    @pytest.mark.parametrize("name", ["Widget", "", ".Widget"])
    def test_noModule(self, project: Project, name: str) -> None:
        """A name without a module says what to write."""
        with pytest.raises(ModuleError, match=r"use Module\.Class"):
            Catalog().module(project.element(jsClass=name), name)

    def test_outside(self, project: Project) -> None:
        """A name cannot leave the folder."""
        project.write("secret.js", "")
        project.write("js/a.js", "")
        thing = project.element(jsClass="../secret.Widget")
        with pytest.raises(ModuleError):
            Catalog().module(thing, thing.jsClass)


class TestNames:
    """A module's name that is wrong: which one may have been meant."""

    def error(self, project: Project, jsClass: str) -> str:
        """The error, without what is the same in all."""
        thing = project.element(jsClass=jsClass)
        with pytest.raises(ModuleError) as caught:
            Catalog().module(thing, jsClass)
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
            "; deep.Chat is a module; use deep.Chat.Class, with the name of its class"
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
            Catalog().module(thing, jsClass)
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
        assert self.error(project, text) == "add export before class ChaterWidget"

    def test_nothing(self, project: Project) -> None:
        """A module that exports nothing."""
        assert self.error(project, "// export class ChaterWidget {}") == (
            "it exports nothing; add export class ChaterWidget"
        )

    def test_nothingNear(self, project: Project) -> None:
        """Without anything near, it says what there is."""
        assert self.error(project, "export const B = 1, A = 2;") == "it exports A, B"

    def test_ours(self, project: Project) -> None:
        """Ours may be named by anybody, and exports what it exports."""
        for catalog in (Catalog(), Catalog(debug=True)):
            thing = project.element(jsClass="livewidget.Widget")
            assert catalog.module(thing, thing.jsClass) == ("livewidget", "Widget")
            with pytest.raises(ModuleError, match=r"exports no Widgett; did you mean Widget\?"):
                catalog.module(thing, "livewidget.Widgett")
            with pytest.raises(ModuleError, match=r"page.js does not exist"):
                catalog.module(thing, "page.Page")

    def test_plugin(self, project: Project, distribution: Distribution) -> None:
        """A class may name a plugin's module; beside the class comes first."""
        distribution.package("acme", js__Acme__Forms_js="export class DatePicker {}")
        distribution.js("acme")
        distribution.install()
        catalog = Catalog()
        thing = project.element(jsClass="Acme.Forms.DatePicker")
        assert catalog.module(thing, thing.jsClass) == ("Acme.Forms", "DatePicker")
        with pytest.raises(ModuleError) as caught:
            catalog.module(thing, "Acme.Forms.DatePiker")
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
        assert Catalog().module(thing, thing.jsClass) == ("Chat", "ChaterWidget")

    def test_changed(self, project: Project) -> None:
        """Debugging, the file is looked at as it is now."""
        project.write("js/Chat.js", "")
        catalog = Catalog(debug=True)
        thing = project.element(jsClass="Chat.X")
        with pytest.raises(ModuleError):
            catalog.module(thing, thing.jsClass)
        project.write("js/Chat.js", "export class X {}")
        catalog.refresh()
        assert catalog.module(thing, thing.jsClass) == ("Chat", "X")

    def test_once(self, project: Project) -> None:
        """A file is looked through once a process, and not for each page or resource."""
        project.write("js/Chat.js", f"{CHAT}// {project.folder}")
        thing = project.element(jsClass="Chat.Widget")
        before = scan.cache_info().misses
        for catalog in (Catalog(), Catalog()):
            for _ in range(3):
                catalog.module(thing, thing.jsClass)
        assert scan.cache_info().misses == before + 1


class TestCollisions:
    """Two modules of one name."""

    def test_twoFolders(self, project: Project) -> None:
        """An error names both files; what was known is known still."""
        one = project.write("js/Chat.js", CHAT)
        other = project.beside("other")
        two = other.write("js/Chat.js", CHAT)
        catalog = Catalog()
        catalog.module(project.element(jsClass="Chat.A"), "Chat.A")
        before = catalog.moduleUrls()
        with pytest.raises(ModuleError) as caught:
            catalog.module(other.element(jsClass="Chat.B"), "Chat.B")
        assert str(caught.value) == (f"two modules are called Chat: {one} and {two}; rename one")
        assert catalog.moduleUrls() == before

    def test_ourOwnName(self, project: Project) -> None:
        """Nobody else's module may be called livewidget."""
        path = project.write("js/livewidget.js", "")
        with pytest.raises(ModuleError) as caught:
            Catalog().module(project.element(jsClass="livewidget.X"), "livewidget.X")
        assert str(OWN / "livewidget.js") in str(caught.value)
        assert str(path) in str(caught.value)

    def test_inOneFolder(self, project: Project) -> None:
        """A file with a dot and a file in a folder may come to one name: an error too."""
        one = project.write("js/a.b.js", "")
        two = project.write("js/a/b.js", "")
        with pytest.raises(ModuleError, match="two modules are called") as caught:
            Catalog().module(project.element(jsClass="a.b.X"), "a.b.X")
        assert str(one) in str(caught.value)
        assert str(two) in str(caught.value)

    def test_sameFolderTwice(self, project: Project) -> None:
        """Two elements with modules in one folder share the package."""
        project.write("js/Chat.js", CHAT)
        catalog = Catalog()
        thing = project.element(jsClass="Chat.A")
        assert catalog.module(thing, "Chat.A") == ("Chat", "A")
        assert catalog.module(thing, "Chat.B") == ("Chat", "B")
