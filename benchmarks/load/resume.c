#include "resume.h"

#include "client.h"
#include "clock.h"
#include "fail.h"
#include "livepage.h"
#include "protocols.h"

#include <inttypes.h>
#include <stdio.h>

#define SOME 50
/* Wait for messages in flight, including our own answers. */
#define REST (SECOND / 4)
#define PATIENCE (10 * SECOND)

static void turn_until(uint64_t end, int ready) {
  while (loop_now < end && client_ready_count < ready) {
    loop_turn(50);
    protocol_tick();
  }
}

void resume_some(void) {
  int some = client_count < SOME ? client_count : SOME;
  if (!clients[0].protocol->resume) return;
  turn_until(clock_read() + REST, client_count + 1);
  uint64_t before[SOME];
  for (int i = 0; i < some; i++) {
    before[i] = clients[i].live->received;
    clients[i].protocol->resume(&clients[i]);
  }
  turn_until(clock_read() + PATIENCE, client_count);
  if (client_ready_count < client_count) fail("%d pages could not reconnect", client_count - client_ready_count);
  turn_until(clock_read() + REST, client_count + 1);
  for (int i = 0; i < some; i++) {
    const livepage *p = clients[i].live;
    if (p->acknowledged != p->sent)
      fail("client %d has sent %" PRIu64 " messages, and the server has %" PRIu64, i, p->sent, p->acknowledged);
    if (p->received != before[i])
      fail("client %d had %" PRIu64 " messages, and the server sends it %" PRIu64 " again", i, before[i],
           p->received - before[i]);
  }
  printf("{\"kind\":\"resumed\",\"clients\":%d}\n", some);
}
