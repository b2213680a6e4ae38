"""Judges the arithmetic of a fused model: is each stored weight and bias the correctly rounded exact fold?

    from exact_fold import wrong_elements
    wrong = wrong_elements(original, fused, report)      # two ModelProto and the command's JSON report

The exact fold is computed from the stored bits of the original alone, with 400 bits, and shares no code with the
program under test. float32, float16 and bfloat16 must be correctly rounded (to nearest, ties to even); float64 must be
within one unit in the last place. `check` also says how many elements were judged. A fused model whose structure is
not what the report and the rules of folding say raises `Mismatch`.

Both models must hold their data: load them with `onnx.load`, which reads external data too.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import mpmath
import numpy as np

from graphs import attribute, is_a, scopes

BITS = 400
LINEAR = ("Conv", "ConvTranspose", "Gemm", "MatMul")

# Of each storage type: bits of the significand, exponent of the smallest normal number, largest number.
STORAGE = {
    "float64": (53, -1022, float(np.finfo(np.float64).max)),
    "float32": (24, -126, float(np.finfo(np.float32).max)),
    "float16": (11, -14, 65504.0),
    "bfloat16": (8, -126, (2 - 2**-7) * 2.0**127),
}


class Mismatch(AssertionError):
    """The fused model does not have the structure that the fold must give it."""


class Wrong(NamedTuple):
    norm: str
    role: str
    index: tuple
    stored: float
    right: float
    ulps: float


@dataclass
class Check:
    elements: int = 0
    wrong: list = field(default_factory=list)


def wrong_elements(original, fused, report):
    """The stored elements that are not what the exact fold rounds to, as a list of `Wrong`."""
    return check(original, fused, report).wrong


def check(original, fused, report):
    result = Check()
    with mpmath.workprec(BITS):
        for chain in chains(original, fused, report):
            judge(chain, result)
    return result


# Finding the folds


@dataclass
class Chain:
    """A linear operator of the original and the nodes behind it that a fold absorbs, in order; the last is a norm.

    `graph` counts the model's graphs; `before` and `after` are the scopes of that graph in the two models.
    """

    graph: int
    before: object
    after: object
    operator: object
    steps: list

    @property
    def last(self):
        return self.steps[-1].output[0]


def chains(original, fused, report=None):
    """The folds, found by which norms are missing in the fused model, and compared with the report if there is one."""
    before, after = scopes(original), scopes(fused)
    if len(before) != len(after):
        raise Mismatch(f"{len(before)} graphs became {len(after)}")
    found, folded = [], []
    for graph, (old, new) in enumerate(zip(before, after)):
        longest = {}
        for norm in old.graph.node:
            if is_a(norm, "BatchNormalization") and not is_a(new.node(norm.output[0]), "BatchNormalization"):
                folded.append(norm.output[0])
                operator, steps = walk_back(old, norm)
                known = longest.setdefault(operator.output[0], Chain(graph, old, new, operator, steps))
                if len(known.steps) < len(steps):
                    known.steps = steps
        found += longest.values()
    if report is not None:
        reported = [fold["batchNorm"] for fold in report["folds"]]
        if Counter(reported) != Counter(folded):
            raise Mismatch(f"reported as folded: {sorted(reported)}; missing in the fused model: {sorted(folded)}")
    return found


def walk_back(scope, norm):
    """The linear operator in front of a norm, and all nodes from behind that operator up to the norm."""
    steps, node = [norm], scope.node(norm.input[0])
    while not is_a(node, *LINEAR):
        if is_a(node, "Identity", "Dropout", "BatchNormalization"):
            value = node.input[0]
        elif is_a(node, "Add"):
            value = next((name for name in node.input if scope.constant(name) is None), None)
        else:
            value = None
        if value is None:
            raise Mismatch(f"'{norm.output[0]}' is gone, but no linear operator feeds it")
        steps.insert(0, node)
        node = scope.node(value)
    return node, steps


def constant_operand(scope, add):
    return next((name for name in add.input if scope.constant(name) is not None), None)


def fused_operator(chain):
    """The node that took the place of a chain, and the Add behind it that holds its bias (or None)."""
    node, add = chain.after.node(chain.last), None
    if is_a(node, "Add"):
        constant = constant_operand(chain.after, node)
        add, value = node, next((name for name in node.input if name != constant), None)
        node = chain.after.node(value)
    if not is_a(node, *LINEAR):
        raise Mismatch(f"'{chain.last}' is not written by a linear operator")
    return node, add


class Linear:
    """A linear operator: its constants, and where in them the channels of its output lie."""

    def __init__(self, scope, node):
        self.scope, self.name = scope, node.output[0]
        self.weight_factor = self.bias_factor = 1.0
        self.groups, self.axis = 1, 0
        left = is_a(node, "MatMul") and scope.constant(node.input[1]) is None
        self.weight = self.constant(node.input[0 if left else 1])
        self.rank = 3 if left else self.weight.ndim  # of the output
        if is_a(node, "ConvTranspose"):
            self.axis, self.groups = 1, attribute(node, "group", 1)
        elif is_a(node, "Gemm"):
            self.axis = 0 if attribute(node, "transB", 0) else 1
            self.weight_factor, self.bias_factor = attribute(node, "alpha", 1.0), attribute(node, "beta", 1.0)
        elif is_a(node, "MatMul"):
            self.axis = 0 if left else 1
        self.channels = self.weight.shape[self.axis] * self.groups
        self.bias = self.constant(node.input[2]) if len(node.input) > 2 and node.input[2] else None

    def constant(self, name):
        value = self.scope.constant(name)
        if value is None:
            raise Mismatch(f"'{name}', read by the operator of '{self.name}', is not constant")
        return value

    def rows_of_bias(self):
        """The bias as [rows, channels]; only Gemm's C can have more than one row."""
        if self.bias is None:
            return np.zeros((1, self.channels))
        bias = self.bias.reshape((1,) * (2 - self.bias.ndim) + self.bias.shape)
        return np.broadcast_to(bias, (bias.shape[0], self.channels))

    def added(self, add):
        """The constant of an Add behind this operator, one number per channel."""
        values = self.constant(constant_operand(self.scope, add))
        front = max(self.rank - values.ndim, 0)
        if self.scope.opset < 7 and attribute(add, "axis", -1) >= 0:
            front = attribute(add, "axis")
        shape = (1,) * front + values.shape
        shape += (1,) * (self.rank - len(shape))
        if len(shape) != self.rank or any(size != 1 for axis, size in enumerate(shape) if axis != 1):
            raise Mismatch(f"a constant of shape {values.shape} was added to '{self.name}': not one per channel")
        return np.broadcast_to(values.reshape(-1), (self.channels,))

    def channel_of(self, flat):
        """The output channels of the weight's elements at the given flat indices."""
        index = np.unravel_index(flat, self.weight.shape)
        if self.groups == 1:
            return index[self.axis]
        return index[0] // (self.weight.shape[0] // self.groups) * self.weight.shape[1] + index[1]


