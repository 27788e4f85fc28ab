#include "livesend.h"

#include "fail.h"
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HEADERS 160

static void send_queue(client *c, int anyway) {
  livepage *p = c->live;
  if (c->up.busy || (!anyway && !buffer_length(&c->queue))) return;
  buffer b = {0};
  buffer_text(&b, "{\"claim\":\"" LIVEPAGE_CLAIM "\",\"connection\":%d,\"received\":%" PRIu64, p->connection,
              p->received);
  if (buffer_length(&c->queue)) {
    /* Earlier messages are acknowledged: requests are sent one at a time, and answered. */
    buffer_text(&b, ",\"first\":%" PRIu64 ",\"messages\":[", p->queued);
    buffer_add(&b, buffer_data(&c->queue), buffer_length(&c->queue));
    buffer_text(&b, "]");
    buffer_clear(&c->queue);
  }
  buffer_text(&b, "}");
  exchange_ask(&c->up, "/_live/send", buffer_data(&b), buffer_length(&b));
  livepage_told(c);
  free(b.bytes);
}

static void sent(exchange *e) {
  client *c = e->owner;
  const char *body = (const char *)buffer_data(&e->answer.body);
  size_t n = buffer_length(&e->answer.body);
  int64_t received = json_number(body, n, "received");
  if (received < 0) fail("the answer to a send: %.*s", (int)n, body);
  livepage_acknowledged(c, received);
  send_queue(c, c->live->owes);
  c->live->owes = 0;
}

void livesend_begin(client *c) {
  if (c->up.headers) return;
  char *headers = malloc(HEADERS);
  if (!headers) fail("no memory");
  snprintf(headers, HEADERS, "Live-Page: %s\r\nContent-Type: application/json\r\n", c->key);
  c->up.owner = c->down.owner = c;
  c->up.headers = c->down.headers = headers;
  c->up.answered = sent;
}

void livesend_resume(client *c) {
  exchange_close(&c->up);
  exchange_close(&c->down);
  livepage_resume(c);
}

void livesend_carry(client *c, const char *text, size_t n) {
  if (buffer_length(&c->queue)) buffer_add(&c->queue, ",", 1);
  else c->live->queued = c->live->sent;
  buffer_add(&c->queue, text, n);
  send_queue(c, 0);
}

void livesend_tell(client *c) {
  if (c->up.busy) c->live->owes = 1;
  else send_queue(c, 1);
}
