#define _GNU_SOURCE
#include "temporary_names.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct shim_temporary_name {
  int folder;
  struct shim_temporary_name *next;
  char name[];
};

static const int ending_signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGXCPU};
enum { ending_signal_count = sizeof ending_signals / sizeof *ending_signals };

static struct shim_temporary_name *first;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static _Thread_local int depth;
static _Thread_local sigset_t mask_before;

// A handler may wait for this lock: who holds it has the signals blocked, so a handler never waits for its own thread.
static void acquire_lock(void) {
  struct timespec pause = {0, 100000};
  while (atomic_flag_test_and_set(&lock)) nanosleep(&pause, NULL);
}

void shim_hold_signals(void) {
  if (depth++ > 0) return;
  sigset_t held;
  sigemptyset(&held);
  for (int i = 0; i < ending_signal_count; i++) sigaddset(&held, ending_signals[i]);
  pthread_sigmask(SIG_BLOCK, &held, &mask_before);
  acquire_lock();
}

void shim_release_signals(void) {
  if (--depth > 0) return;
  atomic_flag_clear(&lock);
  pthread_sigmask(SIG_SETMASK, &mask_before, NULL);
}

struct shim_temporary_name *shim_note_temporary_name(int folder, const char *name) {
  size_t size = strlen(name) + 1;
  struct shim_temporary_name *noted = malloc(sizeof *noted + size);
  if (noted == NULL) return NULL;
  noted->folder = folder;
  noted->next = first;
  memcpy(noted->name, name, size);
  first = noted;
  return noted;
}

void shim_forget_temporary_name(struct shim_temporary_name *name) {
  for (struct shim_temporary_name **place = &first; *place != NULL; place = &(*place)->next) {
    if (*place != name) continue;
    *place = name->next;
    free(name);
    return;
  }
}

// The lock is not given back, so that nobody makes another name before the program has ended.
static void remove_names_and_end(int number) {
  acquire_lock();
  for (struct shim_temporary_name *name = first; name != NULL; name = name->next) unlinkat(name->folder, name->name, 0);
  signal(number, SIG_DFL);
  sigset_t own;
  sigemptyset(&own);
  sigaddset(&own, number);
  pthread_sigmask(SIG_UNBLOCK, &own, NULL);
  raise(number);
  // The first process of a container survives the default action.
  _exit(128 + number);
}

void shim_remove_temporary_names_on_signals(void) {
  for (int i = 0; i < ending_signal_count; i++) {
    struct sigaction action;
    if (sigaction(ending_signals[i], NULL, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    memset(&action, 0, sizeof action);
    action.sa_handler = remove_names_and_end;
    sigfillset(&action.sa_mask);
    sigaction(ending_signals[i], &action, NULL);
  }
}
