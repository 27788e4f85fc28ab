#include "hold.h"

#include "client.h"
#include "loop.h"
#include "protocols.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LOOK 200 /* milliseconds */

static int lines, ended;

static void came(watch *w, uint32_t events) {
  char text[256];
  ssize_t got = read(w->fd, text, sizeof text);
  (void)events;
  if (got <= 0) ended = 1;
  for (ssize_t i = 0; i < got; i++) lines += text[i] == '\n';
}

void hold(const char *numbers) {
  static watch input = {.fd = STDIN_FILENO, .ready = came};
  loop_add(&input, EPOLLIN);
  char *next = (char *)numbers;
  for (int wanted = 1; *next && !ended; wanted++) {
    client_open_up_to((int)strtol(next, &next, 10));
    if (*next == ',') next++;
    printf("{\"kind\":\"hold\",\"clients\":%d}\n", client_ready_count);
    fflush(stdout);
    while (lines < wanted && !ended) {
      loop_turn(LOOK);
      protocol_tick();
    }
  }
}
