"""Tests of C{livewidget.interfaces}: each transport provides what it says."""

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


def test_webSocket() -> None:
    """A WebSocket connection is an L{ITransport} and a producer."""
    assert verifyClass(ITransport, WebSocketTransport)
    assert verifyClass(IPushProducer, WebSocketTransport)
    resource = LiveResource(LiveElement, clock=Clock())
    page = resource.pages.make()
    Socket(resource).hello(page)
    assert isinstance(page.transport, WebSocketTransport)
    assert verifyObject(ITransport, page.transport)
    assert verifyObject(IPushProducer, page.transport)


def test_memory(project: Project) -> None:
    """So is the connection of the browser in memory."""
    link = MemoryBrowser(project.page()()).page.transport
    assert verifyObject(ITransport, link)
    assert verifyClass(ITransport, type(link))


def test_fake() -> None:
    """So is the one of these tests, which else would show nothing."""
    assert ITransport in implementedBy(FakeTransport)
    assert verifyObject(ITransport, Bench().live(LiveElement()))
