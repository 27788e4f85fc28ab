/* The options of the command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>

#define MOST_PHASES 8

/* One measurement: calls or fan-out, for some seconds. */
typedef struct {
  const char *kind;
  int window;           /* broadcasts in flight */
  double rate;          /* broadcasts per second instead, or 0 */
  double secs, warmup;  /* seconds measured, and seconds before that */
} phase;

typedef struct {
  const char *protocol, *method, *at;
  int clients, together, size, copies, server, meter_core, nphases;
  phase phases[MOST_PHASES];
} options;

extern options opt;

/* Parse the command line. End with a message if it is wrong. */
void options_read(int argc, char **argv);

#endif
