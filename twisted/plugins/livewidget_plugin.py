"""Tells twistd of the C{live-widget} command."""

from twisted.application.service import ServiceMaker

liveWidget = ServiceMaker("livewidget", "livewidget.tap", "Serve a live element.", "live-widget")
