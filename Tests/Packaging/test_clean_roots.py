"""Each package in a Debian system that has neither Swift nor a Python package, as an ordinary user; as root, for `make nightly`."""

import os
import shutil
import subprocess

import pytest

from conftest import ROOT

USER = "1234:1234"
WORK = "/home/user"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make and enter another root")


def run(*line, **options):
    return subprocess.run([str(word) for word in line], check=True, text=True, **options)


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """The packages of a minimal Debian, unpacked once."""
    folder = tmp_path_factory.mktemp("base") / "root"
    run("debootstrap", "--variant=minbase", "--include=python3-pip,python3-venv", "bookworm", folder, stdout=subprocess.DEVNULL)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def root(base, tmp_path):
    """A copy of it with the digits in a folder of the user's."""
    folder = tmp_path / "root"
    run("cp", "-a", base, folder)
    home = folder / WORK.lstrip("/")
    home.mkdir()
    shutil.copy(ROOT / "Fixtures/digits/digits.onnx", home)
    shutil.copytree(ROOT / "Fixtures/digits/test_data_set_0", home / "test_data_set_0")
    run("chown", "-R", USER, home)
    yield folder
    shutil.rmtree(folder)


def inside(root, command, user=USER):
    """Runs a line of shell in the root, in which no /proc is mounted."""
    assert not any((root / "proc").iterdir())
    line = ["chroot", f"--userspec={user}", root, "/usr/bin/env", "-i", f"HOME={WORK}", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "sh", "-ec", f"cd {WORK}; {command}"]
    result = subprocess.run(line, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def assert_works(root, command):
    assert "formats: ONNX" in inside(root, f"{command} --version")
    assert "equivalent" in inside(root, f"{command} digits.onnx -o fused.onnx --check --report proof.html")
    assert "<!DOCTYPE html>" in inside(root, "cat proof.html")
    assert "equivalent" in inside(root, f"{command} check digits.onnx fused.onnx")
    assert inside(root, f"{command} check fused.onnx --data test_data_set_0")
    assert inside(root, f"{command} inspect digits.onnx")


def test_the_archive(root, archive):
    shutil.copy(archive, root / "tmp")
    inside(root, f"tar -xzf /tmp/{archive.name} --strip-components=1")
    assert_works(root, "./bnfuse")


def test_the_wheel(root, wheel):
    shutil.copy(wheel, root / "tmp")
    inside(root, f"python3 -m venv environment && environment/bin/pip install --quiet --no-index /tmp/{wheel.name}")
    assert_works(root, "environment/bin/bnfuse")
    assert_works(root, "environment/bin/python -m bnfuse")


def test_the_debian_package(root, deb):
    shutil.copy(deb, root / "tmp")
    inside(root, f"dpkg --install /tmp/{deb.name}", user="0:0")
    assert_works(root, "bnfuse")
