#include "socket.h"

#include "fail.h"
#include "websocket.h"

#include <stdarg.h>
#include <stdio.h>

/* Shared by all clients: a run has one protocol, and NiceGUI's sender needs none. */
static const socket_events *told;

static void text(line *l, char *bytes, size_t n) { told->text(l->owner, bytes, n); }

static size_t came(line *l, uint8_t *data, size_t n) {
  client *c = l->owner;
  size_t used = 0;
  if (!c->upgraded) {
    used = websocket_answer(data, n);
    if (!used) return 0;
    c->upgraded = 1;
    told->upgraded(c);
  }
  return used + websocket_take(l, data + used, n - used, text);
}

static void lost(line *l) {
  client *c = l->owner;
  fail("the server has closed the connection of client %d", c->index);
}

void socket_open(client *c, const char *path, const char *subprotocol, const socket_events *events) {
  told = events;
  c->socket.owner = c;
  c->socket.bytes = came;
  c->socket.lost = lost;
  line_open(&c->socket);
  websocket_ask(&c->socket, path, subprotocol);
}

void socket_send(client *c, const char *format, ...) {
  char bytes[40000];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(bytes, sizeof bytes, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= sizeof bytes) fail("the message is too long");
  websocket_send(&c->socket, bytes, (size_t)n);
}
