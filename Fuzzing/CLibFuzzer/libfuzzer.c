#include "libfuzzer.h"

__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

size_t libfuzzer_mutate(uint8_t *data, size_t size, size_t capacity) {
  return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, capacity) : size;
}
