"""Compares what five runs cost, in peak memory and instructions, with what they cost when that was last recorded.

    BNFUSE=path/of/the/command python costs.py [--make]
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = pathlib.Path(__file__).with_name("costs.json")
LAUNCHER = ROOT / "Benchmarks" / "launch.py"
DIGITS = ROOT / "Fixtures" / "digits" / "digits.onnx"
sys.path.append(str(ROOT / "Benchmarks"))

import models

# The tolerances: memory depends on the page size and on what the system shares, instructions on the C library's variants.
MEMORY, INSTRUCTIONS = 1.10, 1.05
RUNS = 3  # of which the least peak counts
ENVIRONMENT = {"PATH": os.environ.get("PATH", ""), "BNFUSE_BLAS": "none"}

SUBJECTS = {
    "digits, fused": ("digits.onnx", "-o fused.onnx"),
    "digits, fused and checked": ("digits.onnx", "-o fused.onnx --check --memory 64M"),
    "20,000 nodes, planned": ("nodes.onnx", "--dry-run"),
    "2,000 × Conv, norm and Relu, fused": ("blocks.onnx", "-o fused.onnx"),
    "64 MB of weights, fused": ("weights.onnx", "-o fused.onnx"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--make", action="store_true", help="record anew")
    chosen = parser.parse_args()
    command = os.path.abspath(os.environ.get("BNFUSE", ""))
    if not os.path.isfile(command) or not os.access(command, os.X_OK):
        parser.error("the environment variable BNFUSE must hold the path of the built command")
    with tempfile.TemporaryDirectory(prefix="costs") as folder:
        write_models(folder)
        bare = f"{folder}/bnfuse"  # callgrind does not read the debug information
        subprocess.run(["strip", "-o", bare, command], check=True)
        before = json.loads(RECORD.read_text()) if RECORD.exists() else {}
        found, faults = {}, []
        print("| run | recorded MB | now | | recorded 10⁶ instructions | now | |\n|---|--:|--:|--:|--:|--:|--:|", flush=True)
        for name, line in SUBJECTS.items():
            found[name] = {"peakKiB": peak(command, folder, *line), "instructions": instructions(bare, folder, *line)}
            faults += compared(name, before.get(name, {}), found[name])
    if chosen.make:
        RECORD.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    elif faults:
        sys.exit("\n".join(["", *faults, "If this is worth it: `make record-costs WRITE=1`."]))


def write_models(folder):
    pathlib.Path(folder, "digits.onnx").write_bytes(DIGITS.read_bytes())
    models.write_blocks(f"{folder}/nodes.onnx", 20_000)
    models.write_blocks(f"{folder}/blocks.onnx", 3 * 2_000)
    models.write_convolutions(f"{folder}/weights.onnx", 64_000_000)


def peak(command, folder, model, options):
    """The least peak of some runs, in KiB; the launcher is small, since its own memory counts until the command starts."""
    line = [sys.executable, "-I", "-S", LAUNCHER, command, model, *options.split()]
    peaks = []
    for _ in range(RUNS):
        done = subprocess.run(line, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, check=True)
        _, kibibytes, status = done.stdout.split()
        assert status == "0", f"exit {status}: {model} {options}"
        peaks.append(int(kibibytes))
    return min(peaks)


def instructions(bare, folder, model, options):
    line = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", bare, model, *options.split()]
    done = subprocess.run(line, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def compared(name, before, now):
    """Prints a row of the table, and gives a line for each figure that is beyond what is tolerated."""
    cells, faults = [name], []
    for key, unit, most in (("peakKiB", 1e6 / 1024, MEMORY), ("instructions", 1e6, INSTRUCTIONS)):
        old = before.get(key)
        ratio = now[key] / old if old else 1
        cells += [f"{old / unit:.1f}" if old else "", f"{now[key] / unit:.1f}", f"{ratio:.3f}"]
        if ratio > most:
            faults.append(f"{name}: {ratio:.3f} times the recorded {key}, where {most} are tolerated")
    print("|", " | ".join(cells), "|", flush=True)
    return faults


if __name__ == "__main__":
    main()
