"""Norms behind Concat and sums: each branch takes its part, and all must take it."""

import numpy as np
import pytest

from flow import HERE, Flow, k
from surroundings import AXIS, NOWHERE, READERS, assert_case, case

C = 4
LOST = AXIS | {NOWHERE}


class Branches:
    """Branches from one input, each ending in a value with its channels."""

    def __init__(self, shape=(2, 3, 6, 6), **options):
        self.flow, self.ends, self.given = Flow(shape, **options), [], shape[1]

    def add(self, build):
        """One more branch, which `build` makes from the input."""
        build(self.flow.at("x", self.given))
        self.ends.append((self.flow.value, self.flow.channels))
        return self

    def conv(self, channels=C, **options):
        return self.add(lambda flow: flow.conv(channels, 3, **options))

    def concat(self, axis=1):
        channels = sum(c for _, c in self.ends) if axis in (1, -3) else self.ends[0][1]
        return self.join("Concat", channels, axis=axis)

    def join(self, operator, channels=None, **attributes):
        names = [value for value, _ in self.ends]
        y = self.flow.node(operator, names, self.flow.fresh("j"), **attributes)
        return self.flow.at(y, channels or max(c for _, c in self.ends))


def pair(**options):
    return Branches(**options).conv().conv()


def relu(flow):
    flow.conv(C, 3).step("Relu")


def whole(flow):
    """The input cut to the size of the other branches: nothing linear."""
    flow.step("MaxPool", kernel_shape=[3, 3])


CONCAT = [
    case("Concat along channels", lambda: Branches().conv(4).conv(3).concat().bn().done(), 1,
         becomes="Conv Conv Concat"),
    case("Concat along channels of three, one through a pool", lambda: Branches().conv(4).conv(4)
         .add(lambda f: f.conv(3).step("AveragePool", kernel_shape=[3, 3])).concat().bn().done(), 1),
    case("Concat along channels of Conv and ConvTranspose", lambda: Branches([2, 3, 4, 4]).add(lambda f: f.conv(4))
         .add(lambda f: f.conv(2, transposed=True)).concat().bn().done(), 1, becomes="Conv ConvTranspose Concat"),
    case("Concat of Gemms", lambda: Branches([2, 3]).add(lambda f: f.gemm(4)).add(lambda f: f.gemm(2, transB=1))
         .concat().bn().done(), 1, becomes="Gemm Gemm Concat"),
    case("Concat of Concats", lambda: nested_concat(), 1),
    case("Concat by a negative axis", lambda: pair().concat(-3).bn().done(), 1),
    case("Concat along the height", lambda: pair().concat(2).bn().done(), 1, becomes="Conv Conv Concat"),
    case("Concat along the batch", lambda: pair().concat(0).bn().done(), 1),
    case("Concat of opset 1", lambda: pair(opset=1).join("Concat", 2 * C).bn().done(rank=4), 1),
    case("Concat with a norm in one branch", lambda: Branches().add(lambda f: f.conv(C, 3).bn()).conv().concat().bn()
         .done(), 2, becomes="Conv Conv Concat"),
    case("Concat with a branch that is not linear", lambda: Branches().conv().add(relu).concat().bn().done(), 0,
         NOWHERE),
    case("Concat with the input", lambda: Branches().conv().add(whole).concat().bn().done(), 0, NOWHERE),
    case("Concat along the height with a branch that is not linear", lambda: Branches().conv().add(relu).concat(2).bn()
         .done(), 0, NOWHERE),
    case("Concat with a branch that is read elsewhere", lambda: branch_read("Concat", axis=1), 0, "activation-shared"),
    case("Concat with a branch that is an output", lambda: branch_output("Concat", axis=1), 0, "activation-is-output"),
    case("Concat of a branch with itself along channels", lambda: twice("Concat", 2 * C, axis=1), 0, READERS),
]  # fmt: skip


def nested_concat():
    flow = Branches().conv(2).conv(3).concat()
    inner = flow.value
    flow.at("x", 3).conv(4, 3)
    return flow.at(flow.node("Concat", [flow.value, inner], "j", axis=1), 9).bn().done()


def branch_read(operator, **attributes):
    branches = pair()
    flow = branches.join(operator, 2 * C if operator == "Concat" else C, **attributes).bn()
    return flow.done(flow.value, flow.node("Relu", [branches.ends[1][0]], "r"))


def branch_output(operator, **attributes):
    branches = pair()
    flow = branches.join(operator, 2 * C if operator == "Concat" else C, **attributes).bn()
    return flow.done(flow.value, branches.ends[0][0])


def twice(operator, channels, **attributes):
    flow = Flow().conv(C, 3)
    return flow.step(operator, HERE, HERE, channels=channels, **attributes).bn().done()


