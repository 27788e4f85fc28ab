/* livewidget over a WebSocket. */
#include "livepage.h"
#include "protocols.h"
#include "socket.h"
#include "websocket.h"

#include <inttypes.h>
#include <stdlib.h>

static void upgraded(client *c) {
  buffer b = {0};
  buffer_text(&b, "{\"page\":\"%s\",", c->key);
  livepage_hello(c, &b);
  buffer_text(&b, "}");
  websocket_send(&c->socket, (char *)buffer_data(&b), buffer_length(&b));
  free(b.bytes);
}

static void text(client *c, char *bytes, size_t n) {
  if (n && bytes[0] == '[') livepage_message(c, bytes, n);
  else if (c->ready) livepage_control(c, bytes, n);
  else livepage_welcome(c, bytes, n);
}

static const socket_events events = {upgraded, text};

static void connect(client *c) { socket_open(c, "/_live/ws", "livewidget.1", &events); }

static void carry(client *c, const char *bytes, size_t n) { websocket_send(&c->socket, bytes, n); }

static void tell(client *c) {
  socket_send(c, "{\"received\":%" PRIu64 "}", c->live->received);
  livepage_told(c);
}

static const carrier carried = {connect, carry, tell};

static void open(client *c) { livepage_load(c, &carried); }

static void resume(client *c) {
  line_close(&c->socket);
  livepage_resume(c);
}

const protocol protocol_websocket = {"websocket", 1, open, livepage_call, livepage_cast, resume};
