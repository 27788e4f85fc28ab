/* Idle clients. */
#ifndef HOLD_H
#define HOLD_H

/* Open clients up to each of these numbers, "1,100,1000". Print a line once that many are
   connected, and go on at a line on the standard input. */
void hold(const char *numbers);

#endif
