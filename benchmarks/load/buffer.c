#include "buffer.h"

#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUCH 65536

void buffer_add(buffer *b, const void *data, size_t n) {
  if (b->start && b->end + n > b->room) {
    memmove(b->bytes, b->bytes + b->start, b->end - b->start);
    b->end -= b->start;
    b->start = 0;
  }
  if (b->end + n > b->room) {
    b->room = (b->end + n) * 2;
    b->bytes = realloc(b->bytes, b->room);
    if (!b->bytes) fail("no memory");
  }
  memcpy(b->bytes + b->end, data, n);
  b->end += n;
}

void buffer_text(buffer *b, const char *format, ...) {
  char text[8192];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= sizeof text) fail("the text is too long: %.60s", text);
  buffer_add(b, text, (size_t)n);
}

void buffer_take(buffer *b, size_t n) {
  b->start += n;
  if (b->start == b->end) buffer_clear(b);
}

void buffer_clear(buffer *b) {
  b->start = b->end = 0;
  if (b->room > MUCH) {
    free(b->bytes);
    *b = (buffer){0};
  }
}
