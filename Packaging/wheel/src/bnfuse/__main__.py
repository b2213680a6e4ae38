import os
import sys

from bnfuse import find_bnfuse_bin

if __name__ == "__main__":
    command = os.fsdecode(find_bnfuse_bin())
    os.execv(command, [command, *sys.argv[1:]])
