"""The one file that all packages hold: what it needs, how it is hardened, how large it is."""

import re
import subprocess

from conftest import ROOT, VERSION


def read(*line):
    return subprocess.run([str(word) for word in line], check=True, capture_output=True, text=True).stdout


def test_it_needs_nothing_but_the_c_library(command):
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", read("readelf", "-dW", command))
    assert set(needed) <= {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}


def test_it_looks_for_libraries_nowhere_of_its_own(command):
    assert not re.search(r"\((RPATH|RUNPATH)\)", read("readelf", "-dW", command))


def test_it_is_position_independent(command):
    assert "DYN" in re.search(r"Type:\s+(.*)", read("readelf", "-hW", command))[1]


def test_all_relocations_are_made_at_start_and_read_only_then(command):
    assert re.search(r"FLAGS_1.*\bNOW\b", read("readelf", "-dW", command))
    assert "GNU_RELRO" in read("readelf", "-lW", command)


def test_its_stack_is_not_executable(command):
    assert re.search(r"GNU_STACK.*\bRW\b\s", read("readelf", "-lW", command))


def test_no_relocations_are_packed(command):
    # DT_RELR needs glibc 2.36.
    assert "RELR" not in read("readelf", "-dW", command)


def test_it_exports_no_symbol_and_is_stripped(command):
    assert read("nm", "-D", "--defined-only", command) == ""
    assert ".symtab" not in read("readelf", "-SW", command)


def test_glibc_2_34_is_enough(command):
    versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([\d.]+)", read("objdump", "-T", command))}
    assert max(versions) == (2, 34)


def test_it_is_at_most_18_5_megabytes(command):
    assert command.stat().st_size <= 18_500_000


def test_no_path_of_the_machine_that_built_it_is_in_it(command):
    assert str(ROOT).encode() not in command.read_bytes()


def test_it_says_its_version_commit_and_formats(command):
    assert re.fullmatch(
        rf"bnfuse {re.escape(VERSION)} \((commit [0-9a-f]{{12}}\+?, )?formats: ONNX\)\n", read(command, "--version"))


def test_openblas_can_still_be_opened(command, tmp_path):
    model = ROOT / "Fixtures" / "digits" / "digits.onnx"
    trace = tmp_path / "trace"
    environment = {"LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(trace)}
    subprocess.run([command, model, "-o", tmp_path / "fused.onnx", "--check"], check=True, env=environment)
    assert "openblas" in "".join(path.read_text() for path in tmp_path.glob("trace.*"))
