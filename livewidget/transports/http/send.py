"""What a browser sends over HTTP. See C{docs/protocol.md}, "HTTP"."""

from __future__ import annotations

from livewidget.session.session import Session
from livewidget.transports.http.post import PostEntry, Reply, whyClosed
from livewidget.wire.codes import CLOSED, TIMED_OUT
from livewidget.wire.controls import Answer, Post


class SendEntry(PostEntry):
    """The resource C{_live/send}: beside either transport over HTTP, and for leaving."""

    def take(self, reply: Reply, pageId: str, post: Post) -> None:
        """Take in messages, an acknowledgement, or that the page is left."""
        page = self.pages.find(pageId, post.claim, reply.identity)
        inUse = whyClosed(page, post.connection) is None
        page.acknowledge(post.connection, post.received)
        # Before its first hello a page is not there for the application.
        if page.delivery.connection and post.first is not None:
            page.receive(post.connection, post.messages, post.first)
        if post.leave:
            page.leaving(post.connection)
        self._answer(page, reply, post, inUse)

    def _answer(self, page: Session, reply: Reply, post: Post, inUse: bool) -> None:
        closed = whyClosed(page, post.connection)
        if closed is None or _isToldElsewhere(closed[0], post, inUse):
            reply.give(Answer(page.delivery.takeReceived()))
        else:
            reply.close(*closed)


def _isToldElsewhere(code: int, post: Post, inUse: bool) -> bool:
    if code == CLOSED:
        # The application has closed the page in answer to this: that comes down
        # after its last messages, and would overtake them here.
        return inUse
    return post.leave and code == TIMED_OUT
