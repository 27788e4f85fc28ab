/* A page of livewidget: what it counts and acknowledges, whatever carries its messages. */
#ifndef LIVEPAGE_H
#define LIVEPAGE_H

#include "client.h"

/* Made by the script of a browser's page; 16 to 64 characters. */
#define LIVEPAGE_CLAIM "c1a1c1a1c1a1c1a1c1a1c1a1c1a1c1a1"

typedef struct {
  /* The page is loaded: connect it. */
  void (*connect)(client *);
  /* Send a message, which is counted by then. */
  void (*carry)(client *, const char *text, size_t n);
  /* Send how many messages we have, and call livepage_told. */
  void (*tell)(client *);
} carrier;

typedef struct livepage {
  const carrier *carrier;
  int64_t element;                    /* its first element */
  uint64_t sent, acknowledged;        /* of our messages */
  uint64_t received, told;            /* of the server's, and how many it knows of */
  uint64_t bytes;                     /* received and not told */
  uint64_t due;                       /* when to tell; 0: there is nothing to */
  uint64_t most_messages, most_bytes; /* that may be unacknowledged, says the welcome */
  int connection;
  uint64_t queued;                    /* over HTTP: the count of the first message in the queue */
  int owes;                           /* and whether to tell when the line is free */
} livepage;

void livepage_load(client *c, const carrier *carrier);
/* Have the page connect again. Its line must be closed. */
void livepage_resume(client *c);
/* The hello of the next connection, as the fields of a JSON object. */
void livepage_hello(client *c, buffer *b);
/* The answer to it has come. */
void livepage_welcome(client *c, const char *text, size_t n);
/* A message, or an acknowledgement, has come. */
void livepage_message(client *c, const char *text, size_t n);
void livepage_control(client *c, const char *text, size_t n);
/* The server says how many of our messages it has. */
void livepage_acknowledged(client *c, int64_t received);
/* Something goes out that says how many we have. */
void livepage_told(client *c);
/* Send the acknowledgements that are due. */
void livepage_tick(void);

void livepage_call(client *c, uint64_t id);
void livepage_cast(client *c, const char *data);

#endif
