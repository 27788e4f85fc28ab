/* The speed of the server's core, which changes from second to second on a shared machine.

   A thread on that core times a fixed loop of about 0.1 ms every 10 ms, in its own CPU time. */
#ifndef CORESPEED_H
#define CORESPEED_H

/* Start to measure a core. */
void corespeed_watch(int core);
void corespeed_begin(void);
void corespeed_end(void);
/* Return the nanoseconds per loop between two times, or 0 if the core is not measured. */
double corespeed_mean(void);

#endif
