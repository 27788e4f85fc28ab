#define _GNU_SOURCE
#include "websocket.h"

#include "fail.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
#define FINAL 0x80
#define RESERVED 0x70
#define MASKED 0x80

uint64_t websocket_frames;

void websocket_ask(line *l, const char *path, const char *protocol) {
  buffer b = {0};
  buffer_text(&b,
              "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
              "Origin: http://%s:%d\r\n",
              path, line_host, line_port, line_host, line_port);
  if (protocol) buffer_text(&b, "Sec-WebSocket-Protocol: %s\r\n", protocol);
  buffer_text(&b, "\r\n");
  line_write(l, buffer_data(&b), buffer_length(&b));
  free(b.bytes);
}

size_t websocket_answer(const uint8_t *data, size_t n) {
  const uint8_t *end = memmem(data, n, "\r\n\r\n", 4);
  if (!end) return 0;
  if (n < 12 || memcmp(data + 9, "101", 3)) fail("not a handshake: %.*s", (int)n, (const char *)data);
  return (size_t)(end - data) + 4;
}

static void send_frame(line *l, int opcode, const char *text, size_t n) {
  static uint32_t random = 0x9e3779b9;
  static uint8_t frame[70000];
  size_t head = 2;
  if (n + 8 > sizeof frame) fail("a frame of %zu bytes", n);
  frame[0] = FINAL | (uint8_t)opcode;
  frame[1] = MASKED | (uint8_t)(n < 126 ? n : 126);
  if (n >= 126) {
    if (n > 65535) fail("a frame of %zu bytes", n);
    frame[2] = (uint8_t)(n >> 8);
    frame[3] = (uint8_t)n;
    head = 4;
  }
  random = random * 1664525u + 1013904223u;
  uint8_t *mask = frame + head;
  memcpy(mask, &random, 4);
  head += 4;
  for (size_t i = 0; i < n; i++) frame[head + i] = (uint8_t)text[i] ^ mask[i & 3];
  line_write(l, frame, head + n);
}

void websocket_send(line *l, const char *text, size_t n) { send_frame(l, TEXT, text, n); }

/* Return the length of a frame's head, or 0 if it is incomplete. */
static size_t head_of(const uint8_t *f, size_t n, uint64_t *length) {
  if (n < 2) return 0;
  *length = f[1] & 0x7f;
  if (*length < 126) return 2;
  size_t head = *length == 126 ? 4 : 10;
  if (n < head) return 0;
  *length = 0;
  for (size_t i = 2; i < head; i++) *length = *length << 8 | f[i];
  return head;
}

size_t websocket_take(line *l, uint8_t *data, size_t n, void (*text)(line *, char *, size_t)) {
  size_t used = 0, head;
  uint64_t length;
  while ((head = head_of(data + used, n - used, &length)) && n - used - head >= length) {
    uint8_t *f = data + used;
    char *payload = (char *)f + head;
    used += head + length;
    websocket_frames++;
    if (f[1] & MASKED || f[0] & RESERVED || !(f[0] & FINAL)) fail("a frame that no server sends");
    switch (f[0] & 15) {
    case TEXT:
      text(l, payload, length);
      break;
    case CLOSE:
      fail("the server closes: %d %.*s", length < 2 ? 0 : f[head] << 8 | f[head + 1],
           length < 2 ? 0 : (int)length - 2, payload + 2);
    case PING:
      send_frame(l, PONG, payload, length);
      break;
    case PONG:
      break;
    default:
      fail("a frame of kind %d", f[0] & 15);
    }
    if (!l->open) return n;
  }
  return used;
}
