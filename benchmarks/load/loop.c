#include "loop.h"

#include "clock.h"
#include "fail.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#define A_TURN 512

uint64_t loop_now, loop_idle;
static int epoll;

void loop_begin(void) {
  epoll = epoll_create1(0);
  if (epoll < 0) fail("epoll_create1: %s", strerror(errno));
  loop_now = clock_read();
}

static void control(int what, watch *w, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = w};
  if (epoll_ctl(epoll, what, w->fd, &event)) fail("epoll_ctl: %s", strerror(errno));
}

void loop_add(watch *w, uint32_t events) { control(EPOLL_CTL_ADD, w, events); }
void loop_change(watch *w, uint32_t events) { control(EPOLL_CTL_MOD, w, events); }

void loop_turn(int milliseconds) {
  struct epoll_event events[A_TURN];
  uint64_t begin = clock_read(), end = begin + (uint64_t)milliseconds * 1000000, before;
  int count;
  loop_now = begin;
  do {
    before = loop_now;
    /* The loop never sleeps. A sleeping receiver is woken by an interrupt that the sender pays for,
       which does not happen with clients on other machines. */
    count = epoll_wait(epoll, events, A_TURN, 0);
    loop_now = clock_read();
  } while (count == 0 && loop_now < end);
  loop_idle += (count == 0 ? loop_now : before) - begin;
  for (int i = 0; i < count; i++) {
    watch *w = events[i].data.ptr;
    w->ready(w, events[i].events);
  }
}
