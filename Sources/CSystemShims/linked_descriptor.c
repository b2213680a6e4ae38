#define _GNU_SOURCE
#include "output_shims.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>

enum { link_limit = 40 };

// Where the last component of a path begins.
static char *last_component(char *path) {
  char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

static int is_in_proc(char *path) {
  char *name = last_component(path), first = *name;
  struct statfs status;
  *name = '\0';
  int found = statfs(*path == '\0' ? "." : path, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
  *name = first;
  return found;
}

int shim_linked_descriptor(const char *path) {
  char here[PATH_MAX], target[PATH_MAX];
  if (strlen(path) >= sizeof here) return -1;
  strcpy(here, path);
  for (int links = 0; links < link_limit; links++) {
    struct stat status;
    if (lstat(here, &status) != 0 || !S_ISLNK(status.st_mode)) return -1;
    char *name = last_component(here);
    if (is_in_proc(here)) return isdigit((unsigned char)*name) ? atoi(name) : -1;
    ssize_t length = readlink(here, target, sizeof target - 1);
    if (length < 0) return -1;
    target[length] = '\0';
    if (*target == '/') name = here;
    if ((size_t)(name - here) + (size_t)length >= sizeof here) return -1;
    strcpy(name, target);
  }
  return -1;
}
#else
int shim_linked_descriptor(const char *path) { return -1; }
#endif
