#define _GNU_SOURCE
#include "corespeed.h"

#include "clock.h"
#include "fail.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#define EVERY 10000 /* microseconds */
#define PROGRAM 1024
#define ROUNDS 40

static int watched;
static atomic_int counting;
static _Atomic uint64_t sum, count;
static volatile uint32_t sink;

/* A toy interpreter, with the loads, branches and sums of a real one. */
static uint32_t work(void) {
  static uint32_t program[PROGRAM];
  uint32_t a = 1, b = 2, c = 3, d = 4;
  if (!program[1])
    for (uint32_t i = 0; i < PROGRAM; i++) program[i] = i * 2654435761u >> 7 | 1;
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < PROGRAM; i++) {
      uint32_t x = program[i];
      switch (x >> 1 & 3) {
      case 0: a += x * 3 + b; break;
      case 1: b ^= x + (c >> 3); break;
      case 2: c += program[(x >> 5) & (PROGRAM - 1)]; break;
      default: d = d * 5 + x;
      }
    }
  return a + b + c + d;
}

static uint64_t own_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static void *watch(void *nothing) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(watched, &cores);
  pthread_setaffinity_np(pthread_self(), sizeof cores, &cores);
  for (;;) {
    usleep(EVERY);
    if (!counting) continue;
    sink = work(); /* Warm the caches, which the server has filled. */
    uint64_t before = own_time();
    sink = work();
    sum += own_time() - before;
    count++;
  }
  return nothing;
}

void corespeed_watch(int core) {
  pthread_t thread;
  watched = core;
  if (pthread_create(&thread, NULL, watch, NULL)) fail("no thread can be made");
}

void corespeed_begin(void) {
  sum = count = 0;
  counting = 1;
}

void corespeed_end(void) { counting = 0; }

double corespeed_mean(void) { return count ? (double)sum / (double)count : 0; }
