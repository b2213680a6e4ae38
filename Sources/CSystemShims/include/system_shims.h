// The few system calls that Swift cannot reach, or that differ between systems.
// Each returns 0 or a descriptor on success and a negated errno on failure.
#ifndef BNFUSE_SYSTEM_SHIMS_H
#define BNFUSE_SYSTEM_SHIMS_H

#include <stddef.h>
#include <stdint.h>

/// Reserves `size` bytes for the file; 0 also where the file system cannot reserve.
int shim_reserve_space(int descriptor, int64_t size);

/// Writes the resolved path of an open file, with its NUL, into `path`.
///
/// Without /proc it is the path that `name` leads to, if that leads to the open file by no link; else -ESTALE.
int shim_path_of_descriptor(int descriptor, const char *name, char *path, size_t capacity);

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
  uint64_t links;
  /// In nanoseconds since 1970.
  int64_t modified;
  int64_t changed;
};

int shim_facts_of_descriptor(int descriptor, struct shim_file_facts *facts);
int shim_facts_of_path(const char *path, struct shim_file_facts *facts);

/// The facts of a name itself, be it a link.
int shim_facts_in_folder(int folder, const char *name, struct shim_file_facts *facts);

/// Whether some bytes hold others.
int shim_contains(const void *bytes, size_t count, const void *part, size_t part_count);

/// Whether the system lets the process start `count` threads more.
int shim_can_start_threads(int count);

/// Makes a write to a closed pipe, or beyond the largest file that is allowed, an error instead of a signal.
void shim_ignore_writing_signals(void);

/// The number of the process's arguments, its own name included.
int shim_argument_count(void);

/// One argument as `main` was given it, with its NUL; NULL where there is none.
const char *shim_argument(int index);

/// The clock that file systems stamp changes with, in nanoseconds since 1970; it goes on in ticks.
int64_t shim_stamp_clock(void);

/// Writes what a symbolic link holds, with a NUL, into `target`; -EINVAL where `path` is no link.
int shim_read_link(const char *path, char *target, size_t capacity);

/// Occupies each of the descriptors 0 to 2 that is closed with what can be neither read nor written, so that no file
/// that is opened later is taken for standard output.
void shim_hold_standard_descriptors(void);

/// The commit that was built, with a '+' where files had changed; empty where it is not known.
const char *shim_source_commit(void);

#endif
