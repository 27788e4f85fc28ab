"""Put the last report, profile and plots into C{docs/}: C{make bench-docs}."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from benchmarks.serving import BUILD, ROOT

_DOCUMENT = ROOT / "docs" / "reference" / "benchmark-results.md"
_PLOTS = _DOCUMENT.with_suffix("")
_RUN = {"report": "make bench", "profile": "make profile"}


class Unfit(Exception):
    """The document, or a part to insert, is not as expected; the text says how."""


def main() -> None:
    """Update the document, and copy the plots that it shows."""
    try:
        text = _DOCUMENT.read_text()
        text = replaced(text, "report", reportIn(_made("report"), _PLOTS.name))
        text = replaced(text, "profile", summaryOf(_made("profile")))
        copyPlots(text, BUILD, _PLOTS)
    except Unfit as error:
        sys.exit(str(error))
    _DOCUMENT.write_text(text)
    print(f"{_DOCUMENT.relative_to(ROOT)} and {_PLOTS.relative_to(ROOT)}/*.svg are written")


def replaced(text: str, name: str, body: str) -> str:
    """Return a document with a new text between two comments.

    @raise Unfit: the document does not have each comment exactly once.
    """
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise Unfit(f"the document needs {begin} and after it {end}, once each")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n\n{body.strip()}\n\n{end}{rest.partition(end)[2]}"


def reportIn(report: str, folder: str) -> str:
    """Return a report without its title, with lower headings, and with plots in a folder."""
    body = report.partition("\n")[2]
    body = re.sub(r"^##", "###", body, flags=re.MULTILINE)
    return re.sub(r"\]\((?=[\w-]+\.svg\))", f"]({folder}/", body)


def summaryOf(profile: str) -> str:
    """Return the part of a profile before the first load, without the title."""
    return profile.partition("\n")[2].partition("\n## ")[0]


def copyPlots(text: str, source: Path, target: Path) -> None:
    """Copy the plots that a document shows, and remove other plots from the target.

    @raise Unfit: a plot does not exist; nothing is copied then.
    """
    names = sorted(set(re.findall(rf"\]\({re.escape(target.name)}/([\w-]+\.svg)\)", text)))
    missing = [name for name in names if not (source / name).exists()]
    if missing:
        raise Unfit(f"the document shows {missing[0]}, which does not exist: run `make bench`")
    target.mkdir(exist_ok=True)
    for old in target.glob("*.svg"):
        old.unlink()
    for name in names:
        shutil.copyfile(source / name, target / name)


def _made(name: str) -> str:
    file = BUILD / f"{name}.md"
    if not file.exists():
        raise Unfit(f"{file.relative_to(ROOT)} is missing: run `{_RUN[name]}` first")
    return file.read_text()


if __name__ == "__main__":
    main()
