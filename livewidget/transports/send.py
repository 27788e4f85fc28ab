"""What a browser sends over HTTP. See C{docs/protocol.md}, "HTTP"."""

from __future__ import annotations

from livewidget.codes import TIMED_OUT
from livewidget.controls import Answer, Post
from livewidget.page import LivePage
from livewidget.transports.http import PostEntry, Reply, whyClosed


class SendEntry(PostEntry):
    """The resource C{_live/send}: beside either transport over HTTP, and for leaving."""

    def take(self, reply: Reply, pageId: str, post: Post) -> None:
        """Take in messages, an acknowledgement, or that the page is left."""
        page = self.pages.find(pageId, post.claim)
        page.acknowledge(post.connection, post.received)
        # Before its first hello a page is not there for the application.
        if page.delivery.connection:
            page.receive(post.connection, post.messages, post.first)
        if post.leave:
            page.leaving(post.connection)
        self._answer(page, reply, post)

    def _answer(self, page: LivePage, reply: Reply, post: Post) -> None:
        closed = whyClosed(page, post.connection)
        if closed is not None and not (post.leave and closed[0] == TIMED_OUT):
            reply.close(*closed)
        else:
            reply.give(Answer(page.delivery.takeReceived()))
