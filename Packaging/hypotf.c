// The Swift runtime names hypotf, which glibc gave a new symbol version in 2.35; nothing in the command calls it.
#include <math.h>

// Hidden: what libm defines too would otherwise be exported.
__attribute__((visibility("hidden"))) float hypotf(float x, float y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  // Squares of floats are exact in double, and their sum neither overflows nor underflows there.
  return (float)sqrt((double)x * (double)x + (double)y * (double)y);
}
