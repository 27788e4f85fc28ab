/* livewidget over an event stream: an endless response, and requests that send. */
#define _GNU_SOURCE
#include "fail.h"
#include "livesend.h"
#include "protocols.h"

#include <stdlib.h>
#include <string.h>

#define FIELD "data: "
#define FIELD_LENGTH (sizeof FIELD - 1)

static void take(client *c, const char *event, size_t n) {
  if (n < FIELD_LENGTH || memcmp(event, FIELD, FIELD_LENGTH)) fail("not an event: %.*s", (int)n, event);
  event += FIELD_LENGTH;
  n -= FIELD_LENGTH;
  if (event[0] == '[') livepage_message(c, event, n);
  else if (c->ready) livepage_control(c, event, n);
  else livepage_welcome(c, event, n);
}

static void arrived(exchange *e) {
  buffer *body = &e->answer.body;
  const uint8_t *end;
  while (buffer_length(body) && (end = memmem(buffer_data(body), buffer_length(body), "\n\n", 2))) {
    size_t n = (size_t)(end - buffer_data(body));
    take(e->owner, (const char *)buffer_data(body), n);
    buffer_take(body, n + 2);
  }
}

static void ended(exchange *e) {
  client *c = e->owner;
  fail("the stream of client %d has ended", c->index);
}

static void connect(client *c) {
  livesend_begin(c);
  buffer b = {0};
  buffer_text(&b, "{");
  livepage_hello(c, &b);
  buffer_text(&b, "}");
  c->down.arrived = arrived;
  c->down.answered = ended;
  exchange_ask(&c->down, "/_live/stream", buffer_data(&b), buffer_length(&b));
  free(b.bytes);
}

static const carrier carried = {connect, livesend_carry, livesend_tell};

static void open(client *c) { livepage_load(c, &carried); }

const protocol protocol_stream = {"stream", 1, open, livepage_call, livepage_cast, livesend_resume};
