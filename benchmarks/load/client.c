#include "client.h"

#include "clock.h"
#include "fail.h"
#include "options.h"
#include "protocols.h"

#define STUCK (30 * SECOND)

client *clients;
int client_count, client_ready_count;
void (*client_on_answer)(client *, uint64_t id);
void (*client_on_delivery)(client *, const char *text, size_t n);

void client_ready(client *c) {
  if (c->ready) fail("client %d is ready twice", c->index);
  c->ready = 1;
  client_ready_count++;
}

void client_lost(client *c) {
  c->ready = c->upgraded = 0;
  client_ready_count--;
}

void client_answered(client *c, uint64_t id) {
  if (client_on_answer) client_on_answer(c, id);
}

void client_delivered(client *c, const char *text, size_t n) {
  if (client_on_delivery) client_on_delivery(c, text, n);
}

static void open_next(void) {
  client *c = &clients[client_count];
  c->index = client_count++;
  c->seen = -1;
  c->protocol = protocol_of(c->index);
  c->protocol->open(c);
}

void client_open_up_to(int number) {
  uint64_t last = clock_read();
  int before = client_ready_count;
  while (client_ready_count < number) {
    while (client_count < number && client_count - client_ready_count < opt.together) open_next();
    loop_turn(100);
    protocol_tick();
    if (client_ready_count != before) {
      before = client_ready_count;
      last = loop_now;
    }
    if (loop_now - last > STUCK) fail("only %d of %d clients are ready", client_ready_count, number);
  }
}
