#define _GNU_SOURCE
#include "system_shims.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int shim_reserve_space(int descriptor, int64_t size) {
#ifdef __linux__
  while (size > 0 && fallocate(descriptor, 0, 0, size) != 0) {
    if (errno == EINTR) continue;
    // Not every file system reserves: then the writes themselves meet a full disk.
    if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL || errno == ESPIPE || errno == ENODEV) return 0;
    return -errno;
  }
#endif
  return 0;
}

int shim_path_of_descriptor(int descriptor, char *path, size_t capacity) {
#ifdef __linux__
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, capacity);
  if (length < 0) return -errno;
  if ((size_t)length >= capacity) return -ENAMETOOLONG;
  path[length] = '\0';
  return 0;
#else
  if (capacity < PATH_MAX) return -ENAMETOOLONG;
  return fcntl(descriptor, F_GETPATH, path) == 0 ? 0 : -errno;
#endif
}

int shim_open_for_reading(const char *path, int wait) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (wait ? 0 : O_NONBLOCK));
  return descriptor < 0 ? -errno : descriptor;
}

int shim_open_for_writing(const char *path) {
  int descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  return descriptor < 0 ? -errno : descriptor;
}

static void copy_facts(const struct stat *status, struct shim_file_facts *facts) {
  facts->kind = S_ISREG(status->st_mode)   ? shim_regular
                : S_ISDIR(status->st_mode) ? shim_folder
                : S_ISLNK(status->st_mode) ? shim_link
                                           : shim_other;
  facts->size = (int64_t)status->st_size;
  facts->mode = (unsigned int)(status->st_mode & 07777);
  facts->device = (uint64_t)status->st_dev;
  facts->inode = (uint64_t)status->st_ino;
}

int shim_facts_of_descriptor(int descriptor, struct shim_file_facts *facts) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return -errno;
  copy_facts(&status, facts);
  return 0;
}

int shim_facts_in_folder(int folder, const char *name, struct shim_file_facts *facts) {
  struct stat status;
  if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -errno;
  copy_facts(&status, facts);
  return 0;
}

int shim_facts_of_path(const char *path, struct shim_file_facts *facts) {
  struct stat status;
  if (stat(path, &status) != 0) return -errno;
  copy_facts(&status, facts);
  return 0;
}

int shim_contains(const void *bytes, size_t count, const void *part, size_t part_count) {
  return memmem(bytes, count, part, part_count) != NULL;
}

void shim_ignore_writing_signals(void) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}
