/* What the command line says. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>

#define MOST_PHASES 8

/* One measurement: calls or fan-out, for some seconds. */
typedef struct {
  const char *kind;
  int window;           /* broadcasts under way */
  double rate;          /* broadcasts a second instead, or 0 */
  double secs, warmup;  /* measured, and before that */
} phase;

typedef struct {
  const char *protocol, *method, *at;
  int clients, together, size, copies, server, meter_core, nphases;
  phase phases[MOST_PHASES];
} options;

extern options opt;

/* Fails with a sentence when something is wrong. */
void options_read(int argc, char **argv);

#endif
