/* The workload of broadcasts by one client: a number at a time, or a number per second. */
#define _GNU_SOURCE
#include "client.h"
#include "clock.h"
#include "fail.h"
#include "histogram.h"
#include "span.h"
#include "workload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of broadcasts that are remembered. */
#define RING (1u << 16)
#define MARK "@#@"
#define MARK_LENGTH 3
#define DIGITS 8
#define LOOK 20000000  /* nanoseconds */
#define STALL (2 * SECOND)
#define DRAIN (5 * SECOND)

typedef struct {
  uint64_t sent;
  uint32_t missing;
} broadcast;

static broadcast ring[RING];
static histogram latencies;
static uint64_t next, under_way, delivered, completed, progress, next_at, doubled, disordered, lost;
static const phase *plan;

static client *sender(void) { return &clients[client_count - 1]; }
static uint32_t expected(void) { return (uint32_t)(client_count - 1) * (uint32_t)opt.copies; }

static void cast(void) {
  static char text[65536];
  char mark[MARK_LENGTH + DIGITS + 1];
  if (!text[0]) memset(text, 'x', (size_t)opt.size);
  snprintf(mark, sizeof mark, MARK "%08" PRIu64, next);
  memcpy(text, mark, MARK_LENGTH + DIGITS);
  ring[next % RING] = (broadcast){clock_read(), expected()};
  next++;
  under_way++;
  sender()->protocol->cast(sender(), text);
}

static void refill(void) {
  if (plan->rate > 0 || span_state == SPAN_AFTER) return;
  while (under_way < (uint64_t)plan->window) cast();
}

static void arrived(uint64_t number) {
  broadcast *b = &ring[number % RING];
  if (next - number > RING || !b->missing) {
    doubled++;
    return;
  }
  if (b->sent >= span_begin && span_state != SPAN_BEFORE) histogram_add(&latencies, loop_now - b->sent);
  progress = loop_now;
  if (--b->missing) return;
  under_way--;
  if (span_state == SPAN_INSIDE) completed++;
  refill();
}

/* Return whether the client had to get this next: all copies of a broadcast, then the next one. */
static int in_turn(client *c, int64_t number) {
  int more = c->copies < opt.copies && c->seen >= 0;
  int right = more ? number == c->seen : number == c->seen + 1;
  c->copies = more ? c->copies + 1 : 1;
  return right;
}

static void one(client *c, const char *mark) {
  int64_t number = 0, from;
  for (int i = 0; i < DIGITS; i++) number = number * 10 + (mark[MARK_LENGTH + i] - '0');
  if (number < 0 || (uint64_t)number >= next) fail("a broadcast %" PRId64 " that was never sent", number);
  from = number;
  if (c->protocol->complete) disordered += !in_turn(c, number);
  else from = c->seen < number ? c->seen + 1 : number + 1;
  if (number > c->seen) c->seen = number;
  if (span_state == SPAN_INSIDE) delivered++;
  for (; from <= number; from++) arrived((uint64_t)from);
}

static void came(client *c, const char *text, size_t n) {
  static size_t guess;
  if (c == sender()) return;
  const char *mark = guess + MARK_LENGTH + DIGITS <= n && !memcmp(text + guess, MARK, MARK_LENGTH)
                         ? text + guess
                         : memmem(text, n, MARK, MARK_LENGTH);
  if (!mark) return;
  guess = (size_t)(mark - text);
  one(c, mark);
}

static void begin(const phase *p) {
  plan = p;
  latencies = (histogram){0};
  delivered = completed = under_way = doubled = disordered = lost = 0;
  client_on_delivery = came;
  span_plan(p->warmup, p->secs);
  progress = next_at = loop_now;
  refill();
}

/* Missing deliveries are counted. */
static void give_up(void) {
  for (uint64_t i = next > RING ? next - RING : 0; i < next; i++) {
    lost += ring[i % RING].missing;
    ring[i % RING].missing = 0;
  }
  under_way = 0;
}

static uint64_t tick(void) {
  span_update();
  if (span_state == SPAN_AFTER) return LOOK;
  if (under_way && plan->rate <= 0 && loop_now - progress > STALL) {
    give_up();
    progress = loop_now;
    refill();
  }
  if (plan->rate <= 0) return LOOK;
  if (loop_now >= next_at) {
    cast();
    next_at += (uint64_t)((double)SECOND / plan->rate);
  }
  return next_at > loop_now ? next_at - loop_now : 0;
}

static int done(void) {
  if (span_state != SPAN_AFTER) return 0;
  if (under_way && loop_now > span_end + DRAIN) give_up();
  return !under_way;
}

static void report(void) {
  printf("{\"kind\":\"fanout\",\"clients\":%d,\"size\":%d,\"window\":%d,\"wanted\":%g,\"rate\":%.0f,\"casts_s\":%.2f,"
         "\"p50_us\":%.1f,\"p99_us\":%.1f,\"lost\":%" PRIu64 ",\"doubled\":%" PRIu64 ",\"disordered\":%" PRIu64 ",",
         client_count - 1, opt.size, plan->rate > 0 ? 0 : plan->window, plan->rate,
         (double)delivered / span_seconds(), (double)completed / span_seconds(), histogram_part(&latencies, .5),
         histogram_part(&latencies, .99), lost, doubled, disordered);
  span_report(stdout);
  printf("}\n");
}

const workload workload_fanout = {"fanout", 1, begin, tick, done, report};
