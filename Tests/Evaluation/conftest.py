"""What the tests share: the built command."""

import os
import pathlib

import pytest


@pytest.fixture(scope="session")
def bnfuse():
    """The path of the built command, from the environment variable BNFUSE. Without it nothing here can be tested."""
    path = os.environ.get("BNFUSE", "")
    if not os.access(path, os.X_OK) or not pathlib.Path(path).is_file():
        pytest.fail(f"BNFUSE must be the path of the built command, and is '{path}'", pytrace=False)
    return str(pathlib.Path(path).resolve())
