#define _GNU_SOURCE
#include "livepage.h"

#include "clock.h"
#include "echo.h"
#include "fail.h"
#include "json.h"
#include "options.h"
#include "schedule.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START "id=\"livewidget-start\">"
#define ACK_DELAY SECOND

static schedule acks;

/* Loading. */

static void read_start(client *c, const char *body, size_t n) {
  const char *start = memmem(body, n, START, sizeof START - 1);
  if (!start) fail("not a livewidget page: %.*s", (int)(n < 300 ? n : 300), body);
  size_t left = (size_t)(body + n - start);
  const char *page = json_find(start, left, "page"), *elements = json_find(start, left, "elements");
  const char *end = page ? json_end(page, body + n) : NULL;
  if (!end || !elements || (size_t)(end - page) > sizeof c->key) fail("the page has no id or no elements");
  memcpy(c->key, page + 1, (size_t)(end - page) - 2);
  c->live->element = strtoll(elements + 2, NULL, 10);
}

static void loaded(exchange *e) {
  client *c = e->owner;
  read_start(c, (const char *)buffer_data(&e->answer.body), buffer_length(&e->answer.body));
  exchange_close(e);
  c->live->carrier->connect(c);
}

void livepage_load(client *c, const carrier *carrier) {
  c->live = calloc(1, sizeof *c->live);
  if (!c->live) fail("no memory");
  c->live->carrier = carrier;
  c->page.owner = c;
  c->page.answered = loaded;
  exchange_ask(&c->page, "/", NULL, 0);
}

/* Connecting. */

void livepage_hello(client *c, buffer *b) {
  livepage *p = c->live;
  buffer_text(b, "\"claim\":\"" LIVEPAGE_CLAIM "\",\"connection\":%d,\"received\":%" PRIu64, ++p->connection, p->received);
}

void livepage_resume(client *c) {
  client_lost(c);
  /* The hello has the count, and must be sent first. */
  livepage_told(c);
  c->live->carrier->connect(c);
}

static int64_t wanted(const char *text, size_t n, const char *key) {
  int64_t number = json_number(text, n, key);
  if (number < 0) fail("no %s in %.*s", key, (int)(n < 300 ? n : 300), text);
  return number;
}

void livepage_welcome(client *c, const char *text, size_t n) {
  livepage *p = c->live;
  const char *limits = json_find(text, n, "limits");
  if (!limits) fail("no welcome: %.*s", (int)(n < 300 ? n : 300), text);
  size_t left = n - (size_t)(limits - text);
  p->most_messages = (uint64_t)wanted(limits, left, "messages");
  p->most_bytes = (uint64_t)wanted(limits, left, "bytes");
  if (wanted(text, n, "connection") != p->connection) fail("the welcome of another connection");
  if ((uint64_t)wanted(text, n, "first") != p->received + 1)
    fail("client %d has %" PRIu64 " messages, and the next is %.*s", c->index, p->received, (int)n, text);
  livepage_acknowledged(c, wanted(text, n, "received"));
  client_ready(c);
}

/* Counting. */

void livepage_acknowledged(client *c, int64_t received) {
  livepage *p = c->live;
  if (received < 0 || (uint64_t)received > p->sent)
    fail("client %d has sent %" PRIu64 " messages, and the server has %" PRId64, c->index, p->sent, received);
  /* Over HTTP an older answer may arrive later. */
  if ((uint64_t)received > p->acknowledged) p->acknowledged = (uint64_t)received;
}

void livepage_told(client *c) {
  livepage *p = c->live;
  p->told = p->received;
  p->bytes = 0;
  p->due = 0;
}

static void count(client *c, size_t n) {
  livepage *p = c->live;
  p->received++;
  p->bytes += n;
  if ((p->received - p->told) * 4 >= p->most_messages || p->bytes * 4 >= p->most_bytes) {
    p->carrier->tell(c);
  } else if (!p->due) {
    p->due = loop_now + ACK_DELAY;
    schedule_add(&acks, c->index, p->due);
  }
}

void livepage_tick(void) {
  int index;
  uint64_t due;
  while (schedule_take(&acks, loop_now, &index, &due))
    /* Messages acknowledged since then are no longer due. */
    if (clients[index].live->due == due) clients[index].live->carrier->tell(&clients[index]);
}

void livepage_control(client *c, const char *text, size_t n) {
  int64_t received = json_number(text, n, "received");
  if (received < 0) fail("the server says %.*s", (int)n, text);
  livepage_acknowledged(c, received);
  c->live->carrier->tell(c);
}

/* Messages. */

static void carry(client *c, const char *text, size_t n) {
  livepage *p = c->live;
  p->sent++;
  if (p->sent - p->acknowledged > p->most_messages) fail("the server acknowledges nothing");
  p->carrier->carry(c, text, n);
}

static void called(client *c, const char *text, size_t n) {
  client_delivered(c, text, n);
  if (n < 8 || text[8] == 'n') return;
  char answer[64];
  int length = snprintf(answer, sizeof answer, "[\"result\",%llu,null]", strtoull(text + 8, NULL, 10));
  carry(c, answer, (size_t)length);
}

void livepage_message(client *c, const char *text, size_t n) {
  if (n > 10 && !memcmp(text, "[\"event\",", 9)) client_delivered(c, text, n);
  else if (n > 10 && !memcmp(text, "[\"call\",", 8)) called(c, text, n);
  else if (n > 10 && !memcmp(text, "[\"result\",", 10)) client_answered(c, strtoull(text + 10, NULL, 10));
  else if (n < 8 || memcmp(text, "[\"join\",", 8)) fail("the server says %.*s", (int)n, text);
  count(c, n);
}

void livepage_call(client *c, uint64_t id) {
  char text[256];
  int n = snprintf(text, sizeof text, "[\"call\",%" PRIu64 ",%" PRId64 ",\"echo\",[" ECHO "]]", id, c->live->element);
  carry(c, text, (size_t)n);
}

void livepage_cast(client *c, const char *data) {
  char text[40000];
  int n = snprintf(text, sizeof text, "[\"call\",null,%" PRId64 ",\"%s\",[\"%s\"]]", c->live->element, opt.method, data);
  carry(c, text, (size_t)n);
}
