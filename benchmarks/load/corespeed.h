/* How fast the server's core is: on a shared machine it changes from one second to the next.

   A thread on that core times a fixed loop of about 0.1 ms every 10 ms, in its own CPU time. */
#ifndef CORESPEED_H
#define CORESPEED_H

/* Watch a core. */
void corespeed_watch(int core);
void corespeed_begin(void);
void corespeed_end(void);
/* Nanoseconds for the loop, from the beginning to the end; 0: nobody watches. */
double corespeed_mean(void);

#endif
