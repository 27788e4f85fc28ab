/* A minimal JSON reader for trusted messages. */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>

/* Return the end of the value that begins here, or NULL. */
const char *json_end(const char *text, const char *end);
/* Return the text after the first "key":, or NULL. */
const char *json_find(const char *text, size_t n, const char *key);
/* Return the number after the first "key":, or -1. */
int64_t json_number(const char *text, size_t n, const char *key);

#endif
