"""Runs a command and writes its exit status and peak memory in KiB to a file: measure.py FILE COMMAND…

A child begins with its parent's peak memory. This small process between the tests and the command keeps that low.
"""

import os
import sys

child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
with open(sys.argv[1], "w") as out:
    out.write(f"{os.waitstatus_to_exitcode(status)} {used.ru_maxrss // (1024 if sys.platform == 'darwin' else 1)}")
