"""A wrong fold is found: by the certificate in every stored element, by the run where it moves a channel enough."""

import itertools
from dataclasses import dataclass

import numpy as np
import onnx
import pytest

from checking import ROOT, RUN_ALONE, checked, fused, saved, together
from mutations import KINDS, mutated, nearer, with_parameters
from networks import network
from operators import Operator, operators
from yardsticks import Mover, activations, own_errors, yardsticks

MODELS = 50
PER_KIND = 8
# A channel that moves by so many yardsticks must be found.
MOVES = 10
# How many yardsticks a channel may be off.
MULTIPLES = {"float64": 8, "own": 64}
# The report's distances are computed apart from the ones here; elements so near to one unit may be named or not.
NEAR = 1e-3


@dataclass
class Mutation:
    kind: str
    original: object
    path: object
    data: object
    right: Operator
    wrong: Operator
    # Of each channel, and by how many of them it moves.
    yardsticks: np.ndarray
    moved: np.ndarray

    @property
    def is_in_body(self):
        """Whether an If holds the operator; the check runs no such fold by itself."""
        return self.right.value != self.right.outer_value

    def most(self, check):
        """By how many yardsticks the channel moves that moves most.

        In the body of an If the yardstick is the report's, of the If's output at the channel that it calls the worst:
        end to end, the values before count too.
        """
        if not self.is_in_body:
            return self.moved.max()
        drift = next(drift for drift in check["drifts"] if drift["name"] == self.right.outer_value)
        channel = drift["worstChannel"]
        own = drift["allowed"] / MULTIPLES[drift["worstPrecision"]]
        return self.moved[channel] * self.yardsticks[channel] / own if own else self.moved[channel]


class Case:
    """A model with its right fold, recorded inputs, and the yardsticks of each fold's channels."""

    def __init__(self, folder, model):
        self.folder, self.model = folder, model
        self.original = saved(model, folder / "model.onnx")
        right = fused(self.original, folder / "fused.onnx")
        self.fused = right.read_bytes()
        self.operators = operators(model, onnx.load(right))
        self.record_inputs(np.random.default_rng(7))
        values = activations(model, {
            value.name: np.load(self.data / f"input_{index}.npy") for index, value in enumerate(model.graph.input)})
        self.values = values
        names = list(dict.fromkeys(operator.outer_value for operator in self.operators))
        errors = own_errors(model, values, names, folder)
        self.yardsticks = yardsticks(values, errors)
        self.movers = [Mover(operator, model.opset_import) for operator in self.operators]

    @property
    def data(self):
        return self.folder / "recorded"

    def record_inputs(self, random):
        self.data.mkdir()
        for index, value in enumerate(self.model.graph.input):
            shape = [size.dim_value or 2 for size in value.type.tensor_type.shape.dim]
            np.save(self.data / f"input_{index}.npy", random.normal(size=shape).astype(np.float32))

    def is_reached(self, operator):
        """Whether the data run the operator; one body of an If is not."""
        made = self.values[operator.outer_value]
        alone = self.movers[self.operators.index(operator)].session.run(
            None, {"x": self.values[operator.activation], "w": operator.weight, "b": operator.bias})[0]
        return np.allclose(made, alone, rtol=1e-3, atol=1e-3 * np.abs(made).max())

    def moved(self, place, wrong):
        """By how many yardsticks each channel moves; none in the body of an If that the data do not reach."""
        right = self.operators[place]
        moved = self.movers[place].movement(wrong, self.values[right.activation])
        if right.value != right.outer_value and not self.is_reached(right):
            moved = np.zeros_like(moved)
        return moved / self.yardsticks[right.outer_value]

    def mutation(self, kind, index, random):
        """One mutation, or None where it changes no stored bit.

        Every third is drawn to the border: so weak that it moves a channel by little more than must be found.
        """
        place = random.integers(len(self.operators))
        right = self.operators[place]
        wrong = mutated(right, kind, random)
        if wrong is None:
            return None
        moved = self.moved(place, wrong)
        if index % 3 == 0 and moved.max() > MOVES:
            wrong = nearer(right, wrong, random.uniform(MOVES, 1.2 * MOVES) / moved.max())
            if wrong is None:
                return None
            moved = self.moved(place, wrong)
        path = saved(with_parameters(self.fused, wrong), self.folder / f"{kind.__name__}-{index}.onnx")
        scale = self.yardsticks[right.outer_value]
        return Mutation(kind.__name__, self.original, path, self.data, right, wrong, scale, moved)

    def mutations(self, seed):
        """All mutations of the model; what changes no stored bit is counted, not kept."""
        found, without_effect = [], 0
        for (number, kind), index in itertools.product(enumerate(KINDS), range(PER_KIND)):
            mutation = self.mutation(kind, index, np.random.default_rng([seed, number, index]))
            found += [mutation] if mutation else []
            without_effect += mutation is None
        return found, without_effect


