"""Tests of elements that are added to a loaded page, and of pages with many elements."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.people import People
from tests.support.processes import Server

SERVER = partial(Server.site, "trees")

pytestmark = pytest.mark.usefixtures("checked")


@pytest.fixture
def page(people: People, server: Server) -> Page:
    """Return a page whose widget is C{root}."""
    return people.shared(f"{server.url}trees")


def run(page: Page, code: str, *args: Any) -> Any:
    """Run JavaScript with an array C{args}, and return its result."""
    return page.evaluate(f"async (args) => {code}", list(args))


def make(page: Page, *args: Any) -> Any:
    """Have an element made and added, by kind, name, place and position."""
    return run(page, "root.make(...args)", *args)


def told(page: Page) -> list[str]:
    """Return the events on the server."""
    story = run(page, "root.callRemote('told')")
    assert isinstance(story, list)
    return story


class TestPlaces:
    """Places for the nodes of a later element."""

    def test_rowsWorkInATable(self, page: Page) -> None:
        """Rows with cells can be added to a table, and their widgets work."""
        assert make(page, "row", "one", "table") == "one"
        make(page, "row", "two", "table")
        expect(page.locator("tbody > tr > td > button")).to_have_text(
            ["one/a", "one/b", "two/a", "two/b"]
        )
        page.get_by_text("two/a").click()
        expect(page.locator("td[title]")).to_have_attribute("title", "two/a")

    def test_optionsWorkInASelect(self, page: Page) -> None:
        """Options can be added to a select."""
        make(page, "option", "a", "select")
        make(page, "option", "b", "select")
        assert page.locator("option").all_text_contents() == ["none", "a", "b"]
        page.locator("select").select_option("b")
        assert page.locator("select").input_value() == "b"

    def test_itemsWorkAtEachPlaceOfAList(self, page: Page) -> None:
        """Items can be added to a list: last, first, before and after another."""
        for position in ("beforeend", "afterbegin"):
            make(page, "item", position, "list", position)
        make(page, "div", "before", "list", "beforebegin")
        make(page, "div", "after", "list", "afterend")
        assert [text.strip() for text in page.locator("li").all_text_contents()] == [
            "afterbegin",
            "first",
            "beforeend",
        ]
        assert page.locator("ul").evaluate("ul => ul.previousElementSibling.textContent") == (
            "before"
        )
        assert page.locator("ul").evaluate("ul => ul.nextElementSibling.textContent") == "after"

    def test_idsAreUnique(self, page: Page) -> None:
        """Each item has ids of its own: a click on a label finds its own field."""
        make(page, "item", "one", "list")
        make(page, "item", "two", "list")
        page.get_by_label("two").fill("here")
        assert [field.input_value() for field in page.get_by_role("textbox").all()] == ["", "here"]


class TestValues:
    """The ways in which a later element is sent to the browser."""

    def test_elementsInAnAnswerAreAddedInAnyOrder(self, page: Page) -> None:
        """Elements in lists and dictionaries of an answer can be added in any order."""
        names = run(
            page,
            """{
            const { all } = await root.callRemote("makeMany", 5);
            const added = await Promise.all(all.map(({ item }) => root.addItem("list", item)));
            return added;
        }""",
        )
        assert names == [f"item {n}" for n in range(5)]
        assert told(page).count("made item 3") == 1

    def test_callsWaitForTheWidget(self, page: Page) -> None:
        """Calls to an element sent as an argument wait for its widget, in order."""
        assert run(page, "root.callRemote('push', 'pushed')") == [[1, 2], "pushed"]
        expect(page.locator("li").last).to_contain_text("pushed")

    def test_missingModulesAreLoadedFirst(self, page: Page) -> None:
        """Modules and style sheets that the page lacks are loaded first, and once."""
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url.rpartition("/")[2]))
        colours = run(
            page,
            """{
            const place = root.nodeByAttribute("name", "place");
            const add = async (text) =>
                root.addChildWidget(await root.callRemote("makePanel", text), place);
            return [(await add("one")).colour, (await add("two")).colour];
        }""",
        )
        assert colours == ["rgb(1, 2, 3)", "rgb(1, 2, 3)"]
        expect(page.locator(".panel p")).to_have_text(["ONE", "TWO"])
        expect(page.locator(".panel b")).to_have_text(["TAG", "TAG"])
        assert sorted(requests) == ["Panels.css", "Panels.js", "Tags.js"]

    def test_styleSheetOfAnElementNotAddedIsReused(self, page: Page) -> None:
        """A style sheet of an element that was not added is available for the next one."""
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url.rpartition("/")[2]))
        colours = run(
            page,
            """{
            const [one, two] = await root.callRemote("makePanels", "one", "two");
            const three = await root.callRemote("makePanel", "three");
            return [await root.addPanel(three), await root.addPanel(two)];
        }""",
        )
        assert colours == ["rgb(1, 2, 3)", "rgb(1, 2, 3)"]
        assert sorted(requests) == ["Panels.css", "Panels.js", "Tags.js"]

    def test_missingStyleSheetStopsNothing(self, page: Page, people: People) -> None:
        """An element whose style sheet cannot be loaded is shown anyway."""
        people.allow("Failed to load resource: net::ERR_FAILED")
        page.route("**/Panels.css", lambda route: route.abort())
        run(page, "root.addPanel(await root.callRemote('makePanel', 'bare'))")
        expect(page.locator(".panel p")).to_have_text("BARE")

    def test_missingModuleFailsOneElement(self, page: Page, people: People) -> None:
        """A module that cannot be loaded fails its own element, and no other."""
        people.allow("Failed to load resource: net::ERR_FAILED")
        page.route("**/Panels.js", lambda route: route.abort())
        outcome = """{
            const handle = await root.callRemote("makePanel", "never");
            const before = await root.callRemote("count");
            const failed = await root.addPanel(handle).catch((error) => error.name);
            return [failed, await root.callRemote("count") - before, root.childWidgets.length];
        }"""
        assert run(page, outcome) == ["TypeError", -2, 0]
        assert make(page, "div", "after", "place") == "after"

    def test_elementsSentBeforeTheFirstConnectionArrive(
        self, people: People, server: Server
    ) -> None:
        """Elements sent before the page has connected arrive, with their modules."""
        page = people.shared(f"{server.url}early")
        expect(page.locator(".panel p")).to_have_text(["EARLY", "NEXT"])
        assert run(page, "root.childWidgets.map((child) => child.colour)") == ["rgb(1, 2, 3)"] * 2

    def test_detachedNodesAreFinePlaces(self, page: Page) -> None:
        """Nodes may be added to detached nodes. A wrong place is refused."""
        outcome = """{
            const place = document.createElement("div");
            const said = (promise) => promise.then(() => "fine", (error) => error.message);
            const handle = await root.callRemote("make", "div", "one");
            const refused = [
                await said(root.addChildWidget(handle, document.querySelector("#no"))),
                await said(root.addChildWidget(handle, place, "inside")),
            ];
            const one = await root.addChildWidget(handle, place);
            root.node.append(place);
            return [...refused, await one.callRemote("echo", 1), story.at(-1)];
        }"""
        refused = "addChildWidget() expects a node and a position such as beforeend"
        assert run(page, outcome) == [refused, refused, ["one", 1], "not in the page"]

    def test_childrenOfASubtreeLoadFirst(self, page: Page) -> None:
        """A subtree arrives as a whole, and children are loaded before their parents."""
        run(
            page,
            "root.addItem('place', await root.callRemote('makeNested', 100))",
        )
        loaded = [f"loaded deep {n}" for n in range(100, 0, -1)]
        assert run(page, "story.slice(1)") == loaded
        assert told(page)[1:] == [f"made deep {n}" for n in range(1, 101)]

    def test_handleIsUsedOnceByItsParent(self, page: Page) -> None:
        """A handle is used once, by its parent; anything else is refused."""
        outcome = """{
            const place = root.nodeByAttribute("name", "place");
            const said = (promise) => promise.then(() => "fine", (error) => error.message);
            const handle = await root.callRemote("make", "div", "one");
            const one = await root.addChildWidget(handle, place);
            const other = await root.callRemote("make", "div", "other");
            return Promise.all([
                said(root.addChildWidget(handle, place)),
                said(one.addChildWidget(other)),
                said(root.addChildWidget("<p>", place)),
                said(root.callRemote("echo", other)),
            ]);
        }"""
        assert run(page, outcome) == [
            "this element was already added",
            "this element is a child of element 1, not of 2",
            "addChildWidget() expects an element sent by the server",
            'args[0]: a ElementHandle cannot be sent, in callRemote("echo")',
        ]


class TestDetach:
    """Detaching an element and its widget."""

    def test_detachInTheBrowserEndsBothSides(self, page: Page) -> None:
        """detach() of a widget removes it and its children, in the browser and on the server."""
        make(page, "row", "one", "table")
        make(page, "row", "two", "table")
        before = len(told(page))
        run(page, "{ story.length = 0; root.childWidgets[0].detach(); }")
        expect(page.locator("tbody tr")).to_have_count(1)
        assert run(page, "story") == ["detached one/a", "detached one/b", "detached one"]
        gone = ["one/b", "one/a", "one"]
        assert told(page)[before:] == [
            *(f"lost {name}: the element was detached" for name in gone),
            *(f"detached {name}" for name in gone),
        ]
        assert run(page, "root.callRemote('count')") == 4
        assert run(page, "root.childWidgets.map((child) => child.name)") == ["two"]

    def test_detachOnTheServerEndsTheWidget(self, page: Page) -> None:
        """detach() of an element ends its widget, which cannot be called any more."""
        make(page, "div", "one", "place")
        outcome = """{
            const widget = root.childWidgets[0];
            const { node } = widget;
            await widget.callRemote("detachMe");
            const late = await widget.callRemote("echo", 1).catch((error) => error.name);
            return [late, node.isConnected, Widget.get(node), story.at(-1)];
        }"""
        assert run(page, outcome) == ["Detached", False, None, "detached one"]
        assert told(page)[-2:] == ["lost one: the element was detached", "detached one"]

    def test_callDuringDetachFailsQuietly(self, page: Page) -> None:
        """A call in transit during a detach fails, and need not be handled."""
        make(page, "div", "one", "place")
        outcome = """{
            const widget = root.childWidgets[0];
            const gone = widget.callRemote("detachMe");
            widget.callRemote("echo", 0).catch(() => {});
            const crossing = widget.callRemote("echo", 1).catch((error) => error.name);
            return [await gone, await crossing];
        }"""
        assert run(page, outcome) == [None, "Detached"]

    def test_elementThatIsNeverAddedHearsItsEndOnly(self, page: Page) -> None:
        """An element that is sent and not added is notified only of its end."""
        run(page, "root.callRemote('make', 'row', 'never').then(() => {})")
        assert run(page, "root.callRemote('count')") == 4
        page.evaluate("() => root.detach()")
        expect(page.locator("main")).to_have_count(0)


def test_fourHundredElementsWork(people: People, server: Server) -> None:
    """Four hundred elements on a page work: each has its widget, and each is notified."""
    page = people.shared(f"{server.url}crowd")
    expect(page.locator("[data-live-element]")).to_have_count(401)
    answer = """{
        const { Widget } = await import("livewidget");
        const { story } = await import("Trees");
        const deep = [...document.querySelectorAll("[name=label]")].find(
            (node) => node.textContent === "inner 200",
        );
        return [await Widget.get(deep).callRemote("echo", 1), story.length, story[0]];
    }"""
    assert run(page, answer) == [["inner 200", 1], 401, "loaded inner 200"]


class TestOwn:
    """A page class of the application."""

    def test_ownPageWorks(self, people: People, server: Server) -> None:
        """A page with its own template shows its elements, runs its script, and links them."""
        page = people.shared(f"{server.url}own?visitor=<Ann>")
        expect(page.get_by_role("heading")).to_have_text("For <Ann>")
        expect(page).to_have_title("My own")
        root = page.locator("html")
        expect(root).to_have_attribute("lang", "eo")
        expect(root).to_have_attribute("data-own", "ran")
        answer = """{
            const { Widget } = await import("livewidget");
            const { story } = await import("Trees");
            const [first] = document.querySelectorAll("[data-live-element]");
            return [story, await Widget.get(first).callRemote("greetOther")];
        }"""
        loaded = ["loaded right", "loaded left"]
        assert run(page, answer) == [loaded, "right greets left for <Ann>"]

    def test_oldBrowserSeesANote(self, people: People, server: Server) -> None:
        """A browser without import maps shows that it is too old. Others do not show the note."""
        text = "This browser is too old for this page."
        people.allow("Failed to resolve module specifier")
        page = people.shared(script="delete HTMLScriptElement.supports;")
        page.goto(f"{server.url}own?visitor=a")
        expect(page.get_by_text(text)).to_be_visible()
        page = people.shared(f"{server.url}own?visitor=a")
        expect(page.get_by_text(text)).to_be_hidden()
