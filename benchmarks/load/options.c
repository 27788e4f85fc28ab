#include "options.h"

#include "fail.h"
#include "line.h"

#include <stdlib.h>
#include <string.h>

options opt = {.protocol = "raw", .method = "cast", .clients = 1, .together = 64, .size = 200,
               .copies = 1, .meter_core = -1};

/* KIND[:NAME=VALUE,…] */
static phase phase_of(char *text) {
  phase p = {.window = 1, .secs = 2, .warmup = 0.5};
  char *rest = NULL;
  p.kind = strtok_r(text, ":", &rest);
  for (char *part = strtok_r(NULL, ",", &rest); part; part = strtok_r(NULL, ",", &rest)) {
    char *value = strchr(part, '=');
    if (!value) fail("--phase: '%s' is not NAME=VALUE", part);
    *value++ = 0;
    if (!strcmp(part, "window")) p.window = atoi(value);
    else if (!strcmp(part, "rate")) p.rate = atof(value);
    else if (!strcmp(part, "secs")) p.secs = atof(value);
    else if (!strcmp(part, "warmup")) p.warmup = atof(value);
    else fail("--phase: unknown name '%s'", part);
  }
  return p;
}

static void take(const char *name, char *value) {
  if (!strcmp(name, "--port")) line_port = atoi(value);
  else if (!strcmp(name, "--protocol")) opt.protocol = value;
  else if (!strcmp(name, "--method")) opt.method = value;
  else if (!strcmp(name, "--clients")) opt.clients = atoi(value);
  else if (!strcmp(name, "--together")) opt.together = atoi(value);
  else if (!strcmp(name, "--size")) opt.size = atoi(value);
  else if (!strcmp(name, "--copies")) opt.copies = atoi(value);
  else if (!strcmp(name, "--server")) opt.server = atoi(value);
  else if (!strcmp(name, "--meter-core")) opt.meter_core = atoi(value);
  else if (!strcmp(name, "--at")) opt.at = value;
  else if (!strcmp(name, "--phase") && opt.nphases < MOST_PHASES)
    opt.phases[opt.nphases++] = phase_of(value);
  else fail("unknown option %s, or given too often", name);
}

void options_read(int argc, char **argv) {
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) fail("%s needs a value", argv[i]);
    take(argv[i], argv[i + 1]);
  }
  if (!line_port) fail("--port is missing");
  if (opt.size < 16 || opt.size > 32768) fail("--size: use a number from 16 to 32768");
  if (opt.clients < 1 || opt.copies < 1 || opt.together < 1) fail("--clients, --copies and --together: use 1 or more");
}
