#include "system_shims.h"

// A file of its own: the manifest's definition changes with each commit, and only what names it is compiled again.
const char *shim_source_commit(void) {
#ifdef BNFUSE_COMMIT
  return BNFUSE_COMMIT;
#else
  return "";
#endif
}
