"""Runs the command under test."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

MEASURE = pathlib.Path(__file__).with_name("measure.py")


@dataclass
class Run:
    status: int
    report: dict
    output: str
    errors: str
    seconds: float
    peak: int  # KiB


def fuse(bnfuse, model, output, *options, timeout=300):
    """Fuses one model; the report is empty if none was written."""
    with tempfile.TemporaryDirectory() as folder:
        report, measured = pathlib.Path(folder, "report.json"), pathlib.Path(folder, "measured")
        arguments = [bnfuse, str(model), "-o", str(output), "--report", str(report), *options]
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-IS", str(MEASURE), str(measured), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )
        try:
            out, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        seconds = time.perf_counter() - start
        assert measured.exists(), errors
        status, peak = map(int, measured.read_text().split())
        found = json.loads(report.read_text()) if report.exists() else {}
        return Run(status, found, out, errors, seconds, peak)


def files(folder):
    """Everything in a folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir())}
