/* A queue of clients that are due after the same delay, first in, first out. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  struct entry {
    int client;
    uint64_t due;
  } *entries;
  size_t first, count, room;
} schedule;

void schedule_add(schedule *s, int client, uint64_t due);
/* Take the next client that is due. Return 0 if none is. */
int schedule_take(schedule *s, uint64_t now, int *client, uint64_t *due);

#endif
