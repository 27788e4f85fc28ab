/* The work of the clients while they are measured. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "options.h"

#include <stdint.h>

typedef struct {
  const char *kind;
  /* Whether an additional client sends. */
  int sends;
  void (*begin)(const phase *p);
  /* Do what is due. Return the nanoseconds until the next time. */
  uint64_t (*tick)(void);
  int (*done)(void);
  void (*report)(void);
} workload;

extern const workload workload_calls, workload_fanout;

const workload *workload_of(const phase *p);
void workload_run(const phase *p);

#endif
