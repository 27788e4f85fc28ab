/* The loop over epoll_wait(2). */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>

typedef struct watch {
  int fd;
  void (*ready)(struct watch *, uint32_t events);
} watch;

/* The time at which this turn's events were read. Latencies end here. */
extern uint64_t loop_now;
/* Idle time in nanoseconds. */
extern uint64_t loop_idle;

void loop_begin(void);
void loop_add(watch *w, uint32_t events);
void loop_change(watch *w, uint32_t events);
/* Wait for events, up to a time, and handle them. */
void loop_turn(int milliseconds);

#endif
