/* livewidget over long-poll: one request waits for messages, others send some. */
#include "fail.h"
#include "json.h"
#include "livesend.h"
#include "protocols.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void poll_again(client *c) {
  char body[200];
  livepage *p = c->live;
  int n = snprintf(body, sizeof body, "{\"claim\":\"" LIVEPAGE_CLAIM "\",\"connection\":%d,\"received\":%" PRIu64 "}",
                   p->connection, p->received);
  exchange_ask(&c->down, "/_live/poll", body, (size_t)n);
  livepage_told(c);
}

static void take_messages(client *c, const char *body, size_t n) {
  const char *end = body + n, *message = json_find(body, n, "messages");
  if (message && *message != '[') message = json_find(message, (size_t)(end - message), "messages");
  if (!message) return;
  for (message++; message < end && *message == '['; message++) {
    const char *after = json_end(message, end);
    if (!after) fail("an incomplete message: %.*s", (int)(end - message), message);
    livepage_message(c, message, (size_t)(after - message));
    message = after;
  }
}

static void polled(exchange *e) {
  client *c = e->owner;
  const char *body = (const char *)buffer_data(&e->answer.body);
  size_t n = buffer_length(&e->answer.body);
  if (!c->ready) {
    livepage_welcome(c, body, n);
  } else {
    int64_t first = json_number(body, n, "first"), received = json_number(body, n, "received");
    if (received < 0) fail("the answer to a poll: %.*s", (int)n, body);
    livepage_acknowledged(c, received);
    if (first >= 0 && (uint64_t)first != c->live->received + 1)
      fail("client %d has %" PRIu64 " messages and received number %" PRId64, c->index, c->live->received, first);
  }
  take_messages(c, body, n);
  poll_again(c);
}

static void connect(client *c) {
  livesend_begin(c);
  buffer b = {0};
  buffer_text(&b, "{\"hello\":true,");
  livepage_hello(c, &b);
  buffer_text(&b, "}");
  c->down.answered = polled;
  exchange_ask(&c->down, "/_live/poll", buffer_data(&b), buffer_length(&b));
  free(b.bytes);
}

static const carrier carried = {connect, livesend_carry, livesend_tell};

static void open(client *c) { livepage_load(c, &carried); }

const protocol protocol_poll = {"poll", 1, open, livepage_call, livepage_cast, livesend_resume};
