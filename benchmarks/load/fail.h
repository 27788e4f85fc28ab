/* Ending with a sentence that says why. */
#ifndef FAIL_H
#define FAIL_H

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
