#define _GNU_SOURCE
#include "system_shims.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
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

#ifdef __linux__
// Whether an absolute path leads to a file through folders alone.
static int leads_to(const char *path, const struct stat *file) {
  char names[PATH_MAX];
  if (strlen(path) >= sizeof names) return 0;
  strcpy(names, path);
  int place = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  char *rest = NULL;
  for (char *name = strtok_r(names, "/", &rest); name != NULL && place >= 0; name = strtok_r(NULL, "/", &rest)) {
    int next = openat(place, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    close(place);
    place = next;
  }
  if (place < 0) return 0;
  struct stat found;
  int same = fstat(place, &found) == 0 && found.st_dev == file->st_dev && found.st_ino == file->st_ino;
  close(place);
  return same;
}
#endif

int shim_path_of_descriptor(int descriptor, const char *name, char *path, size_t capacity) {
#ifdef __linux__
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  if (shim_read_link(link, path, capacity) == 0) return 0;
  struct stat file;
  char resolved[PATH_MAX];
  if (fstat(descriptor, &file) != 0 || realpath(name, resolved) == NULL) return -errno;
  if (strlen(resolved) >= capacity) return -ENAMETOOLONG;
  strcpy(path, resolved);
  return leads_to(path, &file) ? 0 : -ESTALE;
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

static int64_t nanoseconds(struct timespec time) {
  return (int64_t)((uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec);
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
  facts->links = (uint64_t)status->st_nlink;
#ifdef __APPLE__
  facts->modified = nanoseconds(status->st_mtimespec);
  facts->changed = nanoseconds(status->st_ctimespec);
#else
  facts->modified = nanoseconds(status->st_mtim);
  facts->changed = nanoseconds(status->st_ctim);
#endif
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

int64_t shim_stamp_clock(void) {
  struct timespec now = {0};
#ifdef CLOCK_REALTIME_COARSE
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
#else
  clock_gettime(CLOCK_REALTIME, &now);
#endif
  return nanoseconds(now);
}

int shim_read_link(const char *path, char *target, size_t capacity) {
  ssize_t length = readlink(path, target, capacity);
  if (length < 0) return -errno;
  if ((size_t)length >= capacity) return -ENAMETOOLONG;
  target[length] = '\0';
  return 0;
}

void shim_hold_standard_descriptors(void) {
  // The lowest free descriptor is the one that is opened. A folder can be neither read nor written.
  int descriptor;
  do descriptor = open("/", O_RDONLY | O_DIRECTORY);
  while (descriptor >= 0 && descriptor <= 2);
  if (descriptor > 2) close(descriptor);
}

static int argument_count;
static char *const *arguments;

// glibc and dyld give a constructor what they give `main`. Swift's runtime reads /proc, which need not be mounted.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
  argument_count = count;
  arguments = values;
}

int shim_argument_count(void) { return argument_count; }

const char *shim_argument(int index) { return index >= 0 && index < argument_count ? arguments[index] : NULL; }

static void *wait_for_lock(void *lock) {
  pthread_mutex_lock(lock);
  pthread_mutex_unlock(lock);
  return NULL;
}

int shim_can_start_threads(int count) {
  enum { most = 16 };
  pthread_t threads[most];
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  int started = 0;
  if (count > most) count = most;
  // All of them are there at the same time.
  pthread_mutex_lock(&lock);
  while (started < count && pthread_create(&threads[started], NULL, wait_for_lock, &lock) == 0) started++;
  pthread_mutex_unlock(&lock);
  for (int index = 0; index < started; index++) pthread_join(threads[index], NULL);
  return started == count;
}
