"""Measures bnfuse beside `cp`: speed, peak memory, and time as a graph grows. README.md says what the numbers mean."""

import argparse
import filecmp
import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import models

LAUNCHER = pathlib.Path(__file__).with_name("launch.py")
# Named for what makes the models, so that none of another make is ever measured.
MAKE = hashlib.sha256(pathlib.Path(models.__file__).read_bytes()).hexdigest()[:8]
CACHE = pathlib.Path(__file__).resolve().parents[1] / ".build-bench" / MAKE

# The targets.
RATIO_ALL, RATIO_NONE, PEAK_MB = 1.15, 1.05, 32
SMALL_MB, SMALL_MS = 10, 10  # a smaller model is too quickly copied for a ratio to say anything
GROWTH = 2.5  # of the time when the graph doubles: 2 is linear, 4 is quadratic
GROWTH_OF_WORK = 2.1  # of the instructions, which nothing disturbs


class Run:
    """One finished command: its seconds and its peak memory in MB."""

    def __init__(self, *command):
        launch = [sys.executable, "-I", "-S", LAUNCHER, *command]
        seconds, peak, status = subprocess.run(launch, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        if status != "0":
            sys.exit(f"exit status {status}: {' '.join(map(str, command))}")
        self.seconds, self.peak = float(seconds), int(peak) * 1024 / 1e6


class Subject:
    """A model in the cache, made if it is not there, and what is done with it."""

    def __init__(self, name, bnfuse, write, size, **options):
        self.path, self.bnfuse, self.folds = CACHE / f"{name}.onnx", bnfuse, not options.get("training")
        if not self.path.exists():
            print(f"writing {self.path.name}", file=sys.stderr)
            write(self.path, size, **options)
            os.sync()  # so that it is not written back during a run
        self.files = [self.path] + ([f"{self.path}.data"] if options.get("external") else [])
        self.bytes = sum(map(os.path.getsize, self.files))
        self.prove()

    def copied(self):
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            return Run("cp", *self.files, folder)

    def fused(self):
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            return Run(self.bnfuse, self.path, "-o", f"{folder}/fused.onnx", "--quiet")

    def planned(self):
        """The seconds that the command itself says reading and planning took."""
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            report = f"{folder}/report.json"
            Run(self.bnfuse, self.path, "-o", f"{folder}/fused.onnx", "--report", report, "--quiet")
            summary = json.loads(pathlib.Path(report).read_text())["summary"]
            return summary["secondsReading"], summary["secondsPlanning"]

    def prove(self):
        """Makes sure, before anything is timed, that bnfuse does what the tables say; also warms the page cache."""
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            report, fused = pathlib.Path(folder, "report.json"), pathlib.Path(folder, "fused.onnx")
            Run(self.bnfuse, self.path, "-o", fused, "--report", report, "--quiet")
            summary = json.loads(report.read_text())["summary"]
            if summary["folded" if self.folds else "declined"] != summary["batchNorms"]:
                sys.exit(f"{self.path.name}: expected {'all' if self.folds else 'no'} norms to fold: {summary}")
            if not self.folds and not filecmp.cmp(self.path, fused, shallow=False):
                sys.exit(f"{self.path.name}: nothing folds, but the output differs from the input")


def fastest(runs):
    return min(run.seconds for run in runs)


def highest(runs):
    return max(run.peak for run in runs)


def ratios(runs, others):
    """The columns min/min and median."""
    median = statistics.median(run.seconds / other.seconds for run, other in zip(runs, others))
    return f"{fastest(runs) / fastest(others):.2f}", f"{median:.2f}"


def verdict(figure, target, unit=""):
    return f"{'met' if figure <= target else 'MISSED'} (≤ {target}{unit})"


def print_row(*cells):
    print("|", " | ".join(cells), "|", flush=True)


def print_header(columns):
    print()
    print_row(*columns.split("|"))
    print_row(*["---"] * len(columns.split("|")))


def measure_speed(label, subject, rounds):
    """Prints one row of the first table."""
    copies, fusions, again = [], [], []
    jobs = [(copies, subject.copied), (fusions, subject.fused), (again, subject.copied)]
    for turn in range(rounds):
        for runs, job in jobs[turn % 3:] + jobs[:turn % 3]:  # none always goes first
            runs.append(job())

    seconds, copying, peak = fastest(fusions), fastest(copies), highest(fusions)
    speed = verdict(seconds / copying, RATIO_ALL if subject.folds else RATIO_NONE)
    if subject.bytes < SMALL_MB * 1e6:
        speed = verdict(seconds * 1000, SMALL_MS, " ms")
    figures = [f"{copying:.4f}", f"{seconds:.4f}", *ratios(fusions, copies), *ratios(again, copies), f"{peak:.1f}"]
    print_row(label, *figures, speed, verdict(peak, PEAK_MB))


def measure_sizes(sizes, bnfuse, rounds):
    print_header("model|cp s|bnfuse s|min/min|median|cp/cp min|cp/cp median|peak MB|speed|memory")
    for size in sizes:
        kinds = {"all": {}, "none": {"training": True}} | ({"external": {"external": True}} if size == 500 else {})
        for kind, options in kinds.items():
            subject = Subject(f"{kind}-{size}MB", bnfuse, models.write_convolutions, size * 1_000_000, **options)
            measure_speed(f"{kind}, {size} MB", subject, rounds)


def measure_growth(label, write, counts, bnfuse, rounds):
    """Prints rows of the second table: the same graph, twice as long each time."""
    subjects = [Subject(f"{label}-{count}", bnfuse, write, count) for count in counts]
    turns = [[(subject.fused(), subject.planned()) for subject in subjects] for _ in range(rounds)]
    before = None
    for count, pairs in zip(counts, zip(*turns)):
        runs, parts = zip(*pairs)
        seconds, (reading, planning) = fastest(runs), map(min, zip(*parts))
        growth = [f"{planning / before:.2f}", verdict(planning / before, GROWTH)] if before else ["", ""]
        figures = [f"{seconds:.3f}", f"{highest(runs):.0f}", f"{reading:.3f}", f"{planning:.3f}"]
        print_row(f"{count:,} {label}", *figures, f"{planning / count * 1e6:.2f}", *growth)
        before = planning


def instructions(command, path):
    """How many instructions planning and measuring a model takes, which no other load changes."""
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", command, path, "--dry-run", "--quiet"]
    done = subprocess.run(valgrind, capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def measure_instructions(label, write, counts, bnfuse):
    """Prints rows of the third table: the growth of a plan, exactly."""
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        bare = f"{folder}/bnfuse"  # callgrind does not read the debug information
        subprocess.run(["strip", "-o", bare, bnfuse], check=True)
        before = None
        for count in counts:
            found = instructions(bare, Subject(f"{label}-{count}", bnfuse, write, count).path)
            growth = [f"{found / before:.3f}", verdict(found / before, GROWTH_OF_WORK)] if before else ["", ""]
            print_row(f"{count:,} {label}", f"{found / 1e6:.0f}", f"{found / count:.0f}", *growth)
            before = found


def machine():
    """The machine in one line."""
    name = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = subprocess.run(["df", "--output=fstype", CACHE], stdout=subprocess.PIPE, text=True).stdout.split()[-1]
    return (f"{name[1] if name else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
            f"{platform.system()} {platform.release()}, {system}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bnfuse", default=".build/release/bnfuse", metavar="PATH", help="the command to measure")
    parser.add_argument("--sizes", default="1,100,500,1500", metavar="MB,MB…", help="of the models; '' for none")
    parser.add_argument("--rounds", type=int, default=9, help="of bnfuse and cp in turn")
    parser.add_argument("--skip-growth", action="store_true", help="leave out the second table")
    chosen = parser.parse_args()
    if not os.access(chosen.bnfuse, os.X_OK):
        parser.error(f"no command at {chosen.bnfuse}")
    bnfuse, rounds = os.path.abspath(chosen.bnfuse), max(chosen.rounds, 1)

    CACHE.mkdir(parents=True, exist_ok=True)
    floor, load = Run("true").peak, os.getloadavg()[0]
    print(f"{machine()}; {rounds} rounds; load {load:.1f} at the start; `true` peaks at {floor:.1f} MB; models {MAKE}.")
    if chosen.sizes:
        measure_sizes([int(size) for size in chosen.sizes.split(",")], bnfuse, rounds)
    if not chosen.skip_growth:
        print_header("graph|s|peak MB|reading s|planning s|planning µs each|growth|linear")
        measure_growth("norms", models.write_chain, [5_000, 10_000, 20_000], bnfuse, rounds)
        measure_growth("nodes", models.write_blocks, [25_000, 50_000, 100_000], bnfuse, rounds)
        if shutil.which("valgrind"):
            print_header("graph|10⁶ instructions|each|growth|linear")
            measure_instructions("norms", models.write_chain, [1_000, 2_000, 4_000], bnfuse)
            measure_instructions("nodes", models.write_blocks, [2_500, 5_000, 10_000], bnfuse)
        else:
            print("\nInstructions are counted where valgrind is installed.")


if __name__ == "__main__":
    main()
