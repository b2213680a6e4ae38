"""What each package holds, and that it works where it is unpacked or installed."""

import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile

import pytest

from conftest import ROOT, VERSION

DIGITS = ROOT / "Fixtures" / "digits" / "digits.onnx"
LICENCES = {"GCC-runtime.txt", "Swift-runtime.txt", "libprotobuf-c.txt", "swift-argument-parser.txt"}


def run(*line, **options):
    return subprocess.run([str(word) for word in line], check=True, capture_output=True, text=True, **options).stdout


def assert_works(command, folder):
    """Fuses, checks, reports on and inspects the digits."""
    fused, page = folder / "fused.onnx", folder / "proof.html"
    command = command if isinstance(command, list) else [command]
    run(*command, DIGITS, "-o", fused, "--check", "--report", page)
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert "equivalent" in run(*command, "check", DIGITS, fused)
    assert run(*command, "inspect", fused)


def test_the_archive_holds_the_command_and_every_licence(archive, tmp_path):
    with tarfile.open(archive) as packed:
        members = packed.getmembers()
        packed.extractall(tmp_path, filter="data")
    folder = f"bnfuse-{VERSION}-linux-x86_64"
    names = {member.name.removeprefix(folder + "/") for member in members if member.isfile()}
    assert names == {"bnfuse", "LICENSE", "README.md", "CHANGELOG.md"} | {f"licences/{name}" for name in LICENCES}
    assert len({member.mtime for member in members}) == 1
    assert {(member.uid, member.gid) for member in members} == {(0, 0)}
    assert_works(tmp_path / folder / "bnfuse", tmp_path)


def test_the_archive_has_its_hash_beside_it(archive):
    expected, name = archive.with_name(archive.name + ".sha256").read_text().split()
    assert name == archive.name
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == expected


def test_the_archive_takes_at_most_6_megabytes_as_xz(archive):
    assert archive.with_name(archive.name.removesuffix("gz") + "xz").stat().st_size <= 6_000_000


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """A fresh environment in which nothing but the wheel is installed."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", wheel)
    return folder


def test_the_wheel_is_at_most_8_megabytes_and_fits_every_python_3(wheel):
    assert wheel.stat().st_size <= 8_000_000
    assert "-py3-none-manylinux_2_34_x86_64" in wheel.name


def test_the_wheel_holds_every_licence(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert LICENCES | {"LICENSE"} <= {os.path.basename(name) for name in names if ".dist-info/licenses/" in name}


def test_the_wheel_installs_the_command(environment, tmp_path):
    assert_works(environment / "bin" / "bnfuse", tmp_path)


def test_the_wheel_runs_as_a_module_with_the_commands_exit_status(environment, tmp_path):
    python = environment / "bin" / "python"
    assert_works([python, "-m", "bnfuse"], tmp_path)
    assert subprocess.run([python, "-m", "bnfuse", "check"], capture_output=True).returncode == 64


def test_the_wheel_says_where_its_command_is(environment):
    found = run(environment / "bin" / "python", "-c", "import bnfuse; print(bnfuse.find_bnfuse_bin())").strip()
    assert os.path.samefile(found, environment / "bin" / "bnfuse")


@pytest.mark.parametrize("option", ["--target", "--prefix"])
def test_the_command_is_found_where_else_pip_installs(environment, wheel, option, tmp_path):
    run(environment / "bin" / "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", "--ignore-installed",
        option, tmp_path, wheel)
    package = next(tmp_path.rglob("bnfuse/__init__.py")).parent.parent
    code = "import bnfuse; print(bnfuse.find_bnfuse_bin())"
    found = run(sys.executable, "-S", "-c", code, env={"PYTHONPATH": str(package)}).strip()
    assert os.path.samefile(found, tmp_path / "bin" / "bnfuse")


def test_lintian_finds_no_error_in_the_debian_package(deb):
    result = subprocess.run(["lintian", "--fail-on", "error", "--allow-root", deb], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_debian_package_depends_on_the_c_library_alone(deb):
    assert run("dpkg-deb", "--field", deb, "Depends").strip() == "libc6 (>= 2.34)"
    assert run("dpkg-deb", "--field", deb, "Version").strip() == VERSION


def test_the_debian_package_unpacks_to_a_command_that_works(deb, tmp_path):
    run("dpkg-deb", "--extract", deb, tmp_path)
    assert_works(tmp_path / "usr" / "bin" / "bnfuse", tmp_path)
