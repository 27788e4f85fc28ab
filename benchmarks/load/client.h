/* One user: a browser page, or a peer's equivalent. */
#ifndef CLIENT_H
#define CLIENT_H

#include "exchange.h"
#include "line.h"

typedef struct client client;

/* A protocol on the wire. */
typedef struct {
  const char *name;
  /* Whether each broadcast arrives. Where a broadcast sets a state, some may be skipped. */
  int complete;
  void (*open)(client *);
  /* Call echo. client_answered reports the answer. */
  void (*call)(client *, uint64_t id);
  /* Have a text broadcast. */
  void (*cast)(client *, const char *text);
  /* Break the connection, and resume the session on a new one. NULL if the protocol has no
     sessions. */
  void (*resume)(client *);
} protocol;

struct client {
  int index, ready, upgraded;
  const protocol *protocol;
  line socket;
  exchange page, up, down;
  char key[96];            /* the id of its page or session */
  struct livepage *live;   /* the state of livewidget's protocol */
  buffer queue;            /* sent with the next request */
  uint64_t called, calling; /* the time and the id of the call */
  int64_t seen;            /* the number of the last broadcast */
  int copies;              /* how often it has arrived */
};

extern client *clients;
extern int client_count, client_ready_count;

/* Open a number of clients, some at a time. Return once all are connected. */
void client_open_up_to(int number);
/* Events, reported by a protocol. */
void client_ready(client *c);
void client_lost(client *c);
void client_answered(client *c, uint64_t id);
void client_delivered(client *c, const char *text, size_t n);

/* Handlers of the workload, or NULL. */
extern void (*client_on_answer)(client *, uint64_t id);
extern void (*client_on_delivery)(client *, const char *text, size_t n);

#endif
