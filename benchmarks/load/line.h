/* One TCP connection that never blocks. */
#ifndef LINE_H
#define LINE_H

#include "buffer.h"
#include "loop.h"

typedef struct line line;

struct line {
  watch watch; /* first: the loop gives it back */
  int open, connected, writing;
  buffer in, out;
  void *owner;
  /* Bytes have come, together with those not used before; gives how many are used now. */
  size_t (*bytes)(line *, uint8_t *, size_t);
  /* The other side has closed it. */
  void (*lost)(line *);
};

extern const char *line_host;
extern int line_port;
/* Bytes that all lines have received. */
extern uint64_t line_received;

/* Connect; what is written before it is connected waits. */
void line_open(line *l);
void line_write(line *l, const void *data, size_t n);
void line_close(line *l);

#endif
