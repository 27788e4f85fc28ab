/* A client over a single WebSocket. */
#ifndef SOCKET_H
#define SOCKET_H

#include "client.h"

typedef struct {
  void (*upgraded)(client *);
  void (*text)(client *, char *text, size_t n);
} socket_events;

/* Connect. subprotocol may be NULL. */
void socket_open(client *c, const char *path, const char *subprotocol, const socket_events *events);
void socket_send(client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
