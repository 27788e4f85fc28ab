#define _GNU_SOURCE
#include "json.h"

#include <stdio.h>
#include <string.h>

static const char *string_end(const char *text, const char *end) {
  for (text++; text < end; text++) {
    if (*text == '\\') text++;
    else if (*text == '"') return text + 1;
  }
  return NULL;
}

static const char *nested_end(const char *text, const char *end) {
  int depth = 0;
  while (text && text < end) {
    if (*text == '"') {
      text = string_end(text, end);
      continue;
    }
    depth += *text == '[' || *text == '{';
    depth -= *text == ']' || *text == '}';
    text++;
    if (!depth) return text;
  }
  return NULL;
}

const char *json_end(const char *text, const char *end) {
  if (text >= end) return NULL;
  if (*text == '"') return string_end(text, end);
  if (*text == '[' || *text == '{') return nested_end(text, end);
  while (text < end && !strchr(",]} ", *text)) text++;
  return text;
}

const char *json_find(const char *text, size_t n, const char *key) {
  char wanted[64];
  int length = snprintf(wanted, sizeof wanted, "\"%s\":", key);
  const char *found = memmem(text, n, wanted, (size_t)length);
  if (!found) return NULL;
  found += length;
  while (found < text + n && *found == ' ') found++;
  return found;
}

int64_t json_number(const char *text, size_t n, const char *key) {
  const char *found = json_find(text, n, key);
  if (!found) return -1;
  int64_t number = 0;
  const char *digit = found;
  for (; digit < text + n && *digit >= '0' && *digit <= '9'; digit++)
    number = number * 10 + (*digit - '0');
  return digit == found ? -1 : number;
}
