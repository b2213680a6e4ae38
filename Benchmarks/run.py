"""Measures bnfuse beside `cp`: speed, peak memory, and time as a graph grows. Prints Markdown.

See README.md in this folder for what the numbers mean.
"""

import argparse
import filecmp
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys

import models

HERE = pathlib.Path(__file__).resolve().parent
CACHE = HERE.parent / ".build-bench"
OUTPUT = CACHE / "output"

# The targets. A model below SMALL is too quickly copied for a ratio to say anything.
SECONDS_SMALL = 0.010
SMALL = 10  # MB
RATIO_ALL, RATIO_NONE = 1.15, 1.05
PEAK_MB = 32
GROWTH = 2.5  # of the time when the graph doubles: 2 is linear, 4 is quadratic


class Run:
    """One finished command: its seconds and its peak memory in MB."""

    def __init__(self, *command):
        launcher = [sys.executable, "-I", "-S", HERE / "launch.py"]
        done = subprocess.run([*launcher, *command], stdout=subprocess.PIPE, text=True, check=True)
        seconds, peak, status = done.stdout.split()
        if status != "0":
            sys.exit(f"exit status {status}: {' '.join(map(str, command))}")
        self.seconds, self.peak = float(seconds), int(peak) * 1024 / 1e6


def emptied_output():
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    return OUTPUT


class Model:
    """A model in the cache, with the files beside it."""

    def __init__(self, name, write, *arguments, **options):
        self.path = CACHE / f"{name}.onnx"
        if not self.path.exists():
            print(f"writing {self.path.name}", file=sys.stderr)
            write(self.path, *arguments, **options)
            os.sync()  # so that it is not written back during a run

    @property
    def files(self):
        data = self.path.with_name(self.path.name + ".data")
        return [self.path] + ([data] if data.exists() else [])

    @property
    def megabytes(self):
        return sum(file.stat().st_size for file in self.files) / 1e6

    def fused(self, bnfuse):
        return Run(bnfuse, self.path, "-o", emptied_output() / "fused.onnx", "--quiet")

    def copied(self):
        return Run("cp", *self.files, emptied_output())

    def prove(self, bnfuse, folds):
        """Makes sure, before anything is timed, that bnfuse does what the table says; also warms the page cache."""
        report, fused = CACHE / "report.json", emptied_output() / "fused.onnx"
        Run(bnfuse, self.path, "-o", fused, "--report", report, "--quiet")
        summary = json.loads(report.read_text())["summary"]
        if summary["batchNorms"] == 0 or summary["folded"] != (summary["batchNorms"] if folds else 0):
            sys.exit(f"{self.path.name}: expected {'all' if folds else 'no'} norms to fold: {summary}")
        if not folds and not filecmp.cmp(self.path, fused, shallow=False):
            sys.exit(f"{self.path.name}: nothing folds, but the output differs from the input")


def ratios(ours, theirs):
    """min/min, and the median of the ratios within each round."""
    ours, theirs = [run.seconds for run in ours], [run.seconds for run in theirs]
    return min(ours) / min(theirs), statistics.median(a / b for a, b in zip(ours, theirs))


def verdict(met):
    return "met" if met else "MISSED"


def print_rows(header, rows):
    for row in [header, ["---"] * len(header), *rows]:
        print("| " + " | ".join(row) + " |", flush=True)


def measured_row(label, model, bnfuse, rounds, limit, folds=True):
    """One row of the first table."""
    model.prove(bnfuse, folds)
    jobs = [model.copied, lambda: model.fused(bnfuse), model.copied]
    runs = [[], [], []]
    for turn in range(rounds):
        for step in range(len(jobs)):
            index = (turn + step) % len(jobs)  # nobody always goes first
            runs[index].append(jobs[index]())
    emptied_output()

    copies, fusions, again = runs
    best, middle = ratios(fusions, copies)
    noise_best, noise_middle = ratios(again, copies)
    seconds, peak = min(run.seconds for run in fusions), max(run.peak for run in fusions)
    if model.megabytes < SMALL:
        speed = f"{verdict(seconds <= SECONDS_SMALL)} (≤ {SECONDS_SMALL * 1000:.0f} ms)"
    else:
        speed = f"{verdict(best <= limit)} (≤ {limit:.2f})"
    return [
        label, f"{model.megabytes:,.0f}", f"{min(run.seconds for run in copies):.4f}", f"{seconds:.4f}",
        f"{best:.2f}", f"{middle:.2f}", f"{noise_best:.2f}", f"{noise_middle:.2f}", speed,
        f"{peak:.1f}", verdict(peak <= PEAK_MB),
    ]


