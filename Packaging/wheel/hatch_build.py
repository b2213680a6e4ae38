import os

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PlatformTag(BuildHookInterface):
    """Tags the wheel for any Python 3 on the platform that BNFUSE_PLATFORM names: it holds a command, no Python module in C."""

    def initialize(self, version, build_data):
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{os.environ['BNFUSE_PLATFORM']}"
