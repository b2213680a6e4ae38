"""Collects how often the check was right, and prints the rates behind the tests."""

import collections

import pytest

RATES = collections.OrderedDict()


@pytest.fixture
def rates():
    return RATES


def pytest_terminal_summary(terminalreporter):
    for title, text in RATES.items():
        terminalreporter.write_line(f"{title}: {text}")
