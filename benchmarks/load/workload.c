#include "workload.h"

#include "client.h"
#include "fail.h"
#include "protocols.h"

#include <stdio.h>
#include <string.h>

static const workload *const all[] = {&workload_calls, &workload_fanout};

const workload *workload_of(const phase *p) {
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (!strcmp(all[i]->kind, p->kind)) return all[i];
  fail("unknown workload %s", p->kind);
}

void workload_run(const phase *p) {
  const workload *w = workload_of(p);
  w->begin(p);
  uint64_t next = 0;
  while (!w->done()) {
    if (loop_now >= next) next = loop_now + w->tick();
    protocol_tick();
    int64_t wait = next > loop_now ? (int64_t)(next - loop_now) : 0;
    loop_turn((int)((wait + 999999) / 1000000));
  }
  client_on_answer = NULL;
  client_on_delivery = NULL;
  w->report();
  fflush(stdout);
}
