#include "exchange.h"

#include "fail.h"

#include <stdlib.h>

static size_t came(line *l, uint8_t *data, size_t n) {
  exchange *e = l->owner;
  if (!e->busy) fail("an answer to nothing: %.*s", (int)(n < 200 ? n : 200), (char *)data);
  size_t used = answer_feed(&e->answer, data, n);
  if (e->answer.at == ANSWER_HEAD) return used;
  if (e->answer.status != 200)
    fail("status %d: %.*s", e->answer.status, (int)buffer_length(&e->answer.body),
         (char *)buffer_data(&e->answer.body));
  if (e->arrived) e->arrived(e);
  if (e->answer.at == ANSWER_DONE) {
    e->busy = 0;
    if (e->answer.closes) line_close(l);
    e->answered(e);
  }
  return used;
}

static void lost(line *l) {
  exchange *e = l->owner;
  if (e->busy) fail("the server has closed a connection and not answered");
}

void exchange_ask(exchange *e, const char *path, const void *body, size_t n) {
  if (e->busy) fail("two requests at a time");
  if (!e->line.open) {
    e->line.owner = e;
    e->line.bytes = came;
    e->line.lost = lost;
    line_open(&e->line);
  }
  answer_reset(&e->answer);
  e->busy = 1;
  buffer b = {0};
  buffer_text(&b, "%s %s HTTP/1.1\r\nHost: %s:%d\r\nOrigin: http://%s:%d\r\n%s",
              body ? "POST" : "GET", path, line_host, line_port, line_host, line_port,
              e->headers ? e->headers : "");
  if (body) buffer_text(&b, "Content-Length: %zu\r\n", n);
  buffer_text(&b, "\r\n");
  if (body) buffer_add(&b, body, n);
  line_write(&e->line, buffer_data(&b), buffer_length(&b));
  free(b.bytes);
}

void exchange_close(exchange *e) {
  line_close(&e->line);
  answer_reset(&e->answer);
  free(e->answer.body.bytes);
  e->answer.body = (buffer){0};
  e->busy = 0;
}
