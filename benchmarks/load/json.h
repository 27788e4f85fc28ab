/* As much of JSON as a generator needs to read of messages that it trusts. */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>

/* The end of the value that begins here, or NULL when there is none. */
const char *json_end(const char *text, const char *end);
/* What follows "key": in a text, or NULL; the first place counts. */
const char *json_find(const char *text, size_t n, const char *key);
/* The number after "key":, or -1. */
int64_t json_number(const char *text, size_t n, const char *key);

#endif
