import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.search(r'static let text = "(.+)"', (ROOT / "Sources/BatchNormFusion/Version.swift").read_text())[1]


@pytest.fixture(scope="session")
def command():
    """The command as the packages hold it; `make packages` builds it."""
    return ROOT / ".build-dist" / "command" / "bnfuse"


def package(pattern):
    """The one package in dist/ that a pattern names."""
    found = sorted((ROOT / "dist").glob(pattern.format(version=VERSION)))
    assert len(found) == 1, f"{len(found)} packages are called {pattern}: run 'make dist wheel deb'"
    return found[0]


@pytest.fixture(scope="session")
def archive():
    return package("bnfuse-{version}-linux-x86_64.tar.gz")


@pytest.fixture(scope="session")
def wheel():
    return package("bnfuse-{version}-py3-none-manylinux_*_x86_64.whl")


@pytest.fixture(scope="session")
def deb():
    return package("bnfuse_{version}_amd64.deb")
