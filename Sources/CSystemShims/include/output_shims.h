// The system calls that put a file in place. Each returns 0 or a descriptor on success and a negated errno on failure.
#ifndef BNFUSE_OUTPUT_SHIMS_H
#define BNFUSE_OUTPUT_SHIMS_H

/// Opens a folder to name files in; it need not be readable.
int shim_open_folder(const char *path);

/// Opens an open folder again, to list, lock or sync it.
int shim_open_readable_folder(int folder);

/// Opens a file without a name, or fails where there are no such files or they cannot be given a name later.
int shim_open_unnamed(int folder, unsigned int mode);

/// Gives an unnamed open file a name that must not exist yet.
int shim_link_unnamed(int descriptor, int folder, const char *name);

/// Creates a file that must not exist yet.
int shim_create_new(int folder, const char *name, unsigned int mode);

/// Renames a file within a folder, replacing what has the other name.
int shim_rename(int folder, const char *name, const char *target);

/// Removes a file.
int shim_remove(int folder, const char *name);

/// Takes an open folder for this process alone; -EWOULDBLOCK where another has it.
int shim_lock(int descriptor);

/// Has the file system take what was written, which it may refuse only when a file is closed.
int shim_flush(int descriptor);

/// Waits until a file or folder would survive a power cut; 0 also for what cannot.
int shim_sync(int descriptor);

/// Gives an open file the owner, group, permission bits and access list of another, and its `user.` attributes where
/// `with_user` is not 0: as far as the caller may, and never the right to run as somebody else.
void shim_take_attributes(int descriptor, const char *path, int with_user);

/// The descriptor that a path leads to through /proc, as /dev/stdout does: its number, which may be another process's,
/// -1 for any other path.
int shim_linked_descriptor(const char *path);

#endif
