#include "schedule.h"

#include "fail.h"

#include <stdlib.h>

#define BEGINNING 1024

static void grow(schedule *s) {
  size_t room = s->room ? s->room * 2 : BEGINNING;
  struct entry *entries = malloc(room * sizeof *entries);
  if (!entries) fail("no memory");
  for (size_t i = 0; i < s->count; i++) entries[i] = s->entries[(s->first + i) % s->room];
  free(s->entries);
  s->entries = entries;
  s->first = 0;
  s->room = room;
}

void schedule_add(schedule *s, int client, uint64_t due) {
  if (s->count == s->room) grow(s);
  s->entries[(s->first + s->count++) % s->room] = (struct entry){client, due};
}

int schedule_take(schedule *s, uint64_t now, int *client, uint64_t *due) {
  if (!s->count || s->entries[s->first].due > now) return 0;
  *client = s->entries[s->first].client;
  *due = s->entries[s->first].due;
  s->first = (s->first + 1) % s->room;
  s->count--;
  return 1;
}
