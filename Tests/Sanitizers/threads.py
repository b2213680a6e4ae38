"""Big writes under ThreadSanitizer: one thread reads and scales chunks while another writes them.

Builds the command with `--sanitize=thread` into .build-threads and runs it ROUNDS times in each way: plain, with a
data file, into a pipe whose reader leaves, with weights that overflow, and onto a disk that is full. Any report of the
sanitizer is a failure.

    python Tests/Sanitizers/threads.py [--rounds 5] [--command <a command built so>]
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Interoperability"))

from builders import Graph  # noqa: E402

BUILD = ["swift", "build", "-c", "release", "--sanitize=thread", "--scratch-path", ".build-threads", "--product", "bnfuse"]
HUGE = b"\xff\xff\x7f\x7f"


def model(overflows=False):
    """Sixteen convolutions of 4 MB with norms; where they overflow, only the last."""
    graph = Graph(seed=5)
    value = graph.input("x", [1, 1024, 20, 1])
    for index in range(16):
        graph.weight(f"w{index}", [1024, 1024, 1, 1])
        value = graph.convolution(value, f"c{index}", f"w{index}")
        value = graph.norm(value, f"n{index}", 1024)
    graph.output(value)
    made = graph.model()
    if overflows:
        for tensor in made.graph.initializer:
            if tensor.name in ("w15", "n15_gamma"):
                tensor.raw_data = HUGE * (len(tensor.raw_data) // 4)
    return made


WAYS = {
    "plain": ("model.onnx", '"$@" -o out.onnx', 0),
    "external": ("model.onnx", '"$@" -o out.onnx --external-data', 0),
    "copied": ("model.onnx", '"$@" -o out.onnx --skip "*"', 0),
    "broken pipe": ("model.onnx", '"$@" -o - | head -c 3000000 > /dev/null; exit ${PIPESTATUS[0]}', 1),
    "overflow": ("overflows.onnx", '"$@" -o out.onnx', 0),
    "full": ("model.onnx", 'ulimit -f 20000; "$@" -o out.onnx', 1),
    "full device": ("model.onnx", '"$@" -o /dev/full', 1),
}


def build():
    subprocess.run(BUILD, cwd=ROOT, check=True)
    shown = subprocess.run([*BUILD, "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return pathlib.Path(shown.stdout.strip()) / "bnfuse"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--command", type=pathlib.Path)
    arguments = parser.parse_args()
    command = (arguments.command or build()).resolve()
    environment = {**os.environ, "TSAN_OPTIONS": "exitcode=66 halt_on_error=0", "SWIFT_BACKTRACE": "enable=no"}
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        (place / "model.onnx").write_bytes(model().SerializeToString())
        (place / "overflows.onnx").write_bytes(model(overflows=True).SerializeToString())
        for way, (name, line, status) in WAYS.items():
            for _ in range(arguments.rounds):
                done = subprocess.run(
                    ["bash", "-c", line, "bash", command, name, "--quiet"], cwd=folder, env=environment,
                    capture_output=True, text=True, timeout=600)
                if "ThreadSanitizer" in done.stderr or done.returncode != status:
                    failures += 1
                    print(f"{way}: exit {done.returncode} instead of {status}\n{done.stderr}")
            print(f"{way}: {arguments.rounds} runs", flush=True)
    print(f"{failures} of {len(WAYS) * arguments.rounds} runs failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
