// The few system calls that Swift cannot reach, or that differ between systems.
// Each returns 0 or a descriptor on success and a negated errno on failure.
#ifndef BNFUSE_SYSTEM_SHIMS_H
#define BNFUSE_SYSTEM_SHIMS_H

#include <stddef.h>
#include <stdint.h>

/// Reserves `size` bytes for the file; 0 also where the file system cannot reserve.
int shim_reserve_space(int descriptor, int64_t size);

/// Opens a file without a name in `folder`, or fails where the system has no such files.
int shim_open_unnamed(const char *folder, unsigned int mode);

/// Gives an unnamed open file a name that must not exist yet.
int shim_link_unnamed(int descriptor, const char *path);

/// Writes the resolved path of an open file, with its NUL, into `path`.
int shim_path_of_descriptor(int descriptor, char *path, size_t capacity);

/// Opens for reading; with `wait` 0 a pipe without a writer does not hold the caller up.
int shim_open_for_reading(const char *path, int wait);

/// Creates a file that must not exist yet.
int shim_create_new(const char *path, unsigned int mode);

/// Opens an existing device or pipe for writing.
int shim_open_for_writing(const char *path);

enum shim_file_kind { shim_regular = 0, shim_folder = 1, shim_other = 2 };

struct shim_file_facts {
  enum shim_file_kind kind;
  int64_t size;
  unsigned int mode;
};

int shim_facts_of_descriptor(int descriptor, struct shim_file_facts *facts);
int shim_facts_of_path(const char *path, struct shim_file_facts *facts);

/// Makes a write to a closed pipe an error instead of a signal.
void shim_ignore_broken_pipes(void);

#endif
