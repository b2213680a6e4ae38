"""Measures `bnfuse --check` of a ResNet-50 beside onnxruntime, which runs the original and the fused model once each."""

import argparse
import inspect
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import onnxruntime

from evaluate import IMAGE_FILE, MAKE, MODEL, in_turn, make_network, new_session
from run import CACHE, Run, fastest, highest, machine, print_header, print_row, verdict

# The targets: times the seconds of onnxruntime's two runs, and times the model's size.
RATIO = 8
MEMORY = 4

# Both models in one process, which tells the seconds of the runs, and of the runs with the sessions they need.
BOTH_MODELS = f"""
import sys, time
import numpy as np
import onnxruntime
{inspect.getsource(new_session)}
image, runs, start = np.load(sys.argv[1]), 0, time.perf_counter()
for path in sys.argv[2:]:
    session = new_session(path)
    before = time.perf_counter()
    session.run(None, {{"image": image}})
    runs += time.perf_counter() - before
print(runs, time.perf_counter() - start)
"""


def reference_seconds(fused):
    """What onnxruntime takes for both runs, and for both with reading the models."""
    line = [sys.executable, "-c", BOTH_MODELS, IMAGE_FILE, MODEL, fused]
    return tuple(map(float, subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True).stdout.split()))


def measure(bnfuse, rounds):
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        fused, other = pathlib.Path(folder, "fused.onnx"), pathlib.Path(folder, "other.onnx")
        Run(bnfuse, MODEL, "-o", fused, "--quiet")
        found = in_turn({
            "onnxruntime": lambda: reference_seconds(fused),
            "check": lambda: Run(bnfuse, MODEL, "-o", other, "--check", "--threads", "1", "--quiet"),
            "two files": lambda: Run(bnfuse, "check", MODEL, fused, "--threads", "1", "--quiet"),
            "plain": lambda: Run(bnfuse, MODEL, "-o", other, "--quiet"),
        }, rounds)
    runs, whole = ([times[index] for times in found["onnxruntime"]] for index in (0, 1))
    size = MODEL.stat().st_size / 1e6
    print_header("one process|min s|median s|of both runs|with reading|speed|peak MB|of the model's size|memory")
    print_row("onnxruntime, both runs", f"{min(runs):.3f}", f"{statistics.median(runs):.3f}", "1.00", "", "", "", "", "")
    print_row("onnxruntime, with reading", f"{min(whole):.3f}", f"{statistics.median(whole):.3f}", "", "1.00", "", "", "",
              "")
    for title, name in (("bnfuse --check", "check"), ("bnfuse check of both files", "two files"),
                        ("bnfuse without a check", "plain")):
        seconds, peak = fastest(found[name]), highest(found[name])
        print_row(title, f"{seconds:.3f}", f"{statistics.median(run.seconds for run in found[name]):.3f}",
                  f"{seconds / min(runs):.2f}", f"{seconds / min(whole):.2f}",
                  verdict(seconds / min(runs), RATIO) if name != "plain" else "", f"{peak:.0f}", f"{peak / size:.2f}",
                  verdict(round(peak / size, 2), MEMORY) if name != "plain" else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bnfuse", default=".build/release/bnfuse", metavar="PATH", help="the command to measure")
    parser.add_argument("--rounds", type=int, default=5, help="of onnxruntime and bnfuse in turn")
    chosen = parser.parse_args()
    if not os.access(chosen.bnfuse, os.X_OK):
        parser.error(f"no command at {chosen.bnfuse}")
    make_network()
    rounds = max(chosen.rounds, 1)
    print(f"{machine()}; onnxruntime {onnxruntime.__version__}; {rounds} rounds; load {os.getloadavg()[0]:.1f} at the "
          f"start; model of {MODEL.stat().st_size / 1e6:.1f} MB, {MAKE}.")
    measure(os.path.abspath(chosen.bnfuse), rounds)


if __name__ == "__main__":
    main()
