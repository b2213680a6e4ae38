"""Runs of the command that are cut off: by a signal at a chosen system call, or at any moment."""

import re
import shutil
import signal
import subprocess

from command import command, listing

SIGNALS = ["TERM", "INT", "HUP", "QUIT", "XCPU", "XFSZ"]

# What the command does from the opening of its output on; other calls change nothing that could be left behind.
CALLS = [
    "openat", "newfstatat", "fallocate", "pread64", "write", "fchown", "fchmod", "fremovexattr", "dup", "close", "fsync",
    "flock", "getdents64", "linkat", "renameat", "unlinkat", "rt_sigprocmask",
]  # fmt: skip
LINE = re.compile(r"(?P<thread>\d+) +(?P<call>\w+)\((?P<rest>.*)")
LEFT_BY_KILLS = re.compile(r"\.bnfuse-[0-9a-f]+\.part")


class Scene:
    """A command line in a folder, and what the folder holds before it and after it."""

    def __init__(self, folder, arguments, tmpfile=True):
        self.folder, self.arguments, self.injections = folder, list(arguments), []
        self.before = listing(folder)
        log = self.trace()
        if not tmpfile:
            self.injections = [without_unnamed_files(log)]
            self.restore()
            log = self.trace()
            assert all("= -1 EOPNOTSUPP" in line for line in log if "O_TMPFILE" in line)
        assert any("O_TMPFILE" in line for line in log)
        self.after = listing(folder)
        self.places = places(log, skipped=() if tmpfile else ("openat",))
        self.restore()

    def restore(self):
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, data in self.before.items():
            (self.folder / name).write_bytes(data)

    def trace(self):
        """The system calls of a whole run."""
        log = self.folder.parent / "log"
        done = self.run(log=log)
        assert done.returncode == 0, done.stderr
        lines = log.read_text().splitlines()
        log.unlink()
        return lines

    def cut(self, call, count, name):
        """A run that gets a signal at a system call of its first thread."""
        return self.run(f"{call}:signal={name}:when={count}")

    def run(self, *injections, log="/dev/null"):
        """A run in which some system calls fail or bring signals, as strace is told."""
        told = [part for injection in (*self.injections, *injections) for part in ("-e", f"inject={injection}")]
        line = ["strace", "-f", "-o", log, "-e", f"trace={','.join(CALLS)}", *told, command(), *self.arguments]
        return subprocess.run(line, cwd=self.folder, capture_output=True, timeout=60, check=False)


def first_thread(log):
    """Each system call of the program's first thread, with its number among those of its name."""
    first = LINE.match(log[0])["thread"]
    counts = {}
    for line in log:
        match = LINE.match(line)
        if match and match["thread"] == first:
            counts[match["call"]] = counts.get(match["call"], 0) + 1
            yield match["call"], counts[match["call"]], match["rest"]


def places(log, skipped):
    """The calls from the opening of the output on."""
    calls = list(first_thread(log))
    start = next(index for index, (_, _, rest) in enumerate(calls) if "O_TMPFILE" in rest)
    return [(call, count) for call, count, _ in calls[start:] if call not in skipped]


def without_unnamed_files(log):
    """Lets the openings of files without a name fail; a named one is made after each."""
    counts = [count for call, count, rest in first_thread(log) if call == "openat" and "O_TMPFILE" in rest]
    return f"openat:error=EOPNOTSUPP:when={counts[0]}..{counts[0] + 2 * len(counts) - 1}+2"


def number(name):
    return getattr(signal, f"SIG{name}")
