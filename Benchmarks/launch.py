"""Runs one command and prints its seconds, its peak memory in KiB and its exit status.

A small process of its own: the kernel counts the memory of whoever starts a command towards the command's peak.
"""

import os
import sys
import time

silence = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
start = time.perf_counter()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[silence])
_, status, usage = os.wait4(process, 0)
seconds = time.perf_counter() - start
print(seconds, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
