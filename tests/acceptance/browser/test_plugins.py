"""Tests of a widget that extends one of another distribution, as the guide prints it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.people import People, connected
from tests.support.distributions import Distribution
from tests.support.documents import theBlock
from tests.support.processes import Server

DATE_PICKER = """
import { Widget } from "livewidget";
import { today } from "./today.js";

export class DatePicker extends Widget {
  loaded() {
    this.nodeByAttribute("name", "date").textContent = today();
  }

  async doPick() {
    const picked = await this.callRemote("pick", today());
    this.nodeByAttribute("name", "date").textContent = picked;
  }
}
"""

APPLICATION = """
import sys

from twisted.internet import reactor
from twisted.logger import globalLogBeginner, textFileLogObserver
from twisted.web.resource import Resource

from examples.echo import EchoElement
from livewidget import LiveElement, LiveResource, LiveSite, Settings, expose


class Birthday(LiveElement):
    template = "birthday.html"
    jsClass = "Birthday.BirthdayWidget"
    cssModule = ("AcmeForms", "Mine")

    @expose
    def pick(self, date: str) -> str:
        return f"picked {date}"


class Plain(Birthday):
    jsClass = "Acme.Forms.DatePicker"


class Misspelt(Birthday):
    jsClass = "Acme.Forms.DatePikcer"


globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stdout)])
debug = Settings(debug=True)
children = {
    b"birthday": LiveResource(Birthday),
    b"plain": LiveResource(Plain, settings=debug),
    b"echo": LiveResource(EchoElement),
    b"misspelt": LiveResource(Misspelt, settings=debug),
}
root = Resource()
for name, child in children.items():
    root.putChild(name, child)
    reactor.addSystemEventTrigger("before", "shutdown", child.stop)
port = reactor.listenTCP(0, LiveSite(root), interface="127.0.0.1")
url = f"http://127.0.0.1:{port.getHost().port}/"
reactor.callWhenRunning(print, f"Serving plugins at {url}")
reactor.run()
"""

BIRTHDAY = """
<form {{ liveElement }} data-live-on="submit:doPick">
  <output name="date" class="acme-date mine"></output><button>Pick</button>
</form>
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return an application with a distribution on its path that it does not import."""
    folder = tmp_path_factory.mktemp("plugins")
    plugin = theBlock("python", 'JSPackage("acme.forms")')
    birthday = theBlock("js", "BirthdayWidget")
    acme = Distribution(folder / "site")
    acme.package(
        "acme.forms",
        js__Acme__Forms_js=DATE_PICKER,
        js__Acme__today_js='export const today = () => "1 January";',
        css__AcmeForms_css=".acme-date { color: rgb(1, 2, 3); font-size: 40px; }",
    )
    acme.plugin(plugin)
    application = Distribution(folder / "application")
    application.write("application.py", APPLICATION)
    application.write("birthday.html", BIRTHDAY)
    application.write("js/Birthday.js", birthday)
    application.write("css/Mine.css", ".mine { font-size: 30px; }")
    made = Server.script(folder / "application" / "application.py", path=[folder / "site"])
    try:
        made.waitUntilServing()
        yield made
    finally:
        made.stop()


def expectWorking(page: Page) -> None:
    """Check that the widget works, and that the later of its style sheets wins."""
    date = page.locator("[name=date]")
    expect(date).to_have_text("1 January")
    page.get_by_role("button", name="Pick").click()
    expect(date).to_have_text("picked 1 January")
    expect(date).to_have_css("color", "rgb(1, 2, 3)")
    expect(date).to_have_css("font-size", "30px")


@pytest.mark.parametrize("path", ["birthday", "plain"])
def test_widgetOfAPluginWorks(people: People, server: Server, path: str) -> None:
    """A widget that extends a plugin's widget by name works, and so does its element."""
    expectWorking(people.shared(server.url + path))


@pytest.mark.parametrize("path", ["birthday", "plain", "echo"])
def test_everyPageHasThePluginsModules(people: People, server: Server, path: str) -> None:
    """Each resource of the process has the plugin's modules in its pages."""
    page = people.shared(server.url + path)
    imports = json.loads(page.locator("script[type=importmap]").inner_text())["imports"]
    assert {"livewidget", "Acme.Forms", "Acme.today"} <= set(imports)
    for url in imports.values():
        assert page.request.get(urljoin(page.url, url)).status == 200
    sheets = page.locator("link[rel=stylesheet]").evaluate_all("(all) => all.map((l) => l.href)")
    assert any("AcmeForms" in sheet for sheet in sheets) is (path != "echo")


def test_misspeltClassIsShown(people: People, server: Server) -> None:
    """A class that does not exist is reported in the page, which keeps its own policy."""
    people.allow(r"/misspelt\)$")
    page = people.shared()
    response = page.goto(server.url + "misspelt")
    assert response is not None
    assert response.status == 500
    text = page.locator("pre")
    expect(text).to_contain_text("exports no DatePikcer; did you mean DatePicker?")
    expect(text).to_have_css("white-space-collapse", "preserve")


def test_reloadWhileDebuggingWorks(people: People, server: Server) -> None:
    """A page that is reloaded while debugging works, although all files were read again."""
    page = people.shared(server.url + "plain")
    page.reload()
    connected(page)
    expectWorking(page)


def test_filesAreThoseOfTheGuide() -> None:
    """This test uses exactly the files shown in the guide."""
    listed = theBlock("text", "acme_livewidget.py").split()
    for name in ("acme/forms/js/Acme/Forms.js", "acme/forms/css/AcmeForms.css"):
        assert name in listed
