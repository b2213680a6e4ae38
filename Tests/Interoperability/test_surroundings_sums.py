"""Norms on an identity branch, which a parallel convolution takes in, and norms that merge with one another."""

import numpy as np
import pytest

from builders import find, tensor
from command import fuse
from flow import HERE, Flow, k
from surroundings import NOWHERE, READERS, assert_case, case

C = 4
SIDEWAYS = ("sideways",)


def block(*branches, shape=(2, C, 6, 6), start=None, operator="Sum", tail=False):
    """The sum of branches from one value, each made by a function: the model's input unless `start` makes another."""
    flow = Flow(shape)
    if start:
        start(flow)
    value, channels, ends = flow.value, flow.channels, []
    for branch in branches:
        branch(flow.at(value, channels))
        ends.append((flow.value, flow.channels))
    total = flow.node(operator, [value for value, _ in ends], "s")
    flow.at(total, max(c for _, c in ends))
    return (flow.bn() if tail else flow.step("Relu")).done()


def wide(flow):
    flow.conv(C, 3, bias=False, pads=[1, 1, 1, 1]).bn()


def narrow(flow):
    flow.conv(C, 1, bias=False).bn()


def norm(flow):
    flow.bn()


def plain(size=3, pads=1, **options):
    return lambda flow: flow.conv(C, size, pads=[pads] * 4, **options)


def repvgg(start=None):
    """Conv 3 × 3 → BN, Conv 1 × 1 → BN and BN, added two by two as PyTorch exports them."""
    flow = Flow((2, C, 6, 6))
    if start:
        start(flow)
    value = flow.value
    ends = []
    for branch in (wide, narrow, norm):
        branch(flow.at(value, C))
        ends.append(flow.value)
    first = flow.node("Add", ends[:2], "a")
    return flow.at(flow.node("Add", [first, ends[2]], "s"), C).step("Relu").done()


