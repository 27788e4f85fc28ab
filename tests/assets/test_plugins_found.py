"""Tests of finding plugins: L{livewidget.assets.plugins.InstalledPackages}."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from livewidget import LiveElement, LiveResource, ModuleError
from livewidget.assets.catalog import Catalog
from livewidget.assets.package import OWN
from livewidget.assets.plugins import INSTALLED, InstalledPackages
from tests.support.distributions import Distribution
from tests.support.log import Log
from tests.support.project import Project

FORMS = "export class DatePicker {}\n"


@pytest.fixture
def forms(distribution: Distribution) -> Distribution:
    """Return a distribution with modules and style sheets, not installed yet."""
    distribution.package(
        "acme.forms", js__Acme__Forms_js=FORMS, js__Acme__util_js="", css__Forms_css="p {}"
    )
    distribution.plugin('js = JSPackage("acme.forms")\ncss = CSSPackage("acme.forms")')
    return distribution


class TestFinding:
    """Searching for plugins."""

    def test_pluginsAreFoundWithoutImportingTheirPackages(self, forms: Distribution) -> None:
        """Plugins of both kinds are found; the packages that they name are not imported."""
        forms.install()
        place = forms.folder / "acme" / "forms"
        assert [(kind, folder) for _, kind, folder in INSTALLED.offers()] == [
            ("js", place / "js"),
            ("css", place / "css"),
        ]
        assert "acme" not in sys.modules

    def test_pluginIsNamedByItsModuleAndRepr(self, forms: Distribution) -> None:
        """A plugin's name in the log is its module, its name there, and its repr."""
        forms.install()
        assert [plugin for plugin, _, _ in INSTALLED.offers()] == [
            "twisted.plugins.acme_livewidget.js (JSPackage('acme.forms'))",
            "twisted.plugins.acme_livewidget.css (CSSPackage('acme.forms'))",
        ]

    def test_pluginsAreSortedByModule(self, distribution: Distribution, tmp_path: Path) -> None:
        """Plugins are sorted by the names of their modules, wherever these are."""
        other = Distribution(tmp_path / "other")
        for place, name in ((distribution, "zebra"), (other, "melon"), (distribution, "apple")):
            place.package(name, **{f"js__{name}_js": ""})
            place.js(name, f"{name}_livewidget")
        for place in (other, distribution):
            place.install()
        try:
            assert [folder.parent.name for _, _, folder in INSTALLED.offers()] == [
                "apple",
                "melon",
                "zebra",
            ]
        finally:
            other.remove()

    def test_folderOfferedTwiceIsOnePackage(self, forms: Distribution) -> None:
        """A folder that two plugins offer is one package."""
        forms.js("acme.forms", "again_livewidget")
        forms.install()
        assert len(INSTALLED.offers()) == 2
        assert len(INSTALLED.packages()) == 2

    def test_pluginsAreReadOncePerProcess(self, forms: Distribution) -> None:
        """Plugins are searched for, and their files read, once for all resources."""
        forms.install()
        one, two = LiveResource(LiveElement, clock=Clock()), Catalog()
        forms.js("nowhere", "later_livewidget")
        forms.write("acme/forms/js/Acme/Forms.js", "changed")
        Catalog()
        assert one.catalog._offered is two._offered
        assert two._offered[0].files["Acme/Forms.js"] == FORMS.encode()

    def test_importSearchesForNothing(self, forms: Distribution) -> None:
        """Plugins are searched for when a resource is made, and not at import."""
        forms.install()
        assert "twisted.plugins.acme_livewidget" not in sys.modules
        LiveResource(LiveElement, clock=Clock())
        assert "twisted.plugins.acme_livewidget" in sys.modules

    def test_catalogTakesPluginsOfItsOwn(self, forms: Distribution) -> None:
        """A catalog can be given its own plugins, which leaves those of the process alone."""
        own = InstalledPackages()
        assert "Acme.Forms" not in Catalog(installed=own).moduleUrls()
        forms.install()
        assert "Acme.Forms" not in Catalog(installed=own).moduleUrls()
        own.forget()
        assert "Acme.Forms" in Catalog(installed=own).moduleUrls()

    def test_otherProvidersOfTheInterfaceAreAccepted(self, forms: Distribution) -> None:
        """Any plugin that provides the interface is accepted."""
        forms.plugin(
            "from pathlib import Path\n"
            "from twisted.plugin import IPlugin\n"
            "from zope.interface import implementer\n"
            "from livewidget.interfaces import IJSPackage\n"
            "@implementer(IPlugin, IJSPackage)\n"
            "class Mine:\n"
            "    def folder(self):\n"
            f"        return Path({str(forms.folder / 'acme/forms/js')!r})\n"
            "mine = Mine()",
        )
        forms.install()
        assert "Acme.Forms" in Catalog().moduleUrls()


