/* An HTTP answer while it arrives: its body may have a length or come in chunks. */
#ifndef ANSWER_H
#define ANSWER_H

#include "buffer.h"

typedef struct {
  enum { ANSWER_HEAD, ANSWER_LENGTH, ANSWER_SIZE, ANSWER_CHUNK, ANSWER_DONE } at;
  int status, closes;
  size_t left;
  buffer body;
} answer;

/* Take what has come; gives how many bytes are used. */
size_t answer_feed(answer *a, const uint8_t *data, size_t n);
/* Another answer is to come. */
void answer_reset(answer *a);

#endif
