"""Tests of C{livewidget.interfaces}: each transport provides ITransport."""

from __future__ import annotations

from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import Clock
from zope.interface import implementedBy
from zope.interface.verify import verifyClass, verifyObject

from livewidget import LiveElement, LiveResource
from livewidget.interfaces import ITransport
from livewidget.testing import MemoryBrowser
from livewidget.transports.websocket.transport import WebSocketTransport
from tests.support.pages import Bench, FakeTransport
from tests.support.project import Project
from tests.support.websocket import Socket


def test_webSocketProvidesITransport() -> None:
    """A WebSocket connection is an L{ITransport} and a push producer."""
    assert verifyClass(ITransport, WebSocketTransport)
    assert verifyClass(IPushProducer, WebSocketTransport)
    resource = LiveResource(LiveElement, clock=Clock())
    page = resource.pages.make()
    Socket(resource).hello(page)
    assert isinstance(page.transport, WebSocketTransport)
    assert verifyObject(ITransport, page.transport)
    assert verifyObject(IPushProducer, page.transport)


def test_memoryBrowserProvidesITransport(project: Project) -> None:
    """The connection of a MemoryBrowser is an L{ITransport}."""
    link = MemoryBrowser(project.page()()).page.transport
    assert verifyObject(ITransport, link)
    assert verifyClass(ITransport, type(link))


def test_fakeTransportProvidesITransport() -> None:
    """The double that tests use is an L{ITransport}."""
    assert ITransport in implementedBy(FakeTransport)
    assert verifyObject(ITransport, Bench().live(LiveElement()))
