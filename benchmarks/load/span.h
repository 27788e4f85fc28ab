/* The measured time span, and the work of the generator and the server in it. */
#ifndef SPAN_H
#define SPAN_H

#include <stdint.h>
#include <stdio.h>

enum span_state { SPAN_BEFORE, SPAN_INSIDE, SPAN_AFTER };

extern enum span_state span_state;
extern uint64_t span_begin, span_end;

/* Begin a span in some seconds, of a length in seconds. */
void span_plan(double warmup, double secs);
/* Update the span by the clock. */
void span_update(void);
double span_seconds(void);
/* Write the figures as members of a JSON object. */
void span_report(FILE *to);

#endif
