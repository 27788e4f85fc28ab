/* A parser of HTTP responses, whose body has a length or is chunked. */
#ifndef ANSWER_H
#define ANSWER_H

#include "buffer.h"

typedef struct {
  enum { ANSWER_HEAD, ANSWER_LENGTH, ANSWER_SIZE, ANSWER_CHUNK, ANSWER_DONE } at;
  int status, closes;
  size_t left;
  buffer body;
} answer;

/* Parse received bytes. Return how many were used. */
size_t answer_feed(answer *a, const uint8_t *data, size_t n);
/* Prepare for the next response. */
void answer_reset(answer *a);

#endif