SPREADS = [{}, {"variance": (1e-4, 2), "epsilon": 1e-3}, {"mean": 30, "gamma": (0.1, 10)}]


def models():
    """Networks whose norms are tame, have small variances, or large means; and the network of the digits."""
    yield onnx.load(ROOT / "Fixtures" / "digits" / "digits.onnx")
    for seed in range(MODELS - 1):
        yield network(seed, **SPREADS[seed % len(SPREADS)])


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """Every mutation of every model, and how many of those that were tried changed no stored bit."""
    numbered = [(seed, model, tmp_path_factory.mktemp("model")) for seed, model in enumerate(models())]
    tried = together(lambda found: Case(found[2], found[1]).mutations(found[0]), numbered)
    return [mutation for found, _ in tried for mutation in found], sum(count for _, count in tried)


def ulps(stored, exact):
    """How far stored elements are from exact ones, in units in the last place of the exact ones."""
    exact = exact.reshape(-1)
    _, exponent = np.frexp(exact)
    return np.abs(stored.reshape(-1) - exact) / np.ldexp(np.longdouble(1), np.maximum(exponent - 24, -149))


def named(stored):
    """The places of the elements that a certificate says are beyond one unit."""
    return {place for run in stored["named"] for place in range(run["first"], run["first"] + run["count"])}


def wrongly_named(stored, tensor, exact):
    """What a certificate says of a tensor that is not so."""
    distances, names = ulps(tensor, exact), named(stored)
    return [f"{stored['tensor']}[{place}] is {float(distances[place]):.4g} ulp off"
            + (" and named" if place in names else " and not named")
            for place in range(distances.size)
            if abs(distances[place] - 1) > NEAR and (distances[place] > 1) != (place in names)
            ] + ([] if stored["beyondOne"] == len(names) else [f"{stored['beyondOne']} beyond, {len(names)} named"])


def test_right_parameters_are_within_half_a_unit(cases):
    """The exact fold that is computed here is the one that the program stores, so it can judge the certificates."""
    for mutation in {id(found.right): found for found in cases[0]}.values():
        for stored, exact in zip((mutation.right.weight, mutation.right.bias), mutation.right.exact()):
            assert ulps(stored, exact).max() <= 0.5 + NEAR, f"{mutation.original}: {mutation.right.value}"


