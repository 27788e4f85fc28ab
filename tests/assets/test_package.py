"""Tests of L{livewidget.assets.package}: one folder of modules or style sheets."""

from __future__ import annotations

import gzip

from livewidget.assets.catalog import Catalog
from livewidget.assets.package import OWN, Package
from tests.support.project import Project

CHAT = "export class Widget {}\nexport class A {}\nexport class B {}\n"


class TestPackage:
    """A package, which is one folder."""

    def test_filesOfItsKindAreInIt(self, project: Project) -> None:
        """All files of the package's kind are in it, at any depth, and no others."""
        for name in ("js/a.js", "js/b/c.js", "js/notes.txt", "js/b/d.css", "secret.js"):
            project.write(name, name)
        package = Package(project.folder / "js", "js")
        assert package.files == {"a.js": b"js/a.js", "b/c.js": b"js/b/c.js"}

    def test_labelChangesWithTheContent(self, project: Project) -> None:
        """The label has the folder's name, and changes with each byte and file name."""
        labels = set()
        for name, text in (("a.js", "1"), ("a.js", "2"), ("b.js", "1"), ("b.js", "")):
            project.write(f"js/{name}", text)
            package = Package(project.folder / "js", "js")
            assert package.label.startswith("thing-")
            labels.add(package.label)
        assert len(labels) == 4

    def test_sameContentHasTheSameLabel(self, project: Project) -> None:
        """Equal files have the same label, so that caches survive a restart."""
        project.write("js/a.js", "a")
        folder = project.folder / "js"
        assert Package(folder, "js").label == Package(folder, "js").label

    def test_applicationFilesAreServedAsWritten(self, project: Project) -> None:
        """The files of an application are served as they are written."""
        for kind, text in (("js", "a(); // b"), ("css", "p { /* b */ }")):
            project.write(f"{kind}/a.{kind}", text)
            assert Package(project.folder / kind, kind).files == {f"a.{kind}": text.encode()}

    def test_ourModulesAreBundledUnlessDebugging(self) -> None:
        """Our own modules are bundled except in debug mode, with labels of their own."""
        package, debug = Package(OWN, "js"), Package(OWN, "js", debug=True)
        assert list(package.files) == ["livewidget.js"]
        assert debug.files["page/page.js"] == OWN.joinpath("page/page.js").read_bytes()
        assert package.label != debug.label

    def test_fileIsCompressedOnceAndReproducibly(self, project: Project) -> None:
        """A file is compressed once, and to the same bytes in each process."""
        project.write("js/a.js", "a();" * 100)
        package = Package(project.folder / "js", "js")
        packed = package.gzipped("a.js")
        assert gzip.decompress(packed) == package.files["a.js"]
        assert packed[4:8] == b"\0\0\0\0", "the time is in it"
        assert package.gzipped("a.js") is packed

    def test_missingFolderIsEmpty(self, project: Project) -> None:
        """A folder that does not exist is a package without files."""
        assert Package(project.folder / "js", "js").files == {}

    def test_modulesAreNamedByTheirPaths(self, project: Project) -> None:
        """The name of a module is its path, with dots."""
        project.write("js/a.js", "")
        project.write("js/b/c.js", "")
        assert dict(Package(project.folder / "js", "js").modules()) == {
            "a": "a.js",
            "b.c": "b/c.js",
        }

    def test_onlyThePublicModuleOfOursHasAName(self) -> None:
        """Of our own modules only the one with the public names has a name."""
        assert dict(Catalog().own.modules()) == {"livewidget": "livewidget.js"}
        assert "page/page.js" in Catalog(debug=True).own.files
