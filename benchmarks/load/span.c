#define _GNU_SOURCE
#include "span.h"

#include "clock.h"
#include "corespeed.h"
#include "line.h"
#include "loop.h"
#include "options.h"
#include "websocket.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum span_state span_state;
uint64_t span_begin, span_end;

typedef struct {
  double generator, server, core; /* seconds of CPU time: of these processes, and of the server's whole core */
  uint64_t idle, bytes;
} usage;

static usage used;

static double generator_cpu(void) {
  struct rusage u;
  getrusage(RUSAGE_THREAD, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double server_cpu(void) {
  char path[64], text[1024];
  unsigned long long user, system;
  snprintf(path, sizeof path, "/proc/%d/stat", opt.server);
  FILE *file = opt.server ? fopen(path, "r") : NULL;
  if (!file) return 0;
  size_t n = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[n] = 0;
  const char *rest = strrchr(text, ')');
  const char *wanted = "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu";
  if (!rest || sscanf(rest + 2, wanted, &user, &system) != 2) return 0;
  return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double core_cpu(void) {
  char line[512], wanted[16];
  unsigned long long user, nice, system, idle, wait, hard, soft, stolen, ticks = 0;
  int length = snprintf(wanted, sizeof wanted, "cpu%d ", opt.meter_core);
  FILE *file = opt.meter_core >= 0 ? fopen("/proc/stat", "r") : NULL;
  if (!file) return 0;
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, wanted, (size_t)length) &&
        sscanf(line + length, "%llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &hard,
               &soft, &stolen) == 8)
      ticks = user + nice + system + hard + soft + stolen;
  fclose(file);
  return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static usage read_usage(void) {
  return (usage){generator_cpu(), server_cpu(), core_cpu(), loop_idle, line_received};
}

void span_plan(double warmup, double secs) {
  loop_now = clock_read();
  span_state = SPAN_BEFORE;
  span_begin = loop_now + (uint64_t)(warmup * (double)SECOND);
  span_end = span_begin + (uint64_t)(secs * (double)SECOND);
}

void span_update(void) {
  if (span_state == SPAN_BEFORE && loop_now >= span_begin) {
    span_state = SPAN_INSIDE;
    /* The machine may have been suspended in the meantime. */
    span_end += loop_now - span_begin;
    span_begin = loop_now;
    used = read_usage();
    corespeed_begin();
  }
  if (span_state == SPAN_INSIDE && loop_now >= span_end) {
    span_state = SPAN_AFTER;
    span_end = loop_now;
    usage before = used, after = read_usage();
    used = (usage){after.generator - before.generator, after.server - before.server, after.core - before.core,
                   after.idle - before.idle, after.bytes - before.bytes};
    corespeed_end();
  }
}

double span_seconds(void) { return (double)(span_end - span_begin) / (double)SECOND; }

void span_report(FILE *to) {
  double secs = span_seconds();
  fprintf(to, "\"secs\":%.3f,\"gen_cpu\":%.3f,\"gen_busy\":%.3f,\"srv_cpu\":%.3f,\"core_cpu\":%.3f,\"bytes_s\":%.0f,\"loop_ns\":%.0f",
          secs, used.generator / secs, 1 - (double)used.idle / (double)SECOND / secs, used.server / secs,
          used.core / secs, (double)used.bytes / secs, corespeed_mean());
}
