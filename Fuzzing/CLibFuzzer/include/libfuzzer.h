// libFuzzer's own mutation of bytes, which only a program that was built for fuzzing has.
#ifndef BNFUSE_LIBFUZZER_H
#define BNFUSE_LIBFUZZER_H

#include <stddef.h>
#include <stdint.h>

/// Mutates `size` bytes in place and returns how many there are then; without libFuzzer they stay as they are.
size_t libfuzzer_mutate(uint8_t *data, size_t size, size_t capacity);

#endif
