/* The workload of calls: each client calls again as soon as it is answered. */
#include "client.h"
#include "fail.h"
#include "histogram.h"
#include "span.h"
#include "workload.h"

#include <inttypes.h>
#include <stdio.h>

#define LOOK 10000000 /* nanoseconds */

static histogram latencies;
static uint64_t answers, under_way;

static void call(client *c) {
  c->called = loop_now;
  under_way++;
  c->protocol->call(c, ++c->calling);
}

static void answered(client *c, uint64_t id) {
  if (id != c->calling) fail("client %d waits for answer %" PRIu64 " and received %" PRIu64, c->index, c->calling, id);
  under_way--;
  if (span_state == SPAN_INSIDE) {
    answers++;
    histogram_add(&latencies, loop_now - c->called);
  }
  if (span_state != SPAN_AFTER) call(c);
}

static void begin(const phase *p) {
  latencies = (histogram){0};
  answers = 0;
  client_on_answer = answered;
  span_plan(p->warmup, p->secs);
  for (int i = 0; i < client_count; i++) call(&clients[i]);
}

static uint64_t tick(void) {
  span_update();
  return LOOK;
}

static int done(void) { return span_state == SPAN_AFTER && (!under_way || loop_now > span_end + 5000000000ull); }

static void report(void) {
  printf("{\"kind\":\"calls\",\"clients\":%d,\"rate\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"lost\":%" PRIu64 ",",
         client_count, (double)answers / span_seconds(), histogram_part(&latencies, .5),
         histogram_part(&latencies, .99), under_way);
  span_report(stdout);
  printf("}\n");
}

const workload workload_calls = {"calls", 0, begin, tick, done, report};
