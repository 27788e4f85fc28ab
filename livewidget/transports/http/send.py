"""What a browser sends over HTTP. See C{docs/reference/protocol.md}, "HTTP"."""

from __future__ import annotations

from livewidget.session.session import Session
from livewidget.transports.http.post import PostEntry, Reply, whyClosed
from livewidget.wire.codes import CLOSED, TIMED_OUT
from livewidget.wire.controls import Post, PostAnswer


class SendEntry(PostEntry):
    """The resource C{_live/send}: for both HTTP transports, and for leaving over any transport."""

    def handle(self, reply: Reply, pageId: str, post: Post) -> None:
        """Handle messages, an acknowledgement, or the leaving of a page."""
        page = self.pages.find(pageId, post.claim, reply.identity)
        inUse = whyClosed(page, post.connection) is None
        page.acknowledge(post.connection, post.received)
        # Before its first hello a page does not exist for the application.
        if page.delivery.connection and post.first is not None:
            page.receive(post.connection, post.messages, post.first)
        if post.leave:
            page.leaving(post.connection)
        self._respond(page, reply, post, inUse)

    def _respond(self, page: Session, reply: Reply, post: Post, inUse: bool) -> None:
        closed = whyClosed(page, post.connection)
        if closed is None or _isNotifiedElsewhere(closed[0], post, inUse):
            reply.respond(PostAnswer(page.delivery.takeReceived()))
        else:
            reply.close(*closed)


def _isNotifiedElsewhere(code: int, post: Post, inUse: bool) -> bool:
    if code == CLOSED:
        # The application closed the page while handling this request. The other direction
        # delivers the close after the last messages; here it would overtake them.
        return inUse
    return post.leave and code == TIMED_OUT
