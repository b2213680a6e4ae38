"""The command judged by ONNX's own operator tests: what passes is listed, and so is what does not, with a reason.

    BNFUSE=.build/release/bnfuse python -m pytest Tests/Evaluation/test_operators.py
"""

import collections

import pytest

import operator_cases
from required import REQUIRED

EXPECTED = operator_cases.Expectations()


@pytest.fixture(scope="session")
def cases():
    return operator_cases.all_cases()


@pytest.fixture(scope="session")
def results(bnfuse, cases):
    """All cases run in one batch."""
    return operator_cases.check_all(bnfuse, cases)


@pytest.fixture(scope="session")
def required(cases):
    """The names of the cases of required operators."""
    return [name for name, used in operator_cases.operators_by_case(cases).items() if used <= REQUIRED]


def result_of(name, results):
    if name not in results:
        pytest.fail("onnx has no such case: take it off the list", pytrace=False)
    return results[name]


@pytest.mark.parametrize("name", EXPECTED.passes)
def test_it_passes(name, results):
    result = result_of(name, results)
    if result.exit != 0:
        pytest.fail(f"exit {result.exit}: {result.line}", pytrace=False)


@pytest.mark.parametrize("name", EXPECTED.exceptions)
def test_it_is_an_exception(name, results):
    result, (status, reason) = result_of(name, results), EXPECTED.exceptions[name]
    if result.exit == 0:
        pytest.fail("now passes: move it into the list", pytrace=False)
    if result.exit != status:
        pytest.fail(f"exit {result.exit} instead of {status} ({reason}): {result.line}", pytrace=False)


def test_every_case_is_listed_once(cases):
    names = {case.name for case in cases}
    assert len(names) == len(cases)
    assert sorted(names - set(EXPECTED.listed)) == [], "not listed"
    assert sorted(set(EXPECTED.listed) - names) == [], "onnx has no such case"
    twice = [name for name, count in collections.Counter(EXPECTED.listed).items() if count > 1]
    assert twice == [], "listed twice"


def test_exceptions_are_differences_or_not_run():
    """A crash, a timeout or an input called unreadable is none that a reason could excuse."""
    other = {name: status for name, (status, _) in EXPECTED.exceptions.items() if status not in (2, 4)}
    assert other == {}


def test_every_case_of_required_operators_passes_or_has_a_reason(required):
    left = {}
    for name in set(required) - set(EXPECTED.passes):
        _, reason = EXPECTED.exceptions.get(name, (None, ""))
        if not reason or reason.startswith(operator_cases.DRAFT):
            left[name] = reason or "not listed"
    assert left == {}


def test_every_required_operator_has_a_case(cases):
    used = set().union(*operator_cases.operators_by_case(cases).values())
    assert REQUIRED - used == set()