# The exact fold


def judge(chain, result):
    node, add = fused_operator(chain)
    old, new = Linear(chain.before, chain.operator), Linear(chain.after, node)
    for what in ("axis", "groups"):
        if getattr(old, what) != getattr(new, what):
            raise Mismatch(f"'{chain.last}': {what} {getattr(old, what)} became {getattr(new, what)}")
    if (old.weight.shape, old.weight.dtype) != (new.weight.shape, new.weight.dtype):
        raise Mismatch(f"'{chain.last}': the weight became {new.weight.dtype}{new.weight.shape}")
    if new.weight_factor != 1 or (new.bias is not None and new.bias_factor != 1):
        raise Mismatch(f"'{chain.last}': alpha or beta is still there")

    scale, shift = composed(chain, old)
    judge_weight(chain.last, old, new, [factor * mpmath.mpf(old.weight_factor) for factor in scale], result)

    stored = new.rows_of_bias()
    if add is not None:
        if new.bias is not None:
            raise Mismatch(f"'{chain.last}': a bias in the operator and an Add behind it")
        stored = new.added(add).reshape(1, -1)
    if (new.bias is not None or add is not None) and stored.dtype != old.weight.dtype:
        raise Mismatch(f"'{chain.last}': a bias of {stored.dtype} for a weight of {old.weight.dtype}")
    judge_bias(chain.last, old, stored, scale, shift, result)


