// The few system calls that Swift cannot reach, or that differ between systems.
// Each returns 0 or a descriptor on success and a negated errno on failure.
#ifndef BNFUSE_SYSTEM_SHIMS_H
#define BNFUSE_SYSTEM_SHIMS_H

#include <stddef.h>
#include <stdint.h>

/// Reserves `size` bytes for the file; 0 also where the file system cannot reserve.
int shim_reserve_space(int descriptor, int64_t size);

/// Writes the resolved path of an open file, with its NUL, into `path`.
int shim_path_of_descriptor(int descriptor, char *path, size_t capacity);

/// Opens for reading; with `wait` 0 a pipe without a writer does not hold the caller up.
int shim_open_for_reading(const char *path, int wait);

/// Opens an existing device or pipe for writing.
int shim_open_for_writing(const char *path);

enum shim_file_kind { shim_regular = 0, shim_folder = 1, shim_other = 2, shim_link = 3 };

struct shim_file_facts {
  enum shim_file_kind kind;
  int64_t size;
  unsigned int mode;
  uint64_t device;
  uint64_t inode;
};

int shim_facts_of_descriptor(int descriptor, struct shim_file_facts *facts);
int shim_facts_of_path(const char *path, struct shim_file_facts *facts);

/// The facts of a name itself, be it a link.
int shim_facts_in_folder(int folder, const char *name, struct shim_file_facts *facts);

/// Whether some bytes hold others.
int shim_contains(const void *bytes, size_t count, const void *part, size_t part_count);

/// Makes a write to a closed pipe, or beyond the largest file that is allowed, an error instead of a signal.
void shim_ignore_writing_signals(void);

#endif
