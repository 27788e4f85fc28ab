/* One user: a browser page, or what a peer has in its place. */
#ifndef CLIENT_H
#define CLIENT_H

#include "exchange.h"
#include "line.h"

typedef struct client client;

/* What is said over the wire. */
typedef struct {
  const char *name;
  /* Whether each broadcast arrives; where it shows a state, some are left out. */
  int complete;
  void (*open)(client *);
  /* Call echo; client_answered tells of the answer. */
  void (*call)(client *, uint64_t id);
  /* Have a text told to all. */
  void (*cast)(client *, const char *text);
  /* Break the connection and make the next one, which goes on with the same session; NULL: there is
     no such thing. */
  void (*resume)(client *);
} protocol;

struct client {
  int index, ready, upgraded;
  const protocol *protocol;
  line socket;
  exchange page, up, down;
  char key[96];            /* of its page or session */
  struct livepage *live;   /* of livewidget's protocol */
  buffer queue;            /* to be sent by the next request */
  uint64_t called, calling; /* when, and the id */
  int64_t seen;            /* the number of the last broadcast */
  int copies;              /* and how often it has come */
};

extern client *clients;
extern int client_count, client_ready_count;

/* Open so many clients, some at a time, and return when all are there. */
void client_open_up_to(int number);
/* A protocol says what has happened. */
void client_ready(client *c);
void client_lost(client *c);
void client_answered(client *c, uint64_t id);
void client_delivered(client *c, const char *text, size_t n);

/* Set by the workload; NULL: nobody listens. */
extern void (*client_on_answer)(client *, uint64_t id);
extern void (*client_on_delivery)(client *, const char *text, size_t n);

#endif
