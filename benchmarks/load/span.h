/* The time that is measured: its beginning and end, and what the generator and the server did in it. */
#ifndef SPAN_H
#define SPAN_H

#include <stdint.h>
#include <stdio.h>

enum span_state { SPAN_BEFORE, SPAN_INSIDE, SPAN_AFTER };

extern enum span_state span_state;
extern uint64_t span_begin, span_end;

/* It begins in some seconds and lasts some. */
void span_plan(double warmup, double secs);
/* Look at the clock. */
void span_update(void);
double span_seconds(void);
/* As members of a JSON object. */
void span_report(FILE *to);

#endif
