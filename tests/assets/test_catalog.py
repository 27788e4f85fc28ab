"""Tests of C{livewidget.assets.catalog}: modules by name, their exports, and collisions."""

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
    """Looking up C{jsClass}."""

    def test_lastDotSeparatesModuleAndClass(self, project: Project) -> None:
        """The last dot separates the module and the class; dots before it are folders."""
        project.write("js/Chat.js", CHAT)
        project.write("js/deep/er/Chat.js", CHAT)
        thing = project.element(jsClass="Chat.Widget")
        catalog = Catalog()
        assert catalog.module(thing, "Chat.Widget") == ("Chat", "Widget")
        assert catalog.module(thing, "deep.er.Chat.Widget") == ("deep.er.Chat", "Widget")

    def test_elementWithoutJsClassHasOurWidget(self) -> None:
        """An element without a C{jsClass} has our plain widget."""
        assert Catalog().module(LiveElement, LiveElement.jsClass) == ("livewidget", "Widget")

    def test_subclassHasTheModuleOfItsBase(self, project: Project) -> None:
        """A subclass in another folder has the module beside its base."""
        project.write("js/Chat.js", CHAT)
        sub = project.beside("other").element(project.element(jsClass="Chat.Widget"))
        assert Catalog().module(sub, "Chat.Widget") == ("Chat", "Widget")

    def test_allModulesOfAPackageBecomeKnown(self, project: Project) -> None:
        """Once one module of a package is known, all are, each at a URL with its label."""
        project.write("js/Chat.js", CHAT)
        project.write("js/lib/util.js", "")
        catalog = Catalog()
        catalog.module(project.element(jsClass="Chat.Widget"), "Chat.Widget")
        urls = catalog.moduleUrls()
        label = Package(project.folder / "js", "js").label
        assert urls["Chat"] == f"js/{label}/Chat.js"
        assert urls["lib.util"] == f"js/{label}/lib/util.js"
        assert set(urls) == {"livewidget", "Chat", "lib.util"}

    def test_missingModuleIsAnErrorWithASuggestion(self, project: Project) -> None:
        """The error for a missing module has its path, and a similar name."""
        project.write("js/ChatThing.js", "")
        thing = project.element(jsClass="ChatThin.Widget")
        with pytest.raises(ModuleError) as caught:
            Catalog().module(thing, thing.jsClass)
        assert str(caught.value) == (
            f"Thing.jsClass names ChatThin.Widget: {project.folder / 'js' / 'ChatThin.js'} "
            "does not exist; did you mean ChatThing?"
        )

    def test_nothingIsSuggestedIfNothingIsSimilar(self, project: Project) -> None:
        """Without a similar name nothing is suggested."""
        thing = project.element(jsClass="Chat.Widget")
        with pytest.raises(ModuleError, match=r"does not exist$"):
            Catalog().module(thing, thing.jsClass)

    @pytest.mark.parametrize("name", ["Widget", "", ".Widget"])
    def test_nameWithoutAModuleIsExplained(self, project: Project, name: str) -> None:
        """The error for a name without a module says what to use."""
        with pytest.raises(ModuleError, match=r"use Module\.Class"):
            Catalog().module(project.element(jsClass=name), name)

    def test_nameCannotLeaveTheFolder(self, project: Project) -> None:
        """A name cannot lead out of the folder."""
        project.write("secret.js", "")
        project.write("js/a.js", "")
        thing = project.element(jsClass="../secret.Widget")
        with pytest.raises(ModuleError):
            Catalog().module(thing, thing.jsClass)


class TestNames:
    """Suggestions for the wrong name of a module."""

    def error(self, project: Project, jsClass: str) -> str:
        """Return the part of the error that differs."""
        thing = project.element(jsClass=jsClass)
        with pytest.raises(ModuleError) as caught:
            Catalog().module(thing, jsClass)
        start, _, rest = str(caught.value).partition(" does not exist")
        file = jsClass.rpartition(".")[0].replace(".", "/")
        assert start == f"Thing.jsClass names {jsClass}: {project.folder / 'js' / file}.js"
        return rest

    def test_nameInAnotherCaseIsSuggested(self, project: Project) -> None:
        """A name that differs in case is suggested."""
        project.write("js/ChatThing.js", CHAT)
        project.write("js/ChatThong.js", CHAT)
        assert self.error(project, "chatthing.Widget") == "; did you mean ChatThing?"

    def test_nameInAnotherFolderIsSuggested(self, project: Project) -> None:
        """A module in another folder is suggested."""
        project.write("js/deep/Chat.js", CHAT)
        assert self.error(project, "Chat.Widget") == "; did you mean deep.Chat?"

    def test_moduleOfAPluginIsSuggested(self, project: Project, distribution: Distribution) -> None:
        """A module of a plugin is suggested with its file; one beside the class comes first."""
        distribution.package("acme", js__Acme__Forms_js=CHAT)
        distribution.js("acme")
        distribution.install()
        path = distribution.folder / "acme/js/Acme/Forms.js"
        for jsClass in ("Acme.Form.Widget", "Forms.Widget", "acme.forms.Widget"):
            assert self.error(project, jsClass) == f"; did you mean Acme.Forms ({path})?"
        project.write("js/Acme/Formz.js", CHAT)
        assert self.error(project, "Acme.Formz_.Widget") == "; did you mean Acme.Formz?"

    def test_moduleWithoutItsClassIsExplained(self, project: Project) -> None:
        """A module's name without that of a class is explained."""
        project.write("js/deep/Chat.js", CHAT)
        assert self.error(project, "deep.Chat") == (
            "; deep.Chat is a module; use deep.Chat.Class, with the name of its class"
        )

    def test_ourModuleIsSuggested(self, project: Project) -> None:
        """Our own module is suggested."""
        assert "; did you mean livewidget (/" in self.error(project, "livewidgets.Widget")


