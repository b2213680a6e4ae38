#define _GNU_SOURCE
#include "output_shims.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

static int opened(int descriptor) { return descriptor < 0 ? -errno : descriptor; }

static int done(int status) { return status == 0 ? 0 : -errno; }

int shim_open_folder(const char *path) { return opened(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)); }

int shim_open_readable_folder(int folder) {
  return opened(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

#ifdef O_TMPFILE
static void link_of_descriptor(int descriptor, char link[64]) { snprintf(link, 64, "/proc/self/fd/%d", descriptor); }

int shim_open_unnamed(int folder, unsigned int mode) {
  int descriptor = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, (mode_t)mode);
  if (descriptor < 0) return -errno;
  char link[64];
  struct stat status;
  link_of_descriptor(descriptor, link);
  if (stat(link, &status) == 0) return descriptor;
  close(descriptor);
  return -EOPNOTSUPP;
}

int shim_link_unnamed(int descriptor, int folder, const char *name) {
  char link[64];
  link_of_descriptor(descriptor, link);
  return done(linkat(AT_FDCWD, link, folder, name, AT_SYMLINK_FOLLOW));
}
#else
int shim_open_unnamed(int folder, unsigned int mode) { return -EOPNOTSUPP; }

int shim_link_unnamed(int descriptor, int folder, const char *name) { return -EOPNOTSUPP; }
#endif

int shim_create_new(int folder, const char *name, unsigned int mode) {
  return opened(openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode));
}

int shim_rename(int folder, const char *name, const char *target) {
  return done(renameat(folder, name, folder, target));
}

int shim_remove(int folder, const char *name) { return done(unlinkat(folder, name, 0)); }

int shim_lock(int descriptor) { return done(flock(descriptor, LOCK_EX | LOCK_NB)); }

int shim_flush(int descriptor) {
  int copy = dup(descriptor);
  return copy < 0 ? -errno : done(close(copy));
}

int shim_sync(int descriptor) {
  while (fsync(descriptor) != 0) {
    if (errno == EINTR) continue;
    return errno == EINVAL || errno == EROFS || errno == ENOTSUP ? 0 : -errno;
  }
  return 0;
}
