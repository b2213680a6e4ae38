// The temporary names that exist right now, so that a signal that ends the program can remove them first.
#ifndef BNFUSE_TEMPORARY_NAMES_H
#define BNFUSE_TEMPORARY_NAMES_H

struct shim_temporary_name;

/// Keeps signals that end the program waiting until as many calls of `shim_release_signals` follow on this thread.
///
/// One thread at a time: whoever makes, renames or notes a temporary name does it between the two.
void shim_hold_signals(void);
void shim_release_signals(void);

/// Notes a name that is about to be made, null without memory; signals must be held.
struct shim_temporary_name *shim_note_temporary_name(int folder, const char *name);

/// Forgets a name that is gone; signals must be held.
void shim_forget_temporary_name(struct shim_temporary_name *name);

/// Makes the signals that end a program remove the noted names first; those that are ignored stay so.
///
/// The program still ends by the signal.
void shim_remove_temporary_names_on_signals(void);

#endif
