/* A buffer that grows at its end and is read from its start. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint8_t *bytes;
  size_t start, end, room;
} buffer;

static inline size_t buffer_length(const buffer *b) { return b->end - b->start; }
static inline uint8_t *buffer_data(const buffer *b) { return b->bytes + b->start; }

void buffer_add(buffer *b, const void *data, size_t n);
void buffer_text(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Drop the first n bytes. */
void buffer_take(buffer *b, size_t n);
/* Drop everything, and free a large buffer. */
void buffer_clear(buffer *b);

#endif