SUMS = [
    *(case(f"{operator} of two branches", lambda o=operator: pair().join(o).bn().done(), 1,
           becomes=f"Conv Conv {operator}")
      for operator in ("Add", "Sub", "Sum")),
    case("Sum of three branches", lambda: pair().conv().join("Sum").bn().done(), 1, becomes="Conv Conv Conv Sum"),
    case("Add of branches without biases", lambda: Branches().conv(bias=False).conv(bias=False).join("Add").bn().done(),
         1, becomes="Conv Conv Add"),
    case("Add of Gemms", lambda: Branches([C, 3]).add(lambda f: f.gemm(C)).add(lambda f: f.gemm(C)).join("Add").bn()
         .done(), 1, becomes="Gemm Gemm Add"),
    case("Add of MatMuls keeps one new Add", lambda: Branches([C, 3]).add(lambda f: f.matmul(C))
         .add(lambda f: f.matmul(C)).join("Add").bn().done(), 1),
    case("Add of Conv and ConvTranspose", lambda: Branches([2, 3, 4, 4]).add(lambda f: f.conv(C))
         .add(lambda f: f.conv(C, transposed=True)).join("Add").bn().done(), 1),
    case("Add of a pooled branch that broadcasts", lambda: Branches().conv().add(lambda f: f.conv(C)
         .step("GlobalAveragePool")).join("Add").bn().done(), 1),
    case("Add of an Add", lambda: nested_sum(), 1),
    case("Add with norms in both branches", lambda: Branches().add(lambda f: f.conv(C, 3).bn()).add(lambda f: f.conv(C,
         3).bn()).join("Add").bn().done(), 3, becomes="Conv Conv Add"),
    case("Add of a constant branch [1,C,H,W]", lambda: Flow().conv(C, 3).step("Add", k(1, C, 4, 4)).bn().done(), 1,
         becomes="Conv Add"),
    case("Sub of a branch from a constant [1,C,H,W]", lambda: Flow().conv(C, 3).step("Sub", k(1, C, 4, 4), HERE).bn()
         .done(), 1, becomes="Conv Sub"),
    case("a Concat of sums", lambda: concat_of_sums(), 1),
    case("Add with the input", lambda: Branches().conv().add(lambda f: f.step("MaxPool", kernel_shape=[3, 3]).step(
        "Concat", HERE, HERE, axis=1).step("Slice", np.array([0]), np.array([C]), np.array([1]), channels=C))
        .join("Add").bn().done(), 0, "activation-shared"),
    case("Add with a branch that is not linear", lambda: Branches().conv().add(relu).join("Add").bn().done(), 0,
         NOWHERE),
    case("Add with a branch that is read elsewhere", lambda: branch_read("Add"), 0, "activation-shared"),
    case("Add with a branch that is an output", lambda: branch_output("Add"), 0, "activation-is-output"),
    case("Add of a branch with one channel, which broadcasts", lambda: Branches().conv().conv(1).join("Add").bn()
         .done(), 0, LOST),
    case("Mul of two branches", lambda: pair().join("Mul").bn().done(), 0, frozenset({NOWHERE, "bias-not-constant"})),
    case("Add of branches of rank 2 along the other axis", lambda: square(), 0, LOST | {"activation-shared"}),
]  # fmt: skip


def nested_sum():
    flow = pair().join("Sub")
    inner = flow.value
    flow.at("x", 3).conv(C, 3)
    return flow.at(flow.node("Add", [flow.value, inner], "j"), C).bn().done()


def concat_of_sums():
    branches = Branches()
    for _ in range(2):
        flow = branches.flow
        names = [flow.at("x", 3).conv(C, 3).value for _ in range(2)]
        branches.ends.append((flow.node("Add", names, flow.fresh("s")), C))
    return branches.concat().bn().done()


def square():
    """Of the sum of `[4, 4]` and its like transposed, the norm's channels are the rows of one branch."""
    flow = Flow([C, 3])
    names = [flow.gemm(C).value, flow.at("x", 3).gemm(C).step("Transpose", perm=[1, 0]).value]
    return flow.at(flow.node("Add", names, "j"), C).bn().done()


def several(norms, *others):
    """Conv read by norms, all with the same parameters or each with its own, and by other operators."""
    flow = Flow().conv(C, 3)
    conv, ends = flow.value, []
    for _ in range(norms):
        ends.append(flow.at(conv, C).bn().value)
    for operator in others:
        ends.append(flow.at(conv, C).step(operator).value)
    return flow.done(*ends)


READ = [
    case("two norms of one convolution", lambda: several(2), 0, (READERS, READERS)),
    case("a norm and a Relu of one convolution", lambda: several(1, "Relu"), 0, READERS),
    case("a norm and a pool of one convolution", lambda: several(1, "GlobalAveragePool"), 0, READERS),
    case("a norm, then a residual connection from before it", lambda: residual(), 0, "activation-shared"),
    case("two norms behind the pools of one convolution", lambda: two_pools(), 0, (READERS, READERS)),
]  # fmt: skip


def residual():
    flow = Flow().conv(C, 3)
    conv = flow.value
    normed = flow.bn().step("Relu").value
    return flow.at(flow.node("Add", [conv, normed], "j")).done()


def two_pools():
    flow = Flow().conv(C, 3)
    conv = flow.value
    first = flow.step("GlobalAveragePool").bn().value
    second = flow.at(conv, C).step("AveragePool", kernel_shape=[2, 2]).bn().value
    return flow.done(first, second)


@pytest.mark.parametrize("expected", CONCAT, ids=str)
def test_norms_behind_concat(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", SUMS, ids=str)
def test_norms_behind_sums(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", READ, ids=str)
def test_norms_that_share_what_they_read(expected):
    assert_case(expected)
