"""Tests of C{livewidget.page.document}: the whole HTML of a page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from livewidget import EncodeError, LiveElement, LivePage, Settings, TemplateError
from livewidget.assets.catalog import Catalog
from livewidget.page.document import Documents, scriptJson
from livewidget.page.pages import Pages
from livewidget.rendering.render import Renderer
from livewidget.rendering.templates import Templates
from tests.support.pages import Bench
from tests.support.project import PLAIN, Project


class Document(HTMLParser):
    """A document, read as a browser does.

    @ivar tags: the start tags and their attributes.
    @ivar scripts: the contents of the scripts, by their types.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self._script: str | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        self._script = str(dict(attrs).get("type")) if tag == "script" else None

    def handle_data(self, data: str) -> None:
        """Note the content of a script."""
        if self._script is not None:
            self.scripts[self._script] = data
            self._script = None

    @property
    def start(self) -> Any:
        """What the script begins with."""
        return json.loads(self.scripts["application/json"])

    @property
    def imports(self) -> Any:
        """The import map."""
        return json.loads(self.scripts["importmap"])["imports"]


class Forgotten(LiveElement):
    """A child."""


def make(
    element: LiveElement, base: str = "./_live/", title: str = "T", **settings: Any
) -> Document:
    """The document of an element."""
    made = Settings(**settings)
    renderer = Renderer(Templates(), Catalog())
    live = LivePage()
    live.addElement(element)
    page = Pages(made, Bench().clock, renderer).make(livePage=live)
    page.begin()
    html, nonce = Documents(renderer, title, made.debug).render(page, base)
    document = Document(html)
    assert nonce in html
    return document


class TestHead:
    """What comes before the element."""

    def test_nonce(self, project: Project) -> None:
        """Each script that runs carries the nonce, and each page has a new one."""
        one, two = make(project.page()()), make(project.page()())
        for document in (one, two):
            nonces = {
                attributes.get("nonce")
                for tag, attributes in document.tags
                if tag == "script" and attributes.get("type") != "application/json"
            }
            assert len(nonces) == 1
            assert None not in nonces
        assert one.html != two.html

    def test_noInline(self, project: Project) -> None:
        """There is no inline style and no inline handler, which the policy forbids."""
        for tag, attributes in make(project.page()()).tags:
            assert tag != "style"
            assert not [name for name in attributes if name == "style" or name.startswith("on")]

    def test_title(self, project: Project) -> None:
        """The title is text."""
        assert (
            "<title>&lt;/title&gt;&amp;</title>" in make(project.page()(), title="</title>&").html
        )

    def test_importMap(self, project: Project) -> None:
        """The map has all modules that are known, by URLs below the base."""
        project.write("js/Chat.js", "export class X {}")
        project.write("js/lib/util.js", "")
        imports = make(project.page(jsClass="Chat.X")(), base="./a%3Ab/_live/").imports
        assert set(imports) == {"livewidget", "Chat", "lib.util"}
        assert all(url.startswith("./a%3Ab/_live/js/") for url in imports.values())

    def test_importMapComesFirst(self, project: Project) -> None:
        """The map stands before all that loads a module."""
        html = make(project.page()()).html
        assert html.index('type="importmap"') < html.index("modulepreload")
        assert html.index('type="importmap"') < html.index('type="module"')

    def test_styleSheets(self, project: Project) -> None:
        """Style sheets of all elements are linked, each once, in the order of the elements."""
        project.write("css/One.css", "")
        project.write("css/Two.css", "")
        child = project.page(PLAIN, cssModule="Two")
        project.write("root.html", "<p {{ liveElement }}>{{ a }}{{ b }}</p>")
        root = project.element(template="root.html", cssModule="One")()
        root.a, root.b = root.addChild(child()), root.addChild(child())
        links = [
            str(attributes["href"]).rpartition("/")[2]
            for tag, attributes in make(root).tags
            if tag == "link" and attributes["rel"] == "stylesheet"
        ]
        assert links == ["One.css", "Two.css"]

    def test_severalStyleSheets(self, project: Project) -> None:
        """An element may name several; one that is named again stays where it was first."""
        for name in ("Base", "One", "Two"):
            project.write(f"css/{name}.css", "")
        child = project.page(PLAIN, cssModule=["Two", "Base"])
        project.write("root.html", "<p {{ liveElement }}>{{ a }}</p>")
        root = project.element(template="root.html", cssModule=("Base", "One"))()
        root.a = root.addChild(child())
        links = [
            str(attributes["href"]).rpartition("/")[2]
            for tag, attributes in make(root).tags
            if tag == "link" and attributes["rel"] == "stylesheet"
        ]
        assert links == ["Base.css", "One.css", "Two.css"]


