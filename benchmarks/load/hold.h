/* Clients that are there and do nothing. */
#ifndef HOLD_H
#define HOLD_H

/* Open as many clients as each of these numbers says, "1,100,1000", print a line when they are there,
   and go on when a line comes from the standard input. */
void hold(const char *numbers);

#endif
