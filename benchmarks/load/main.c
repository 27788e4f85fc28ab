/* The load generator: many clients in one thread. See benchmarks/README.md.

   load --port 8080 --protocol websocket --clients 1000 --phase fanout:window=8,secs=2
   load --port 8080 --protocol websocket --at 50,2000

   Prints a line of JSON once the clients are connected, and one for each phase. */
#include "client.h"
#include "clock.h"
#include "corespeed.h"
#include "fail.h"
#include "hold.h"
#include "loop.h"
#include "options.h"
#include "resume.h"
#include "workload.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static void allow_many_files(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static int room(void) {
  int most = opt.clients;
  for (const char *at = opt.at; at && *at;) {
    int number = (int)strtol(at, (char **)&at, 10);
    if (*at && *at++ != ',') fail("--at: '%s' is not a list of numbers; use for example --at 50,2000", opt.at);
    if (number > most) most = number;
  }
  return most + 1;
}

static void run_phases(void) {
  int all = opt.clients;
  for (int i = 0; i < opt.nphases; i++)
    if (workload_of(&opt.phases[i])->sends) all = opt.clients + 1;
  uint64_t before = clock_read();
  client_open_up_to(all);
  printf("{\"kind\":\"ready\",\"clients\":%d,\"secs\":%.3f}\n", all, (double)(clock_read() - before) / (double)SECOND);
  fflush(stdout);
  for (int i = 0; i < opt.nphases; i++) workload_run(&opt.phases[i]);
  resume_some();
}

int main(int argc, char **argv) {
  options_read(argc, argv);
  signal(SIGPIPE, SIG_IGN);
  allow_many_files();
  clients = calloc((size_t)room(), sizeof *clients);
  if (!clients) fail("no memory");
  loop_begin();
  if (opt.meter_core >= 0) corespeed_watch(opt.meter_core);
  if (opt.at) hold(opt.at);
  else run_phases();
  return 0;
}
