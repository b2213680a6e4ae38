"""Signals at every system call of the writing: the output is the old or the new one, and nothing else is left."""

import concurrent.futures
import itertools
import os
import shutil
import signal
import subprocess

import pytest

from builders import conv_norm
from command import command, listing, run
from cutting import SIGNALS, Scene, first_thread, number
from external import large_model, write


def scene(folder, storage, target, tmpfile=True):
    """A run that writes `out.onnx`, with or without data, new or in place of another model and its data."""
    place = folder / "place"
    place.mkdir()
    if storage == "external":
        write(place, large_model())
    else:
        (place / "model.onnx").write_bytes(large_model().SerializeToString())
    if target == "existing":
        assert run("model.onnx", "-o", "out.onnx", "--skip", "n2", cwd=place).exit == 0
    return Scene(place, ["model.onnx", "-o", "out.onnx", "--quiet"], tmpfile)


@pytest.mark.parametrize("storage", ["inline", "external"])
@pytest.mark.parametrize("target", ["fresh", "existing"])
@pytest.mark.parametrize("tmpfile", [True, False], ids=["unnamed files", "no unnamed files"])
def test_a_signal_at_any_call_leaves_the_old_or_the_new_output(storage, target, tmpfile, folder):
    cut = scene(folder, storage, target, tmpfile)
    assert {call for call, _ in cut.places} >= {"write", "renameat" if target == "existing" else "close"}
    for (call, count), name in zip(cut.places, itertools.cycle(SIGNALS)):
        done = cut.cut(call, count, name)
        if name == "XFSZ":
            assert done.returncode == 0, f"SIGXFSZ at {call} {count}: {done.stderr}"
        else:
            # Behind its last step a run may have ended before the signal counted.
            assert done.returncode in (-number(name), 0), f"SIG{name} at {call} {count}: {done.returncode} {done.stderr}"
        left = listing(cut.folder)
        assert left == cut.after or (left == cut.before and done.returncode != 0), f"SIG{name} at {call} {count}: {left.keys()}"
        cut.restore()


def test_a_signal_that_was_ignored_stays_ignored(folder):
    """As nohup does."""
    cut = scene(folder, "inline", "fresh")
    cut.arguments = ["-c", "trap '' HUP; exec \"$@\"", "sh", command(), *cut.arguments]
    call, count = next(place for place in cut.places if place[0] == "fallocate")
    line = ["strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:signal=HUP:when={count}", "sh", *cut.arguments]
    assert subprocess.run(line, cwd=cut.folder, check=False).returncode == 0
    assert listing(cut.folder) == cut.after


@pytest.mark.parametrize("options", [[], ["--external-data"]], ids=str)
def test_a_limit_of_the_file_size_is_an_error_and_no_death(options, folder):
    big = conv_norm(channels=200).SerializeToString()
    (folder / "model.onnx").write_bytes(big)
    limited = ["bash", "-c", "ulimit -f 8; exec \"$@\"", "bash"]
    run("model.onnx", "-o", "fused.onnx", *options, prefix=limited).assert_failed(1, "larger than is allowed")
    assert listing(folder) == {"model.onnx": big}


FAILURES = [
    ("fallocate", "ENOSPC"), ("fallocate", "EDQUOT"), ("write", "ENOSPC"), ("write", "EIO"), ("write", "EFBIG"), ("close", "EIO"),
    ("close", "EDQUOT"), ("fsync", "EIO"), ("linkat", "ENOSPC"), ("renameat", "EACCES"), ("dup", "EMFILE"),
]  # fmt: skip


@pytest.mark.parametrize("storage", ["inline", "external"])
@pytest.mark.parametrize("tmpfile", [True, False], ids=["unnamed files", "no unnamed files"])
def test_a_call_that_fails_is_one_error_and_leaves_what_was(storage, tmpfile, folder):
    """At each call of the kind; only behind the commit point may nothing be wrong."""
    cut = scene(folder, storage, "existing", tmpfile)
    cut.arguments.append("--sync")
    cut = Scene(cut.folder, cut.arguments, tmpfile)
    names = {"out.onnx"} | {name for name in cut.after if name not in cut.before}
    assert names
    commit = max(index for index, (call, _) in enumerate(cut.places) if call == "renameat")
    for call, error in FAILURES:
        for index, place in enumerate(cut.places):
            if place[0] != call or index > commit:
                continue
            done = cut.run(f"{call}:error={error}:when={place[1]}")
            left = listing(cut.folder)
            if done.returncode == 0:
                # What was only read, or a descriptor that held nothing any more.
                assert call == "close" and left == cut.after, f"{error} of {call} {place[1]} was not noticed"
            else:
                assert done.returncode == 1 and done.stderr.startswith(b"bnfuse: error: out.onnx: "), done.stderr
                assert left == cut.before, f"{error} of {call} {place[1]} leaves {left.keys()}"
            cut.restore()


def test_a_failure_at_closing_is_noticed_before_anything_appears(folder):
    """As network file systems do, which write no sooner."""
    cut = scene(folder, "inline", "fresh")
    calls = cut.places
    flush = calls[next(index for index, (call, _) in enumerate(calls) if call == "dup") + 1]
    assert flush[0] == "close"
    done = cut.run(f"close:error=EIO:when={flush[1]}")
    assert (done.returncode, done.stderr) == (1, b"bnfuse: error: out.onnx: input/output error\n")
    assert listing(cut.folder) == cut.before


@pytest.mark.parametrize("storage", ["inline", "external"])
def test_sync_makes_data_durable_before_the_model_appears(storage, folder):
    cut = scene(folder, storage, "existing")
    cut.arguments.append("--sync")
    steps = [call for call, _, _ in first_thread(cut.trace()) if call in ("fsync", "linkat", "renameat", "unlinkat")]
    inline = ["fsync", "linkat", "renameat", "fsync"]
    external = ["fsync", "fsync", "linkat", "fsync", "linkat", "renameat", "fsync", "unlinkat"]
    # Names that exist take a second linkat, under a temporary name.
    assert [step for step, after in zip(steps, steps[1:] + [""]) if (step, after) != ("linkat", "linkat")] == (
        inline if storage == "inline" else external)