THREE = ("backward", "backward", "sideways")
PARALLEL = [
    case("a RepVGG block", lambda: repvgg(), 3, direction=THREE, becomes="Conv Conv Add Relu"),
    case("a RepVGG block behind another layer", lambda: repvgg(lambda f: f.conv(C, 1).step("Relu")), 3, direction=THREE,
         becomes="Conv Relu Conv Conv Add Relu"),
    case("a RepVGG block whose branches one Sum adds", lambda: block(wide, narrow, norm), 3, direction=THREE,
         becomes="Conv Conv Sum Relu"),
    case("a RepVGG block with a norm behind the sum", lambda: block(wide, narrow, norm, tail=True), 4,
         direction=(*THREE, "backward"), becomes="Conv Conv Sum"),
    case("an identity norm beside Conv 3 x 3", lambda: block(plain(), norm), 1, direction=SIDEWAYS,
         becomes="Conv Relu"),
    case("an identity norm beside Conv 1 x 1", lambda: block(plain(1, 0), norm, operator="Add"), 1, direction=SIDEWAYS),
    case("an identity norm that comes first", lambda: block(norm, plain(), operator="Add"), 1, direction=SIDEWAYS),
    case("an identity norm beside Conv 5 x 5", lambda: block(plain(5, 2, bias=False), norm), 1, direction=SIDEWAYS),
    case("an identity norm beside a dilated Conv", lambda: block(plain(3, 2, dilations=[2, 2]), norm), 1,
         direction=SIDEWAYS),
    case("an identity norm beside a grouped Conv", lambda: block(plain(group=2), norm), 1, direction=SIDEWAYS),
    case("an identity norm beside a depthwise Conv", lambda: block(plain(group=C), norm), 1, direction=SIDEWAYS),
    case("an identity norm beside a 1-D Conv", lambda: block(lambda f: f.conv(C, 3, rank=1, pads=[1, 1]), norm,
         shape=(2, C, 6)), 1, direction=SIDEWAYS),
    case("an identity norm beside Conv SAME", lambda: block(lambda f: f.conv(C, 3, auto_pad="SAME_UPPER"), norm), 1,
         direction=SIDEWAYS, oracles=("onnxruntime",)),
    case("two identity norms beside a Conv", lambda: block(plain(), norm, norm), 2, direction=("sideways", "sideways"),
         becomes="Conv Relu"),
    case("three identity norms and a norm behind the sum", lambda: block(plain(), norm, norm, norm, tail=True), 4,
         direction=("backward", "sideways", "sideways", "sideways"), becomes="Conv"),
    case("a block of stride 2 without an identity", lambda: block(
        lambda f: f.conv(C, 3, pads=[1, 1, 1, 1], strides=[2, 2]).bn(), lambda f: f.conv(C, 1, strides=[2, 2]).bn()), 2,
         becomes="Conv Conv Sum Relu"),
    case("an identity norm beside a Conv that a Relu follows", lambda: block(lambda f: f.conv(C, 3, pads=[1, 1, 1, 1])
         .step("Relu"), norm), 0, NOWHERE),
    case("an identity norm beside a Conv of something else", lambda: block(lambda f: f.step("Relu").conv(C, 3,
         pads=[1, 1, 1, 1]), norm), 0, NOWHERE),
    case("an identity norm beside a Conv whose output is read", lambda: read_elsewhere(), 0, READERS | {NOWHERE}),
    case("an identity norm whose output is read", lambda: norm_read(), 0, READERS | {NOWHERE}),
    case("an identity norm beside a Conv of one channel", lambda: block(lambda f: f.conv(1, 1), norm), 0,
         frozenset({NOWHERE, "channel-mismatch", "channel-axis-differs"})),
    case("an identity norm beside a strided Conv, on an image of one pixel", lambda: block(
        lambda f: f.conv(C, 3, strides=[2, 2], pads=[1, 1, 1, 1]), norm, shape=(2, C, 1, 1)), 1, direction=SIDEWAYS,
         otherwise=(NOWHERE,)),
    case("an identity norm on a smaller image, which broadcasts", lambda: block(
        lambda f: f.conv(C, 1, pads=[1, 1, 1, 1]), norm, shape=(2, C, 1, 1)), 0, NOWHERE),
    case("an identity norm multiplied", lambda: block(plain(), norm, operator="Mul"), 0, NOWHERE),
    case("an identity norm beside the identity", lambda: block(lambda f: f, norm), 0, NOWHERE),
]  # fmt: skip


def read_elsewhere():
    flow = Flow((2, C, 6, 6)).conv(C, 3, pads=[1, 1, 1, 1])
    conv = flow.value
    normed = flow.at("x", C).bn().value
    total = flow.node("Add", [conv, normed], "s")
    return flow.done(total, flow.node("Relu", [conv], "r"))


def norm_read():
    flow = Flow((2, C, 6, 6)).conv(C, 3, pads=[1, 1, 1, 1])
    conv = flow.value
    normed = flow.at("x", C).bn().value
    total = flow.node("Add", [conv, normed], "s")
    return flow.done(total, flow.node("Relu", [normed], "r"))


def alone(*steps):
    """The input, then norms and constants, then a Relu: nothing linear."""
    flow = Flow((2, C, 6, 6))
    for step in steps:
        step(flow)
    return flow.step("Relu").done()


def constant(operator, *shape, first=False):
    value = k(*(shape or (C, 1, 1)))
    return lambda flow: flow.step(operator, *((value, HERE) if first else (value,)))


