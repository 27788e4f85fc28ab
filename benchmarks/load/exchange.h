/* Requests and their answers over one line that is kept, one at a time. */
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
  const char *headers; /* more of them, each with its line end; may be NULL */
  /* The answer is here, with its body. */
  void (*answered)(exchange *);
  /* A part of the body is here; may be NULL. */
  void (*arrived)(exchange *);
};

/* Ask; there must be no request under way. Without a body it is a GET. */
void exchange_ask(exchange *e, const char *path, const void *body, size_t n);
void exchange_close(exchange *e);

#endif
