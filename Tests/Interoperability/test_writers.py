"""Several models that share a folder: nobody's data file vanishes."""

import fcntl
import os
import shutil
import subprocess
import time

import onnx
import pytest

from builders import conv_norm
from command import command, listing, run
from external import data_files, large_model, write

ROUNDS = 15
SKIPS = ["nothing", "n1", "n2"]


def outcome_of(folder, skip):
    """The model and the data file of one run alone."""
    alone = folder / f"alone-{skip}"
    alone.mkdir()
    assert run("model.onnx", "-o", alone / "out.onnx", "--skip", skip).exit == 0
    return listing(alone)


def test_runs_at_once_leave_one_whole_model(folder):
    write(folder, large_model())
    outcomes = [outcome_of(folder, skip) for skip in SKIPS]
    shared = folder / "shared"
    shared.mkdir()
    for _ in range(ROUNDS):
        runs = [
            subprocess.Popen([command(), "model.onnx", "-o", "shared/out.onnx", "--skip", skip, "--quiet"])
            for skip in SKIPS
        ]
        assert [done.wait(30) for done in runs] == [0] * len(runs)
        assert listing(shared) in outcomes


def test_runs_at_once_in_place_of_two_models_with_one_content_keep_both(folder):
    """Both name the same data file, as one is a copy of the other; each round one of them is written again."""
    write(folder, large_model())
    for round in range(ROUNDS):
        assert run("model.onnx", "-o", "out.onnx", "--quiet").exit == 0
        shutil.copy("out.onnx", "mine.onnx")
        runs = [
            subprocess.Popen([command(), "model.onnx", "-o", "out.onnx", "--skip", skip, "--quiet"])
            for skip in SKIPS[1:]
        ]
        assert [done.wait(30) for done in runs] == [0, 0]
        onnx.load("mine.onnx")
        onnx.load("out.onnx")


@pytest.mark.parametrize("options", [["--skip", "*"], ["--inline-data"], []], ids=str)
def test_data_that_the_input_names_stays(options, folder):
    write(folder, large_model())
    assert run("model.onnx", "-o", "out.onnx", "--skip", "n2").exit == 0
    shutil.copy("out.onnx", "mine.onnx")
    before = onnx.load("mine.onnx")
    assert run("mine.onnx", "-o", "out.onnx", *options).exit == 0
    assert onnx.load("mine.onnx") == before
    onnx.load("out.onnx")


@pytest.mark.parametrize("way", ["by a link", "through a pipe"])
def test_data_that_an_input_from_elsewhere_names_stays(way, folder):
    write(folder, large_model())
    (folder / "there").mkdir()
    assert run("model.onnx", "-o", "there/out.onnx", "--skip", "n2").exit == 0
    shutil.copy("there/out.onnx", "mine.onnx")
    (data,) = data_files(folder / "there")
    os.symlink(f"there/{data}", data)
    source = {"stdin": (folder / "mine.onnx").read_bytes()} if way == "through a pipe" else {}
    name = "-" if source else "mine.onnx"
    result = run(name, "-o", "there/out.onnx", "--external-root", "there", **source)
    assert result.exit == 0, result.stderr
    assert data in data_files(folder / "there")


@pytest.mark.parametrize("alias", ["copy", "copy in place", "hard link", "link to the data", "link to a model"])
def test_data_that_another_name_needs_stays(alias, folder):
    write(folder, large_model())
    assert run("model.onnx", "-o", "out.onnx", "--skip", "n2").exit == 0
    (old,) = data_files(folder)
    if alias in ("copy", "copy in place"):
        shutil.copy("out.onnx", "b")
    elif alias == "hard link":
        os.link("out.onnx", "b.onnx")
    elif alias == "link to the data":
        os.symlink(old, "weights")
    else:
        (folder / "deep").mkdir()
        shutil.copy("out.onnx", "deep/b.onnx")
        os.symlink("deep/b.onnx", "b.onnx")
    source = "out.onnx" if alias == "copy in place" else "model.onnx"
    result = run(source, "-o", "out.onnx")
    assert result.exit == 0 and "data-file-kept" not in result.stderr
    assert old in data_files(folder) and len(data_files(folder)) == 2