def test_the_certificate_names_every_element_that_changed(cases, rates):
    """With a limit of one unit it names exactly the elements farther off, in the fold that was hit and in no other."""
    def judge(mutation):
        status, check = checked(mutation.original, mutation.path, "--data", mutation.data, "--max-ulp", "1")
        wrong, is_off = [], False
        for fold in check["certification"]["folds"]:
            if fold["value"] == mutation.right.value:
                for stored, tensor, exact in zip(
                        (fold["weight"], fold["bias"]), (mutation.wrong.weight, mutation.wrong.bias),
                        mutation.right.exact()):
                    wrong += wrongly_named(stored, tensor, exact)
                    is_off |= bool(ulps(tensor, exact).max() > 1 + NEAR)
                wrong += [] if status == 2 or not is_off else [f"exit status {status}"]
            else:
                wrong += [f"{fold['value']} was not hit" for stored in (fold["weight"], fold["bias"]) if named(stored)]
        if mutation.right.value not in [fold["value"] for fold in check["certification"]["folds"]]:
            wrong += ["the fold was not recovered"]
        return is_off, f"{mutation.path}: {wrong[:3]}" if wrong else None

    judged = together(judge, cases[0])
    wrong = [text for _, text in judged if text]
    rates["mutations whose elements the certificate names, each and no other"] = (
        f"{len(judged) - len(wrong)} of {len(judged)}; {sum(is_off for is_off, _ in judged)} have one beyond 1 ulp; "
        f"{cases[1]} more changed no stored bit")
    assert wrong == []
    assert len(judged) > 0.8 * MODELS * len(KINDS) * PER_KIND


def first_beyond(check):
    """The names of the first value beyond its limit, from end to end and of the folds by themselves."""
    drifts = [check["drifts"], [fold["drift"] for fold in check["foldLocal"]]]
    return [next((drift["name"] for drift in found if drift.get("share", np.inf) > 1), None) for found in drifts]


def outcome(mutation):
    """What a run alone makes of a mutation, in one word, and by how many yardsticks that moves a channel."""
    status, check = checked(mutation.original, mutation.path, "--data", mutation.data, *RUN_ALONE)
    most = mutation.most(check)
    if status != 2:
        return ("missed" if most >= MOVES else "small"), most
    value = mutation.right.outer_value
    local = next((fold["drift"] for fold in check["foldLocal"] if fold["drift"]["name"] == value), None)
    if local and local["worstPrecision"] == "float64":
        # A channel is off by its movement and by the rounding of right weights, less than one yardstick.
        channel = local["worstChannel"]
        moved, yardstick = mutation.moved[channel] * mutation.yardsticks[channel], mutation.yardsticks[channel]
        if abs(local["worstError"] - moved) > 1e-3 * moved + yardstick:
            return "mismeasured", most
    is_there = f"'{value}'" in check["reason"] or value in first_beyond(check)
    return ("found" if is_there or most < MOVES else "elsewhere"), most


def test_the_run_alone_finds_what_moves_a_channel_by_ten_yardsticks(cases, rates):
    """Whatever is stored, and whichever channel it is; the value of the fold that was hit is the one that is named.

    Movements and yardsticks are those of `yardsticks.py`, not the report's. What moves its own value by less may still
    be found, or be too much for a later one.
    """
    outcomes = together(outcome, cases[0])
    large = [word for word, most in outcomes if most >= MOVES]
    rates[f"mutations that move a channel by {MOVES} yardsticks, found by the run alone, in the right place"] = (
        f"{large.count('found')} of {len(large)}")
    border = [word for word, most in outcomes if MOVES <= most < 1.2 * MOVES]
    rates[f"  of those that move it by less than {1.2 * MOVES:g}"] = f"{border.count('found')} of {len(border)}"
    for kind in KINDS:
        words = [word for mutation, (word, most) in zip(cases[0], outcomes)
                 if mutation.kind == kind.__name__ and most >= MOVES]
        rates[f"  {kind.__name__}"] = f"{words.count('found')} of {len(words)}"
    beyond = [word for word, most in outcomes if most < MOVES]
    rates["mutations that move none so far"] = (
        f"{len(beyond) - beyond.count('small')} of {len(beyond)} found by the run alone, "
        f"{beyond.count('small')} by the certificate only")
    wrong = [f"{mutation.path}, '{mutation.right.value}': {word}, {most:.3g} yardsticks"
             for mutation, (word, most) in zip(cases[0], outcomes) if word in ("missed", "elsewhere", "mismeasured")]
    assert wrong == []
    assert len(large) > len(outcomes) / 2
    assert len(border) > len(outcomes) / 20
