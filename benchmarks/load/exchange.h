/* Requests over one persistent connection, one at a time. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "answer.h"
#include "line.h"

typedef struct exchange exchange;

struct exchange {
  line line;
  answer answer;
  int busy;
  void *owner;
  const char *headers; /* further headers, each with its line break, or NULL */
  /* Called with the body of a complete response. */
  void (*answered)(exchange *);
  /* Called with each part of a body. May be NULL. */
  void (*arrived)(exchange *);
};

/* Send a request, a GET if there is no body. The previous one must be complete. */
void exchange_ask(exchange *e, const char *path, const void *body, size_t n);
void exchange_close(exchange *e);

#endif