# Nothing linear is before it, and what is behind it is no map per channel.
BESIDE = frozenset({NOWHERE, "channel-axis-differs"})
MERGED = [
    case("two norms", lambda: alone(norm, norm), 0, NOWHERE, merged=1, becomes="BatchNormalization Relu"),
    case("three norms", lambda: alone(norm, norm, norm), 0, NOWHERE, merged=2, becomes="BatchNormalization Relu"),
    case("a norm and Mul", lambda: alone(norm, constant("Mul")), 0, NOWHERE, affine=1,
         becomes="BatchNormalization Relu"),
    case("a norm and Add", lambda: alone(norm, constant("Add")), 0, NOWHERE, affine=1,
         becomes="BatchNormalization Relu"),
    case("a norm, Mul and Add", lambda: alone(norm, constant("Mul"), constant("Add", 1, C, 1, 1, first=True)), 0,
         NOWHERE, affine=2, becomes="BatchNormalization Relu"),
    case("Sub, Div and a norm", lambda: alone(constant("Sub"), constant("Div"), norm), 0, NOWHERE, affine=2,
         becomes="BatchNormalization Relu"),
    case("a norm, a scalar Mul and a norm", lambda: alone(norm, lambda f: f.step("Mul", k()), norm), 0, NOWHERE,
         merged=1, affine=1, becomes="BatchNormalization Relu"),
    case("a norm with a scale of 0, then a norm", lambda: alone(lambda f: f.bn(scales="some zero"), norm), 0, NOWHERE,
         merged=1, becomes="BatchNormalization Relu"),
    case("two norms that one Conv takes", lambda: Flow((2, C, 6, 6)).bn().bn().conv(3, 3).done(), 2,
         direction="forward", becomes="Conv"),
    case("one norm", lambda: alone(norm), 0, NOWHERE, merged=0, becomes="BatchNormalization Relu"),
    case("a norm and a constant of the width", lambda: alone(norm, constant("Mul", 6)), 0, BESIDE, affine=0,
         becomes="BatchNormalization Mul Relu"),
    case("a norm and a constant of the height, as many as channels", lambda: Flow((2, C, C, C)).bn()
         .step("Mul", k(C, 1)).step("Relu").done(), 0, BESIDE, affine=0, becomes="BatchNormalization Mul Relu"),
    case("constants without a norm", lambda: alone(constant("Mul"), constant("Add")), affine=0, becomes="Mul Add Relu"),
    case("two norms, the value between is an output", lambda: between_is_output(), 0,
         (NOWHERE, frozenset({NOWHERE, "activation-is-output"})), becomes="BatchNormalization BatchNormalization"),
    case("two norms, the value between is read", lambda: between_is_read(), 0, (NOWHERE, READERS | {NOWHERE})),
    case("two norms with Relu between", lambda: alone(norm, lambda f: f.step("Relu"), norm), 0, (NOWHERE, NOWHERE)),
    case("two norms, of a constant and of an input's parameter", lambda: parameter_is_input(), 0,
         (NOWHERE, "parameter-not-constant")),
]  # fmt: skip


def between_is_output():
    flow = Flow((2, C, 6, 6)).bn()
    first = flow.value
    return flow.bn().done(first, flow.value)


def between_is_read():
    flow = Flow((2, C, 6, 6)).bn()
    relu = flow.node("Relu", [flow.value], "r")
    return flow.bn().done(flow.value, relu)


def parameter_is_input():
    flow = Flow((2, C, 6, 6)).bn()
    flow.input("gamma", [C])
    return flow.bn(gamma="gamma").done()


@pytest.mark.parametrize("expected", PARALLEL, ids=str)
def test_norms_on_an_identity_branch(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", MERGED, ids=str)
def test_norms_that_nothing_linear_takes(expected):
    assert_case(expected)


def test_the_identity_of_a_grouped_convolution_is_the_diagonal_of_each_group():
    """W'[o, o mod C/g, centre] = W + s[o], everything else as it was."""
    weight = np.zeros([C, 2, 3, 3])
    model = block(lambda f: f.conv(C, 3, weight=weight, bias=False, group=2, pads=[1, 1, 1, 1]), lambda f: f.bn(
        gamma=np.array([1, 2, 3, 4]), mean=np.zeros(C), beta=np.zeros(C), variance=np.ones(C), epsilon=0.0))
    fused = fuse(model, proved=False).model
    conv = next(node for node in fused.graph.node if node.op_type == "Conv")
    weight[range(C), [0, 1, 0, 1], 1, 1] = [1, 2, 3, 4]
    assert np.array_equal(tensor(fused, find(fused, conv.output[0]).input[1]), weight.astype(np.float32))