class TestKnownToAll:
    """Packages of plugins in each resource."""

    def test_modulesAreInEachImportMap(self, forms: Distribution) -> None:
        """The modules of plugins are in the import map of each resource."""
        forms.install()
        for catalog in (Catalog(), Catalog(debug=True)):
            urls = catalog.moduleUrls()
            assert set(urls) == {"livewidget", "Acme.Forms", "Acme.util"}
            kind, label, file = urls["Acme.Forms"].split("/", 2)
            assert catalog.content(kind, label, file) == FORMS.encode()

    def test_refreshReadsThemAgainInDebugMode(self, forms: Distribution) -> None:
        """In debug mode a refresh finds changed and new files."""
        forms.install()
        catalog = Catalog(debug=True)
        before = catalog.moduleUrls()["Acme.Forms"]
        forms.write("acme/forms/js/Acme/More.js", "")
        catalog.refresh()
        urls = catalog.moduleUrls()
        assert "Acme.More" in urls
        assert urls["Acme.Forms"] != before
        assert catalog.content(*before.split("/", 2)) == FORMS.encode()

    def test_folderBesideAClassIsTheSamePackage(
        self, distribution: Distribution, project: Project
    ) -> None:
        """A plugin's folder that is also beside an element, by a link, is one package."""
        project.write("js/Forms.js", FORMS)
        link = project.folder.parent / "link"
        link.symlink_to(project.folder)
        distribution.plugin(f"from pathlib import Path\njs = JSPackage(Path({str(link / 'js')!r}))")
        distribution.install()
        catalog = Catalog()
        before = catalog.moduleUrls()
        thing = project.element(jsClass="Forms.DatePicker")
        assert catalog.module(thing, thing.jsClass) == ("Forms", "DatePicker")
        assert catalog.moduleUrls() == before


