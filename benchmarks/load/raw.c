/* JSON over a WebSocket, for the peers without a protocol of their own. */
#include "echo.h"
#include "json.h"
#include "protocols.h"
#include "socket.h"

#include <inttypes.h>
#include <stddef.h>

/* An answer begins with its id. The C server returns the call itself: {"op":"echo","id":1… */
#define START 40

static void text(client *c, char *bytes, size_t n) {
  int64_t id = json_number(bytes, n < START ? n : START, "id");
  if (id >= 0) client_answered(c, (uint64_t)id);
  else client_delivered(c, bytes, n);
}

static const socket_events events = {client_ready, text};

static void open(client *c) { socket_open(c, "/", NULL, &events); }

static void call(client *c, uint64_t id) {
  socket_send(c, "{\"op\":\"echo\",\"id\":%" PRIu64 ",\"args\":[" ECHO "]}", id);
}

static void cast(client *c, const char *data) {
  socket_send(c, "{\"op\":\"cast\",\"data\":\"%s\"}", data);
}

const protocol protocol_raw = {"raw", 1, open, call, cast, NULL};
