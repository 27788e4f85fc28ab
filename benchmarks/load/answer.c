#define _GNU_SOURCE
#include "answer.h"

#include "fail.h"

#include <stdlib.h>
#include <string.h>

#define END "\r\n"

void answer_reset(answer *a) {
  buffer_clear(&a->body);
  a->at = ANSWER_HEAD;
}

static const char *header(const char *head, const char *name) {
  const char *found = strcasestr(head, name);
  return found ? found + strlen(name) : NULL;
}

static void read_head(answer *a, const uint8_t *data, size_t n) {
  char head[8192];
  if (n >= sizeof head) fail("an answer with a head of %zu bytes", n);
  memcpy(head, data, n);
  head[n] = 0;
  const char *length = header(head, "\r\ncontent-length:");
  a->status = n > 12 ? atoi(head + 9) : 0;
  a->closes = header(head, "\r\nconnection: close") != NULL;
  if (length) {
    a->left = strtoul(length, NULL, 10);
    a->at = a->left ? ANSWER_LENGTH : ANSWER_DONE;
  } else if (header(head, "\r\ntransfer-encoding: chunked")) {
    a->at = ANSWER_SIZE;
  } else {
    fail("an answer without a length: %s", head);
  }
}

/* Return the length of the line with the size of a chunk, or 0 if it is incomplete. */
static size_t read_size(answer *a, const uint8_t *data, size_t n) {
  const uint8_t *end = memmem(data, n, END, 2);
  if (!end) return 0;
  a->left = strtoul((const char *)data, NULL, 16);
  size_t used = (size_t)(end - data) + 2;
  /* The last chunk is empty, and an empty line follows. */
  if (!a->left && n < used + 2) return 0;
  a->at = a->left ? ANSWER_CHUNK : ANSWER_DONE;
  return a->left ? used : used + 2;
}

static size_t read_body(answer *a, const uint8_t *data, size_t n) {
  size_t take = n < a->left ? n : a->left;
  if (a->at == ANSWER_CHUNK && take == a->left && n < take + 2) {
    /* Together with its line break, or without its last byte for now. */
    take = take ? take - 1 : 0;
  }
  buffer_add(&a->body, data, take);
  a->left -= take;
  if (a->left) return take;
  size_t end = a->at == ANSWER_CHUNK ? 2 : 0;
  a->at = a->at == ANSWER_CHUNK ? ANSWER_SIZE : ANSWER_DONE;
  return take + end;
}

size_t answer_feed(answer *a, const uint8_t *data, size_t n) {
  size_t used = 0, step = 1;
  while (step && used < n && a->at != ANSWER_DONE) {
    const uint8_t *rest = data + used;
    size_t length = n - used;
    if (a->at == ANSWER_HEAD) {
      const uint8_t *end = memmem(rest, length, END END, 4);
      step = end ? (size_t)(end - rest) + 4 : 0;
      if (step) read_head(a, rest, step);
    } else if (a->at == ANSWER_SIZE) {
      step = read_size(a, rest, length);
    } else {
      step = read_body(a, rest, length);
    }
    used += step;
  }
  return used;
}