class TestBroken:
    """Broken plugins, which are skipped and logged."""

    def others(self, distribution: Distribution) -> None:
        """Install another plugin, and check that it works."""
        distribution.package("good", js__Good_js="")
        distribution.js("good", "zgood_livewidget")
        distribution.install()
        assert set(Catalog().moduleUrls()) == {"livewidget", "Good"}

    def test_missingPythonPackageIsLogged(self, distribution: Distribution, log: Log) -> None:
        """A plugin that names a missing Python package is logged."""
        distribution.js("acme.forms")
        self.others(distribution)
        assert log.take("left out").endswith(
            "the plugin twisted.plugins.acme_livewidget.js (JSPackage('acme.forms')) is left out, "
            "and its files are not available to pages: there is no Python package or module acme; "
            "install it, or correct the name"
        )

    def test_packageWithoutTheFolderIsLogged(self, distribution: Distribution, log: Log) -> None:
        """A plugin whose Python package lacks the folder is logged."""
        distribution.package("acme.forms")
        distribution.js("acme.forms")
        self.others(distribution)
        text = log.take("(JSPackage('acme.forms')) is left out")
        assert (
            f"the folder {distribution.folder / 'acme/forms/js'} does not exist; create it, "
            in text
        )

    def test_failingPluginModuleIsLoggedWithItsPath(
        self, distribution: Distribution, log: Log
    ) -> None:
        """A plugin module that fails on import is logged with its traceback and path."""
        path = distribution.plugin("1 / 0")
        self.others(distribution)
        log.take("ZeroDivisionError")
        assert f"{path} cannot be imported" in log.take(
            "not available to pages; fix it, or remove it"
        )

    def test_unrelatedFailingModuleIsNotExplained(
        self, distribution: Distribution, log: Log
    ) -> None:
        """For a failing plugin module of another project only Twisted's traceback is logged."""
        distribution.write("twisted/plugins/other.py", "1 / 0\n")
        distribution.install()
        Catalog()
        log.take("ZeroDivisionError")

    def test_cachedPluginThatFailsIsLogged(self, distribution: Distribution, log: Log) -> None:
        """A plugin that Twisted has cached, and that fails now, is logged."""
        distribution.package("acme", js__A_js="")
        distribution.js("acme")
        distribution.install()
        assert "A" in Catalog().moduleUrls()
        sys.modules.pop("twisted.plugins.acme_livewidget")
        path = distribution.folder / "twisted/plugins/acme_livewidget.py"
        path.write_text("1 / 0\n")
        INSTALLED.forget()
        assert set(Catalog().moduleUrls()) == {"livewidget"}
        said = log.take("the plugin twisted.plugins.acme_livewidget.js is left")
        assert "ZeroDivisionError" in said
        # Twisted logs it too.
        log.take("ZeroDivisionError")

    @pytest.mark.parametrize("text", ["'js'", "Path('.')", "None", "Path('/nowhere/at/all')"])
    def test_folderThatIsNotAnAbsolutePathIsLogged(
        self, distribution: Distribution, log: Log, text: str
    ) -> None:
        """A plugin whose folder() returns anything but an existing absolute path is logged."""
        distribution.plugin(
            f"from pathlib import Path\njs = JSPackage('acme')\njs.folder = lambda: {text}",
        )
        self.others(distribution)
        assert "returned" in log.take("must return the absolute Path of a folder")

    def test_folderThatRaisesIsLoggedWithItsTraceback(
        self, distribution: Distribution, log: Log
    ) -> None:
        """A plugin whose folder() raises is logged with the traceback."""
        distribution.plugin("js = JSPackage('acme')\njs.folder = lambda: 1 / 0")
        self.others(distribution)
        assert "ZeroDivisionError" in log.take("its files are not available to pages; fix it")

    def test_secondModuleOfTheSameNameIsLeftOut(self, distribution: Distribution, log: Log) -> None:
        """Of two plugins with a module of the same name the second is left out."""
        for name in ("one", "two"):
            distribution.package(name, js__Acme__Forms_js="")
            distribution.js(name, f"{name}_livewidget")
        distribution.install()
        catalog = Catalog()
        assert catalog.moduleUrls()["Acme.Forms"].startswith("js/one-")
        text = log.take("the plugin twisted.plugins.two_livewidget.js (JSPackage('two')) is left")
        for name in ("one", "two"):
            assert str(distribution.folder / name / "js/Acme/Forms.js") in text

    def test_pluginMayNotHaveAModuleOfOurName(self, distribution: Distribution, log: Log) -> None:
        """A plugin with a module called livewidget is left out."""
        distribution.package("acme", js__livewidget_js="")
        distribution.js("acme")
        self.others(distribution)
        assert str(OWN / "livewidget.js") in log.take("two modules are called livewidget")

    def test_errorIsLoggedOncePerProcess(self, distribution: Distribution, log: Log) -> None:
        """A broken plugin is logged once, and not for each resource."""
        distribution.js("acme.forms")
        distribution.install()
        for _ in range(3):
            Catalog()
        log.take("is left out")
        assert log.texts() == []

    def test_pluginThatBreaksInDebugModeCanBeFixed(
        self, distribution: Distribution, log: Log
    ) -> None:
        """A plugin that begins to collide is left out, and is available again once it is fixed."""
        for name in ("one", "two"):
            distribution.package(name, **{f"js__{name}_js": ""})
            distribution.js(name, f"{name}_livewidget")
        distribution.install()
        catalog = Catalog(debug=True)
        path = distribution.write("two/js/one.js", "")
        catalog.refresh()
        assert set(catalog.moduleUrls()) == {"livewidget", "one"}
        log.take("two modules are called one")
        path.unlink()
        catalog.refresh()
        assert set(catalog.moduleUrls()) == {"livewidget", "one", "two"}

    def test_applicationModuleOfTheSameNameIsAnError(
        self, distribution: Distribution, project: Project
    ) -> None:
        """An application's module with a plugin's name is an error with both files."""
        distribution.package("acme", js__Chat_js="")
        distribution.js("acme")
        distribution.install()
        path = project.write("js/Chat.js", "")
        thing = project.element(jsClass="Chat.X")
        with pytest.raises(ModuleError, match="two modules are called Chat: ") as caught:
            Catalog().module(thing, thing.jsClass)
        assert str(distribution.folder / "acme/js/Chat.js") in str(caught.value)
        assert str(path) in str(caught.value)


def test_pluginWithAPathIsFound(distribution: Distribution, tmp_path: Path) -> None:
    """A plugin may specify the path of a folder with any name."""
    folder = tmp_path / "modules"
    folder.mkdir()
    folder.joinpath("Any.js").write_text("")
    distribution.plugin(f"from pathlib import Path\njs = JSPackage(Path({str(folder)!r}))")
    distribution.install()
    assert "Any" in Catalog().moduleUrls()