class TestClasses:
    """Checking that the module exports the class, as far as that is certain."""

    def error(self, project: Project, text: str, jsClass: str = "Chat.ChaterWidget") -> str:
        """Return the end of the error."""
        path = project.write("js/Chat.js", text)
        thing = project.element(jsClass=jsClass)
        with pytest.raises(ModuleError) as caught:
            Catalog().module(thing, jsClass)
        start = f"Thing.jsClass names {jsClass}: {path} exports no {jsClass.rpartition('.')[2]}; "
        assert str(caught.value).startswith(start)
        return str(caught.value).removeprefix(start)

    def test_similarClassIsSuggested(self, project: Project) -> None:
        """A class with a similar name is suggested."""
        text = "export class ChatterWidget {}\nexport class OtherWidget {}"
        assert self.error(project, text) == "did you mean ChatterWidget?"

    def test_classInAnotherCaseIsSuggested(self, project: Project) -> None:
        """A class whose name differs in case is suggested."""
        text = "export class chaterwidget {}\nexport class ChaterWidgets {}"
        assert self.error(project, text) == "did you mean chaterwidget?"

    def test_classWithoutExportIsExplained(self, project: Project) -> None:
        """A class that is not exported gets the advice to export it."""
        text = "class ChaterWidget {}\nexport class ChatterWidget {}"
        assert self.error(project, text) == "add export before class ChaterWidget"

    def test_moduleWithoutExportsIsExplained(self, project: Project) -> None:
        """A module that exports nothing gets the advice to export the class."""
        assert self.error(project, "// export class ChaterWidget {}") == (
            "it exports nothing; add export class ChaterWidget"
        )

    def test_exportsAreListedIfNothingIsSimilar(self, project: Project) -> None:
        """Without a similar name the exports are listed."""
        assert self.error(project, "export const B = 1, A = 2;") == "it exports A, B"

    def test_ourClassesAreChecked(self, project: Project) -> None:
        """A class of our own module may be named, and is checked."""
        for catalog in (Catalog(), Catalog(debug=True)):
            thing = project.element(jsClass="livewidget.Widget")
            assert catalog.module(thing, thing.jsClass) == ("livewidget", "Widget")
            with pytest.raises(ModuleError, match=r"exports no Widgett; did you mean Widget\?"):
                catalog.module(thing, "livewidget.Widgett")
            with pytest.raises(ModuleError, match=r"page.js does not exist"):
                catalog.module(thing, "page.Page")

    def test_classOfAPluginIsFound(self, project: Project, distribution: Distribution) -> None:
        """A class may be in a plugin's module; the module beside the Python class comes first."""
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
    def test_uncertainExportsAreAccepted(self, project: Project, text: str) -> None:
        """A class is accepted if the exports are not certain."""
        project.write("js/Chat.js", text)
        thing = project.element(jsClass="Chat.ChaterWidget")
        assert Catalog().module(thing, thing.jsClass) == ("Chat", "ChaterWidget")

    def test_debugModeChecksTheCurrentFile(self, project: Project) -> None:
        """In debug mode the current content of the file is checked."""
        project.write("js/Chat.js", "")
        catalog = Catalog(debug=True)
        thing = project.element(jsClass="Chat.X")
        with pytest.raises(ModuleError):
            catalog.module(thing, thing.jsClass)
        project.write("js/Chat.js", "export class X {}")
        catalog.refresh()
        assert catalog.module(thing, thing.jsClass) == ("Chat", "X")

    def test_fileIsScannedOncePerProcess(self, project: Project) -> None:
        """A file is scanned once, and not for each page or resource."""
        project.write("js/Chat.js", f"{CHAT}// {project.folder}")
        thing = project.element(jsClass="Chat.Widget")
        before = scan.cache_info().misses
        for catalog in (Catalog(), Catalog()):
            for _ in range(3):
                catalog.module(thing, thing.jsClass)
        assert scan.cache_info().misses == before + 1


class TestCollisions:
    """Two modules of the same name."""

    def test_sameNameInTwoFoldersIsAnError(self, project: Project) -> None:
        """The error names both files; known modules remain known."""
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

    def test_applicationMayNotHaveAModuleOfOurName(self, project: Project) -> None:
        """An application's module may not be called livewidget."""
        path = project.write("js/livewidget.js", "")
        with pytest.raises(ModuleError) as caught:
            Catalog().module(project.element(jsClass="livewidget.X"), "livewidget.X")
        assert str(OWN / "livewidget.js") in str(caught.value)
        assert str(path) in str(caught.value)

    def test_sameNameInOneFolderIsAnError(self, project: Project) -> None:
        """A file with a dot and a file in a folder of the same name are an error."""
        one = project.write("js/a.b.js", "")
        two = project.write("js/a/b.js", "")
        with pytest.raises(ModuleError, match="two modules are called") as caught:
            Catalog().module(project.element(jsClass="a.b.X"), "a.b.X")
        assert str(one) in str(caught.value)
        assert str(two) in str(caught.value)

    def test_elementsOfOneFolderShareThePackage(self, project: Project) -> None:
        """Two elements with modules in one folder share the package."""
        project.write("js/Chat.js", CHAT)
        catalog = Catalog()
        thing = project.element(jsClass="Chat.A")
        assert catalog.module(thing, "Chat.A") == ("Chat", "A")
        assert catalog.module(thing, "Chat.B") == ("Chat", "B")
