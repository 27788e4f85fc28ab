/* A histogram of latencies with 64 steps per power of two: an error below 1.6 %. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS 6

typedef struct {
  uint64_t steps[64 << HISTOGRAM_BITS], count, largest;
} histogram;

static inline void histogram_add(histogram *h, uint64_t ns) {
  unsigned top = ns < (1u << HISTOGRAM_BITS) ? HISTOGRAM_BITS : 63u - (unsigned)__builtin_clzll(ns);
  unsigned shift = top - HISTOGRAM_BITS;
  h->steps[((uint64_t)shift << HISTOGRAM_BITS) + (ns >> shift)]++;
  h->count++;
  if (ns > h->largest) h->largest = ns;
}

/* Return a percentile in microseconds, or 0 if empty. part is 0.99 for the 99th percentile. */
double histogram_part(const histogram *h, double part);

#endif
