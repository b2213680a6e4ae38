"""The command where the system gives it less than it is used to: /proc is not there."""

import os

import pytest

from builders import conv_norm
from command import run
from external import write
from judge import assert_exact

import onnx

# A mount namespace of its own, in which nothing lies where /proc was.
WITHOUT_PROC = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount", "sh", "-c",
                'mount -t tmpfs none /proc && exec "$@"', "sh"]


def bare(*arguments):
    return run(*arguments, prefix=WITHOUT_PROC)


def test_the_arguments_are_known(folder):
    (folder / "m.onnx").write_bytes(conv_norm().SerializeToString())
    assert bare("--version").out == run("--version").out != b""
    bare().assert_failed(64)
    done = bare("m.onnx", "-o", "out.onnx", "--report", "r.json")
    assert done.exit == 0 and b"folded" in done.out
    assert run("m.onnx", "-o", "expected.onnx").exit == 0
    assert (folder / "out.onnx").read_bytes() == (folder / "expected.onnx").read_bytes()
    assert bare("check", "m.onnx", "out.onnx").exit == 0


@pytest.mark.parametrize("link", [None, "in the folder", "out of it"])
def test_external_data_is_found_and_confined(link, folder):
    place = folder / "model"
    place.mkdir()
    original = write(place)
    if link:
        away = place / "sub" if link == "in the folder" else folder / "away"
        away.mkdir()
        (place / "weights.bin").rename(away / "data")
        (place / "weights.bin").symlink_to(away / "data")
    done = bare("model/model.onnx", "-o", "out.onnx", "--external-data")
    if link == "out of it":
        done.assert_failed(1, "lies outside the model's folder, at '")
        assert bare("model/model.onnx", "-o", "out.onnx", "--external-root", "away").exit == 0
    else:
        assert done.exit == 0, done.stderr
        assert assert_exact(original, onnx.load("out.onnx"))