def composed(chain, linear):
    """Scale and shift of each channel over all steps of a chain, as lists of mpmath numbers."""
    scope = chain.before
    scale, shift = [mpmath.mpf(1)] * linear.channels, [mpmath.mpf(0)] * linear.channels
    for node in chain.steps:
        if is_a(node, "Add"):
            shift = [value + float(more) for value, more in zip(shift, linear.added(node))]
        elif is_a(node, "BatchNormalization"):
            # An attribute is a float32 in the file; so is the default, the float32 next to 1e-5.
            epsilon = mpmath.mpf(float(np.float32(attribute(node, "epsilon", 1e-5))))
            parameters = [linear.constant(name).reshape(-1).astype(np.float64).tolist() for name in node.input[1:5]]
            if any(len(values) != linear.channels for values in parameters):
                raise Mismatch(f"'{node.output[0]}' does not have the {linear.channels} channels of its operator")
            for channel, (gamma, beta, mean, variance) in enumerate(zip(*parameters)):
                factor = gamma / mpmath.sqrt(variance + epsilon)
                scale[channel] *= factor
                shift[channel] = (shift[channel] - mean) * factor + beta
    return scale, shift


def judge_weight(norm, old, new, scale, result):
    kind = old.weight.dtype.name
    before, after = (linear.weight.reshape(-1).astype(np.float64) for linear in (old, new))
    channel = old.channel_of(np.arange(before.size))
    result.elements += before.size
    if kind == "float64":
        doubtful = np.arange(before.size)
    else:
        # The product in double is off by less than 2^-51 of itself. Where both ends of a wider interval round to
        # the stored number, that number is right; the few others are decided with all bits.
        product = before * np.array([float(factor) for factor in scale])[channel]
        low, high = (rounded(product * (1 + side * 2.0**-50), kind) for side in (-1, 1))
        doubtful = np.flatnonzero(~((low == after) & (high == after) & np.isfinite(after)))
    for flat in doubtful.tolist():
        if not math.isfinite(before[flat]) and not math.isfinite(after[flat]):
            continue
        exact = before[flat] * scale[channel[flat]]
        index = tuple(int(i) for i in np.unravel_index(flat, old.weight.shape))
        judge_element(norm, "weight", index, float(after[flat]), exact, kind, result)


def judge_bias(norm, old, stored, scale, shift, result):
    before = old.rows_of_bias().astype(np.float64)
    rows = max(len(before), len(stored))
    before, after = (np.broadcast_to(rows_of, (rows, old.channels)) for rows_of in (before, stored.astype(np.float64)))
    result.elements += before.size
    for (row, channel), value in np.ndenumerate(before):
        exact = mpmath.mpf(float(value)) * old.bias_factor * scale[channel] + shift[channel]
        index = (row, channel) if rows > 1 else (channel,)
        judge_element(norm, "bias", index, float(after[row, channel]), exact, old.weight.dtype.name, result)


def judge_element(norm, role, index, stored, exact, kind, result):
    right, ulp = nearest(exact, kind)
    if math.isfinite(stored):
        ulps = float(abs(stored - exact) / ulp)
        if stored == right or (kind == "float64" and ulps <= 1):
            return
    else:
        ulps = math.inf
    result.wrong.append(Wrong(norm, role, index, stored, right, ulps))


# Rounding


def rounded(values, kind):
    """Doubles rounded once to a narrower storage type, ties to even; the result is still an array of doubles."""
    significand, smallest, largest = STORAGE[kind]
    _, exponent = np.frexp(values)  # |value| = [0.5, 1) * 2^exponent
    last = np.maximum(exponent, smallest + 1) - significand
    result = np.ldexp(np.rint(np.ldexp(values, -last)), last)
    return np.where(np.abs(result) > largest, np.copysign(np.inf, result), result)


def nearest(exact, kind):
    """The number of a storage type next to an mpmath number, and the unit in the last place there."""
    significand, smallest, largest = STORAGE[kind]
    if exact == 0:
        return 0.0, mpmath.ldexp(1, smallest + 1 - significand)
    _, exponent = mpmath.frexp(exact)
    last = max(int(exponent), smallest + 1) - significand
    units = mpmath.ldexp(exact, -last)
    whole = int(mpmath.floor(units))
    above = units - whole - mpmath.mpf(0.5)
    # A quotient that is a tie exactly may be off in its last computed bits; nothing else comes so near to one.
    if abs(above) < mpmath.ldexp(1, -BITS // 2):
        whole += whole % 2
    elif above > 0:
        whole += 1
    result = mpmath.ldexp(whole, last)
    ulp = mpmath.ldexp(1, last)
    return (float(result) if abs(result) <= largest else math.copysign(math.inf, result)), ulp