class TestStart:
    """What the script begins with."""

    def test_elements(self, project: Project) -> None:
        """Each element with its id, its parent's, its module and class, and its arguments."""
        project.write("js/Chat.js", "export class Parent {} export class Child {}")
        child = project.page(PLAIN, jsClass="Chat.Child", getInitialArguments=lambda self: [1, "a"])
        project.write("root.html", "<p {{ liveElement }}>{{ a }}</p>")
        root = project.element(template="root.html")()
        root.a = root.addChild(child())
        assert make(root).start["elements"] == [
            [1, None, "livewidget", "Widget", []],
            [2, 1, "Chat", "Child", [1, "a"]],
        ]

    def test_page(self, project: Project) -> None:
        """The id of the page, the base of its URLs, whether to debug."""
        start = make(project.page()(), base="./x/_live/").start
        assert len(start["page"]) == 22
        assert start["base"] == "./x/_live/"
        assert start["debug"] is False
        assert make(project.page()(), debug=True).start["debug"] is True

    def test_idIsThereOnce(self, project: Project) -> None:
        """The id is in no URL."""
        document = make(project.page()())
        assert document.html.count(document.start["page"]) == 1

    def test_childThatIsNotShown(self, project: Project) -> None:
        """A child that its parent's template does not show is an error that names both."""
        parent = project.page(PLAIN)()
        parent.addChild(Forgotten())
        with pytest.raises(TemplateError, match=r"Forgotten is a child of Thing, .*not show it"):
            make(parent)

    def test_childrenMadeByTheTemplate(self, project: Project) -> None:
        """A child that is added while the template is rendered is in the list."""
        child = project.page(PLAIN)

        def makeChild(self: LiveElement) -> LiveElement:
            return self.addChild(child())

        project.write("root.html", "<p {{ liveElement }}>{{ makeChild() }}</p>")
        root = project.element(template="root.html", makeChild=makeChild)()
        document = make(root)
        assert [element[:2] for element in document.start["elements"]] == [[1, None], [2, 1]]
        assert 'data-live-element="2"' in document.html


class TestInitialArguments:
    """C{getInitialArguments}, inside of HTML."""

    @pytest.mark.parametrize(
        "value",
        [
            "</script><script>alert(1)</script>",
            "<!--<script>",
            "]]>",
            "\u2028\u2029",
            "&lt;&amp;'\"\\",
            "\x00\x1f\x7f",
            "\U0001f600",
            {"</script>": ["</SCRIPT >"]},
            [1.5, -3, True, None, [], {}],
        ],
    )
    def test_safe(self, project: Project, value: Any) -> None:
        """Whatever is in there, the browser gets just that, and HTML and JavaScript see nothing."""
        document = make(project.page(getInitialArguments=lambda self: [value])())
        assert document.start["elements"][0][4] == [value]
        content = document.scripts["application/json"]
        assert not re.search("[<>&\u2028\u2029]", content)
        assert [tag for tag, _ in document.tags].count("script") == 4

    def test_tags(self, project: Project) -> None:
        """An object that looks like a tag is escaped, as in messages."""
        document = make(project.page(getInitialArguments=lambda self: [{"$date": 1}])())
        assert document.start["elements"][0][4] == [{"$": {"$date": 1}}]

    def test_tuple(self, project: Project) -> None:
        """Any sequence will do."""
        document = make(project.page(getInitialArguments=lambda self: (1, 2))())
        assert document.start["elements"][0][4] == [1, 2]

    @pytest.mark.parametrize("value", [float("nan"), object(), {1: 2}, 2**53, 1j, "\ud800"])
    def test_cannotCross(self, project: Project, value: Any) -> None:
        """What cannot be sent is an error with the path to it."""
        with pytest.raises(EncodeError) as caught:
            make(project.page(getInitialArguments=lambda self: [0, value])())
        assert str(caught.value).startswith("Thing.getInitialArguments()[1]: ")


def test_scriptJson() -> None:
    """JSON for a script is JSON, without what HTML or old JavaScript would read otherwise."""
    value = {"a": "<>&\u2028\u2029\"'"}
    text = scriptJson(value)
    assert json.loads(text) == value
    assert text == '{"a":"\\u003c\\u003e\\u0026\\u2028\\u2029\\"\'"}'
