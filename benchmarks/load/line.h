/* A non-blocking TCP connection. */
#ifndef LINE_H
#define LINE_H

#include "buffer.h"
#include "loop.h"

typedef struct line line;

struct line {
  watch watch; /* the first member, which the loop passes back */
  int open, connected, writing;
  buffer in, out;
  void *owner;
  /* Called with received bytes, after those not used yet. Returns how many were used. */
  size_t (*bytes)(line *, uint8_t *, size_t);
  /* Called when the other side has closed the connection. */
  void (*lost)(line *);
};

extern const char *line_host;
extern int line_port;
/* Bytes received by all lines. */
extern uint64_t line_received;

/* Connect. Bytes written before the connection opens wait. */
void line_open(line *l);
void line_write(line *l, const void *data, size_t n);
void line_close(line *l);

#endif
