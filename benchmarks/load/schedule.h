/* Clients that are to do something, all after the same delay: the first one in is the first out. */
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
/* Take the next one that is due; 0: there is none. */
int schedule_take(schedule *s, uint64_t now, int *client, uint64_t *due);

#endif
