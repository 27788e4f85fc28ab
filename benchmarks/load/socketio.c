/* socket.io over a WebSocket, and NiceGUI, which is built on it. */
#define _GNU_SOURCE
#include "echo.h"
#include "fail.h"
#include "protocols.h"
#include "socket.h"
#include "socketio.h"
#include "websocket.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int socketio_message(client *c, char *text, size_t n) {
  if (n && text[0] == '2') return 1;
  if (n > 2 && text[0] == '4' && text[1] == '3') client_answered(c, strtoull(text + 2, NULL, 10));
  else if (n > 2 && text[0] == '4' && text[1] == '2') client_delivered(c, text, n);
  else if (n > 1 && text[0] == '4' && text[1] == '0' && !c->ready) client_ready(c);
  else if (n > 1 && text[0] == '4' && text[1] == '4') fail("refused: %.*s", (int)n, text);
  return 0;
}

static void joined(client *c) { socket_send(c, "40"); }

static void text(client *c, char *bytes, size_t n) {
  if (socketio_message(c, bytes, n)) socket_send(c, "3");
}

static const socket_events events = {joined, text};

static void open(client *c) { socket_open(c, "/socket.io/?EIO=4&transport=websocket", NULL, &events); }

static void call(client *c, uint64_t id) { socket_send(c, "42%" PRIu64 "[\"echo\"," ECHO "]", id); }

static void cast(client *c, const char *data) { socket_send(c, "42[\"cast\",\"%s\"]", data); }

const protocol protocol_socketio = {"socketio", 1, open, call, cast, NULL};

/* NiceGUI: the page is loaded first, and contains the client's id. */

static void loaded(exchange *e) {
  client *c = e->owner;
  char path[256];
  const char *body = (const char *)buffer_data(&e->answer.body);
  size_t n = buffer_length(&e->answer.body);
  const char *found = memmem(body, n, "client_id", 9);
  if (!found) fail("NiceGUI's page has no client_id");
  found += 9;
  while (found < body + n && strchr("\"': ", *found)) found++;
  snprintf(path, sizeof path,
           "/_nicegui_ws/socket.io/?client_id=%.36s&next_message_id=0&tab_id=t%d&document_id=d%d"
           "&implicit_handshake=true&EIO=4&transport=websocket",
           found, c->index, c->index);
  exchange_close(e);
  socket_open(c, path, NULL, &events);
}

static void open_page(client *c) {
  c->page.owner = c;
  c->page.answered = loaded;
  exchange_ask(&c->page, "/", NULL, 0);
}

const protocol protocol_nicegui = {"nicegui", 0, open_page, NULL, NULL, NULL};

/* The sender, for which the server has a plain WebSocket. It receives nothing. */

static size_t nothing(line *l, uint8_t *data, size_t n) {
  client *c = l->owner;
  (void)data;
  if (!c->ready) client_ready(c);
  return n;
}

static void control_lost(line *l) {
  (void)l;
  fail("the server has closed the sender's connection");
}

static void open_control(client *c) {
  c->socket.owner = c;
  c->socket.bytes = nothing;
  c->socket.lost = control_lost;
  line_open(&c->socket);
  websocket_ask(&c->socket, "/control", NULL);
}

static void cast_control(client *c, const char *data) { socket_send(c, "%s", data); }

const protocol protocol_nicegui_control = {"nicegui-control", 0, open_control, NULL, cast_control, NULL};
