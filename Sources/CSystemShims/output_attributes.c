#define _GNU_SOURCE
#include "output_shims.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/xattr.h>

// The largest attribute, and the largest list of names, that the kernel knows.
enum { attribute_limit = 1 << 16 };

static const char access_list[] = "system.posix_acl_access";

static void copy_attribute(const char *path, int descriptor, const char *name, char *value) {
  ssize_t size = getxattr(path, name, value, attribute_limit);
  if (size >= 0) fsetxattr(descriptor, name, value, (size_t)size, 0);
}

static void copy_user_attributes(const char *path, int descriptor, char *value) {
  char *names = malloc(attribute_limit);
  ssize_t size = names == NULL ? -1 : listxattr(path, names, attribute_limit);
  for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
    if (strncmp(names + at, "user.", 5) == 0) copy_attribute(path, descriptor, names + at, value);
  }
  free(names);
}

static void copy_attributes(const char *path, int descriptor, int with_access_list, int with_user) {
  char *value = malloc(attribute_limit);
  if (value == NULL) return;
  if (with_access_list) copy_attribute(path, descriptor, access_list, value);
  if (with_user) copy_user_attributes(path, descriptor, value);
  free(value);
}
#endif

void shim_take_attributes(int descriptor, const char *path, int with_user) {
  struct stat old, new;
  if (stat(path, &old) != 0) return;
  if (fchown(descriptor, old.st_uid, old.st_gid) != 0 && fchown(descriptor, (uid_t)-1, old.st_gid) != 0) {
    // Neither is the caller's to give.
  }
  mode_t mode = old.st_mode & 0777;
  int has_group = fstat(descriptor, &new) == 0 && new.st_gid == old.st_gid;
  // What the old group may do is not for a group that never might: it gets what everybody has.
  if (!has_group) mode = (mode & 0707) | (mode & 07) << 3;
#ifdef __linux__
  // One that the folder hands down.
  fremovexattr(descriptor, access_list);
#endif
  fchmod(descriptor, mode);
#ifdef __linux__
  copy_attributes(path, descriptor, has_group, with_user);
#endif
}