def growth_rows(label, write, counts, bnfuse, rounds):
    """Rows of the second table: the same graph, twice as long each time."""
    graphs = [Model(f"{label.replace(' ', '-')}-{count}", write, count) for count in counts]
    for graph in graphs:
        graph.prove(bnfuse, folds=True)
    runs = [[] for _ in graphs]
    for _ in range(rounds):
        for graph, own in zip(graphs, runs):
            own.append(graph.fused(bnfuse))
    previous = None
    for count, own in zip(counts, runs):
        seconds = min(run.seconds for run in own)
        growth = seconds / previous if previous else None
        yield [
            f"{label} of {count:,}", f"{seconds:.3f}", f"{seconds / count * 1e6:.2f}",
            f"{growth:.2f}" if growth else "–", verdict(growth <= GROWTH) if growth else "–",
            f"{max(run.peak for run in own):.0f}",
        ]
        previous = seconds


def machine():
    """The machine in one line."""
    cpu = platform.processor()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kind = subprocess.run(["df", "--output=fstype", CACHE], capture_output=True, text=True).stdout.split()[-1]
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, {kind}"


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bnfuse", default=os.environ.get("BNFUSE", ".build/release/bnfuse"), metavar="PATH")
    parser.add_argument("--sizes", default="1,100,500,1500", metavar="MB,MB…", help="of the models; 0 for none")
    parser.add_argument("--rounds", type=int, default=9, help="of bnfuse and cp in turn")
    chosen = parser.parse_args()
    chosen.sizes = [int(size) for size in chosen.sizes.split(",") if int(size) > 0]
    if chosen.rounds < 1:
        parser.error("--rounds must be at least 1")
    if not os.access(chosen.bnfuse, os.X_OK):
        parser.error(f"no command at {chosen.bnfuse}")
    chosen.bnfuse = os.path.abspath(chosen.bnfuse)
    return chosen


def main():
    chosen = options()
    bnfuse, rounds = chosen.bnfuse, chosen.rounds
    CACHE.mkdir(exist_ok=True)
    floor = max(Run("true").peak for _ in range(3))
    load = os.getloadavg()[0]
    print(f"{machine()}. {rounds} rounds, load {load:.1f} at the start, memory floor {floor:.1f} MB (`true`).\n")

    rows = []
    for size in chosen.sizes:
        bytes_ = size * 1_000_000
        for label, folds, limit in [("all", True, RATIO_ALL), ("none", False, RATIO_NONE)]:
            model = Model(f"{label}-{size}", models.write_convolutions, bytes_, folds=folds)
            rows.append(measured_row(f"{label} rewritten, {size} MB", model, bnfuse, rounds, limit, folds))
        if size == 500:
            model = Model("external-500", models.write_convolutions, bytes_, external=True)
            rows.append(measured_row("all rewritten, external, 500 MB", model, bnfuse, rounds, RATIO_ALL))
    header = ["model", "MB", "cp s", "bnfuse s", "min/min", "median", "cp/cp min", "cp/cp median", "speed", "peak MB"]
    print_rows([*header, f"≤ {PEAK_MB} MB"], rows)

    print()
    chains = growth_rows("norms in a chain", models.write_chain, [5_000, 10_000, 20_000], bnfuse, rounds)
    blocks = growth_rows("nodes in blocks", models.write_blocks, [25_000, 50_000, 100_000], bnfuse, rounds)
    print_rows(["graph", "s", "µs each", "growth", f"linear (≤ {GROWTH})", "peak MB"], [*chains, *blocks])


if __name__ == "__main__":
    main()
