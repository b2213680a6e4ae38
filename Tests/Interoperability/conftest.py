"""What every test of this folder needs: the built command, and oracles that keep quiet."""

import os
import sys

import onnxruntime
import pytest

sys.dont_write_bytecode = True

onnxruntime.set_default_logger_severity(4)


def pytest_report_header():
    return f"BNFUSE={os.environ.get('BNFUSE', '(not set: every test that runs the command fails)')}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that is also the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
