"""Tests of L{livewidget.suggest}: suggestions for names that do not exist."""

from __future__ import annotations

import pytest

from livewidget.suggest import didYouMean, nearest


@pytest.mark.parametrize(
    ("name", "names", "near"),
    [
        ("ChatThin", ["ChatThing", "Other"], "ChatThing"),
        ("chatthing", ["ChatThin", "ChatThing"], "ChatThing"),
        ("Forms", ["Acme.Forms", "Form"], "Acme.Forms"),
        ("acme.forms", ["Other.Forms", "Acme.Forms"], "Acme.Forms"),
        ("deep.Forms", ["deep.er.Forms", "Acme.Forms"], "deep.er.Forms"),
        ("Deep.Forms", ["deep.er.Forms", "deep.forms"], "deep.forms"),
        ("Form", ["Acme.Widgets.Forms", "livewidget"], "Acme.Widgets.Forms"),
        ("Nothing", ["Forms", "livewidget"], None),
        ("Nothing", [], None),
        ("", ["Forms"], None),
    ],
)
def test_nearestPrefersCaseThenFolderThenSpelling(
    name: str, names: list[str], near: str | None
) -> None:
    """A name in another case comes first, then one in another folder, then a similar one."""
    assert nearest(name, names) == near
    assert nearest(name, reversed(names)) == near


def test_suggestionIsAQuestionOrEmpty() -> None:
    """The most similar name becomes a question. Without one the text is empty."""
    assert didYouMean("Chta", ["Chat"]) == "did you mean Chat?"
    assert didYouMean("Nothing", ["Chat"]) == ""
    assert didYouMean("Chta", ["Chat"], lambda near: f"js/{near}.js") == "did you mean js/Chat.js?"
