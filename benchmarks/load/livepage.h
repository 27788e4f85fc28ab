/* A livewidget page: its counts and acknowledgements, over any transport. */
#ifndef LIVEPAGE_H
#define LIVEPAGE_H

#include "client.h"

/* The claim, which a browser's script makes: 16 to 64 characters. */
#define LIVEPAGE_CLAIM "c1a1c1a1c1a1c1a1c1a1c1a1c1a1c1a1"

typedef struct {
  /* Connect the loaded page. */
  void (*connect)(client *);
  /* Send a message, already counted. */
  void (*carry)(client *, const char *text, size_t n);
  /* Send the number of received messages, and call livepage_told. */
  void (*tell)(client *);
} carrier;

typedef struct livepage {
  const carrier *carrier;
  int64_t element;                    /* the id of its first element */
  uint64_t sent, acknowledged;        /* the counts of our messages */
  uint64_t received, told;            /* the counts of the server's messages, and those acknowledged */
  uint64_t bytes;                     /* received and not acknowledged */
  uint64_t due;                       /* the time to acknowledge; 0: nothing to acknowledge */
  uint64_t most_messages, most_bytes; /* the limits of unacknowledged messages, from the welcome */
  int connection;
  uint64_t queued;                    /* over HTTP: the count of the first queued message */
  int owes;                           /* over HTTP: whether to acknowledge once the line is free */
} livepage;

void livepage_load(client *c, const carrier *carrier);
/* Reconnect the page. Its line must be closed. */
void livepage_resume(client *c);
/* Write the hello of the next connection, as the fields of a JSON object. */
void livepage_hello(client *c, buffer *b);
/* Handle the answer to the hello. */
void livepage_welcome(client *c, const char *text, size_t n);
/* Handle a message or an acknowledgement. */
void livepage_message(client *c, const char *text, size_t n);
void livepage_control(client *c, const char *text, size_t n);
/* Handle the count of our messages that the server has. */
void livepage_acknowledged(client *c, int64_t received);
/* Record that the count of received messages was sent. */
void livepage_told(client *c);
/* Send the acknowledgements that are due. */
void livepage_tick(void);

void livepage_call(client *c, uint64_t id);
void livepage_cast(client *c, const char *data);

#endif
