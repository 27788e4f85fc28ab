"""Tests of L{livewidget.assets.package}: one folder of modules or style sheets."""

from __future__ import annotations

import gzip

from livewidget.assets.catalog import Catalog
from livewidget.assets.package import OWN, Package
from tests.support.project import Project

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
        assert debug.files["page/page.js"] == OWN.joinpath("page/page.js").read_bytes()
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
        assert dict(Catalog().own.modules()) == {"livewidget": "livewidget.js"}
        assert "page/page.js" in Catalog(debug=True).own.files