def test_data_that_nothing_names_goes_whatever_lies_about(folder):
    write(folder, large_model())
    assert run("model.onnx", "-o", "out.onnx", "--skip", "n2").exit == 0
    (old,) = data_files(folder)
    (folder / "deep").mkdir()
    os.mkfifo("pipe")
    os.symlink("nowhere", "dangling")
    os.symlink("deep", "folder-link")
    (folder / "text").write_text(f"{old} is named by what is no model")
    (folder / "zeros").write_bytes(bytes(1000))
    (folder / "other.onnx").write_bytes(conv_norm().SerializeToString())
    result = run("model.onnx", "-o", "out.onnx")
    assert result.exit == 0 and "data-file-kept" not in result.stderr
    assert old not in data_files(folder)


@pytest.mark.parametrize("options", [["--inline-data"], ["--inline-data", "--skip", "*"]], ids=str)
def test_the_old_data_goes_too_where_the_new_model_has_none(options, folder):
    write(folder, large_model())
    assert run("model.onnx", "-o", "out.onnx").exit == 0
    assert len(data_files(folder)) == 1
    (folder / "inline.onnx").write_bytes(large_model().SerializeToString())
    assert run("inline.onnx", "-o", "out.onnx", *options[1:]).exit == 0
    assert data_files(folder) == []


def test_the_same_output_again_keeps_its_data_though_a_copy_names_it(folder):
    write(folder, large_model())
    assert run("model.onnx", "-o", "out.onnx").exit == 0
    shutil.copy("out.onnx", "mine.onnx")
    before = listing(folder)
    assert run("model.onnx", "-o", "out.onnx").exit == 0
    assert listing(folder) == before


@pytest.mark.parametrize("others", [998, 999])
def test_a_folder_of_more_than_1000_files_is_not_searched(others, folder):
    """`model.onnx` and `weights.bin` count too."""
    write(folder, large_model())
    assert run("model.onnx", "-o", "out.onnx", "--skip", "n2").exit == 0
    (old,) = data_files(folder)
    for index in range(others):
        (folder / f"{index}.txt").touch()
    result = run("model.onnx", "-o", "out.onnx")
    assert result.exit == 0
    line = f"warning: data-file-kept: '{old}' of the replaced model stays: the folder holds more than 1000 files"
    assert (line in result.stderr.splitlines()) == (others == 999)
    assert (old in data_files(folder)) == (others == 999)


def test_a_file_that_cannot_be_read_may_be_a_model(folder):
    write(folder, large_model())
    assert run("model.onnx", "-o", "out.onnx", "--skip", "n2").exit == 0
    (old,) = data_files(folder)
    (folder / "secret").touch(0o000)
    result = run("model.onnx", "-o", "out.onnx", unprivileged=True)
    assert result.exit == 0 and "'secret' cannot be looked at: permission denied" in result.stderr
    assert old in data_files(folder)


def test_a_folder_that_somebody_keeps_locked_only_costs_patience(folder):
    """As `flock folder make` does, which waits for this program."""
    write(folder, large_model())
    assert run("model.onnx", "-o", "out.onnx", "--skip", "n2").exit == 0
    (old,) = data_files(folder)
    lock = os.open(".", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    start = time.monotonic()
    result = run("model.onnx", "-o", "out.onnx")
    assert result.exit == 0 and 9 < time.monotonic() - start < 15
    assert "another program keeps the folder locked" in result.stderr
    assert old in data_files(folder)
    os.close(lock)
    onnx.load("out.onnx")


def test_a_file_system_without_locks_is_written_to_all_the_same(folder):
    write(folder, large_model())
    assert run("model.onnx", "-o", "out.onnx", "--skip", "n2").exit == 0
    strace = ["strace", "-f", "-o", "/dev/null", "-e", "trace=flock", "-e", "inject=flock:error=ENOLCK"]
    assert run("model.onnx", "-o", "out.onnx", prefix=strace).exit == 0
    assert len(data_files(folder)) == 1
    onnx.load("out.onnx")
