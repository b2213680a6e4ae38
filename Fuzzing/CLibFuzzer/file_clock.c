// Whoever opens a file that has just changed waits until the clock of file times has gone on, some milliseconds. Each
// input is such a file, so for a program that fuzzes that clock is a minute ahead.
#ifdef __linux__
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  int status = (int)syscall(SYS_clock_gettime, clock, now);
  if (status == 0 && clock == CLOCK_REALTIME_COARSE) now->tv_sec += 60;
  return status;
}
#endif
