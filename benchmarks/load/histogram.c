#include "histogram.h"

double histogram_part(const histogram *h, double part) {
  uint64_t wanted = (uint64_t)(part * (double)h->count), seen = 0;
  for (unsigned i = 0; i < (64u << HISTOGRAM_BITS); i++) {
    seen += h->steps[i];
    if (seen > wanted) {
      unsigned shift = i >> HISTOGRAM_BITS ? (i >> HISTOGRAM_BITS) - 1 : 0;
      uint64_t step = (uint64_t)i - ((uint64_t)shift << HISTOGRAM_BITS);
      return (double)(step << shift) / 1e3;
    }
  }
  return (double)h->largest / 1e3;
}
