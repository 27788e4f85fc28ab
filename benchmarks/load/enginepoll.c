/* socket.io over Engine.IO polling: a GET receives, a POST sends. */
#define _GNU_SOURCE
#include "echo.h"
#include "fail.h"
#include "protocols.h"
#include "socketio.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/socket.io/?EIO=4&transport=polling"
#define BETWEEN '\x1e'

static const char *path_of(const client *c) {
  static char path[256];
  snprintf(path, sizeof path, PATH "&sid=%s", c->key);
  return path;
}

static void post(client *c) {
  if (c->up.busy || !buffer_length(&c->queue)) return;
  exchange_ask(&c->up, path_of(c), buffer_data(&c->queue), buffer_length(&c->queue));
  buffer_clear(&c->queue);
}

static void say(client *c, const char *text, size_t n) {
  const char between = BETWEEN;
  if (buffer_length(&c->queue)) buffer_add(&c->queue, &between, 1);
  buffer_add(&c->queue, text, n);
  post(c);
}

static void posted(exchange *e) { post(e->owner); }

static void poll_again(client *c) { exchange_ask(&c->down, path_of(c), NULL, 0); }

static void polled(exchange *e) {
  client *c = e->owner;
  char *text = (char *)buffer_data(&e->answer.body), *end = text + buffer_length(&e->answer.body);
  while (text < end) {
    char *next = memchr(text, BETWEEN, (size_t)(end - text));
    size_t n = (size_t)((next ? next : end) - text);
    if (socketio_message(c, text, n)) say(c, "3", 1);
    text += n + 1;
  }
  poll_again(c);
}

static void begun(exchange *e) {
  client *c = e->owner;
  size_t n = buffer_length(&e->answer.body);
  const char *body = (const char *)buffer_data(&e->answer.body);
  const char *sid = memmem(body, n, "\"sid\":\"", 7);
  if (!sid) fail("no session: %.*s", (int)n, body);
  sid += 7;
  const char *quote = memchr(sid, '"', (size_t)(body + n - sid));
  if (!quote || (size_t)(quote - sid) >= sizeof c->key) fail("no session: %.*s", (int)n, body);
  memcpy(c->key, sid, (size_t)(quote - sid));
  c->down.answered = polled;
  say(c, "40", 2);
  poll_again(c);
}

static void open(client *c) {
  c->up.owner = c->down.owner = c;
  c->up.headers = "Content-Type: text/plain;charset=UTF-8\r\n";
  c->up.answered = posted;
  c->down.answered = begun;
  exchange_ask(&c->down, PATH, NULL, 0);
}

static void call(client *c, uint64_t id) {
  char text[256];
  int n = snprintf(text, sizeof text, "42%" PRIu64 "[\"echo\"," ECHO "]", id);
  say(c, text, (size_t)n);
}

static void cast(client *c, const char *data) {
  buffer b = {0};
  buffer_text(&b, "42[\"cast\",\"");
  buffer_add(&b, data, strlen(data));
  buffer_text(&b, "\"]");
  say(c, (char *)buffer_data(&b), buffer_length(&b));
  free(b.bytes);
}

const protocol protocol_enginepoll = {"enginepoll", 1, open, call, cast, NULL};
