"""Constants that nodes make of constants: they are worked out where a fold needs them, and the nodes go."""

import numpy as np
import onnx
import pytest

from builders import TYPES, Graph
from flow import HERE, Flow, ints, k
from surroundings import NOWHERE, assert_case, case

C = 4
HALF = TYPES["float16"][1]
FLOAT = TYPES["float32"][1]


def made(flow, operator, *operands, **attributes):
    """The name of a constant that a node makes of others."""
    return flow.node(operator, [flow.operand(operand) for operand in operands], flow.fresh("made"), **attributes)


def conv(weight, bias=None, channels=3):
    """Conv of a weight, and a bias, that functions make; then a norm."""
    flow = Flow((2, channels, 6, 6))
    names = [flow.value, weight(flow), *([bias(flow)] if bias else [])]
    return flow.at(flow.node("Conv", names, flow.fresh("c")), C).bn().done()


def typed(array, dtype):
    return np.asarray(array).astype(TYPES[dtype][0])


W = k(C, 3, 3, 3)
WEIGHTS = [
    case("a Cast of float16", lambda: conv(lambda f: made(f, "Cast", typed(W, "float16"), to=FLOAT)), 1,
         becomes="Conv"),
    case("a Cast to its own type", lambda: conv(lambda f: made(f, "Cast", W, to=FLOAT)), 1, becomes="Conv"),
    case("a Cast there and back", lambda: conv(lambda f: made(f, "Cast", made(f, "Cast", W, to=HALF), to=FLOAT)), 1,
         becomes="Conv"),
    case("a product with a scale", lambda: conv(lambda f: made(f, "Mul", W, k(C, 1, 1, 1))), 1, becomes="Conv"),
    case("a weight norm", lambda: conv(lambda f: made(
        f, "Mul", made(f, "Div", W, made(f, "ReduceL2", W, axes=[1, 2, 3], keepdims=1)), k(C, 1, 1, 1))), 1,
         becomes="Conv"),
    case("a Transpose of four axes", lambda: conv(lambda f: made(f, "Transpose", k(3, C, 3, 3), perm=[1, 0, 2, 3])), 1,
         becomes="Conv"),
    case("a Concat", lambda: conv(lambda f: made(f, "Concat", k(1, 3, 3, 3), k(3, 3, 3, 3), axis=0)), 1,
         becomes="Conv"),
    case("a Slice", lambda: conv(lambda f: made(f, "Slice", k(6, 3, 3, 3), ints(1), ints(5), ints(0))), 1,
         becomes="Conv"),
    case("a Gather", lambda: conv(lambda f: made(f, "Gather", k(6, 3, 3, 3), ints(5, 0, 2, 2))), 1, becomes="Conv"),
    case("an Expand", lambda: conv(lambda f: made(f, "Expand", k(C, 3, 1, 1), ints(C, 3, 3, 3))), 1, becomes="Conv"),
    case("a Pad", lambda: conv(lambda f: made(f, "Pad", k(C, 3, 1, 1), ints(0, 0, 1, 1, 0, 0, 1, 1))), 1,
         becomes="Conv"),
    case("a sum, and a bias that is one", lambda: conv(
        lambda f: made(f, "Add", W, k(1)), lambda f: made(f, "Neg", k(C))), 1, becomes="Conv"),
    case("a Cast of integers", lambda: conv(
        lambda f: made(f, "Cast", np.arange(-54, 54).reshape(C, 3, 3, 3).astype(np.int8), to=FLOAT)), 1, becomes="Conv"),
    case("a choice", lambda: conv(lambda f: made(f, "Where", W > 0, W, k(1))), 1, becomes="Conv"),
    case("a Dropout that drops nothing", lambda: conv(lambda f: made(f, "Dropout", W), lambda f: made(f, "Dropout", k(C))),
         1, becomes="Conv"),
    case("a Range", lambda: conv(lambda f: made(f, "Reshape", made(f, "Range", *map(np.float64, (0.5, 54.5, 0.5))),
         ints(C, 3, 3, 3))), 1, becomes="Conv"),
    case("a body that runs", lambda: conv(lambda f: chosen_by_if(f, True)), 1, becomes="Conv"),
    case("a body that may run", lambda: conv(lambda f: chosen_by_if(f, "which")), 0, "weight-not-constant"),
    case("two Transposes of a matrix", lambda: twice_turned(), 1, becomes="MatMul Add"),
    case("an Expand by a known size", lambda: sized("Expand", (2, 3, 6, 6)), 1),
    case("an Expand by a size that is not known", lambda: sized("Expand", (2, 3, "h", "w")), 0, "weight-not-constant",
         sizes={"h": 6, "w": 6}),
    case("a ConstantOfShape of a known size", lambda: sized("ConstantOfShape", (2, 3, 6, 6)), 1),
    case("a choice by an input", lambda: chosen(), 0, "weight-not-constant"),
    case("a part", lambda: parted(False), 1, becomes="Conv"),
    case("a part of which the other is read too", lambda: parted(True), 1, becomes="Split Conv Conv Add"),
    case("a part of which the other is to be kept", lambda: parted(False), 1, becomes="Split Conv",
         options=("--keep-value", "first")),
    case("a product that another Conv reads too", lambda: shared(), 1, becomes="Mul Conv Conv Add"),
    case("a product with an input", lambda: computed(), 0, "weight-not-constant"),
]  # fmt: skip


def shared():
    flow = Flow((2, 3, 6, 6))
    weight = made(flow, "Mul", W, k(C, 1, 1, 1))
    flow.at(flow.node("Conv", ["x", weight], "c"), C).bn()
    first = flow.value
    return flow.at(flow.node("Add", [first, flow.node("Conv", ["x", weight], "d")], "z"), C).done()


def parted(both):
    """A Conv of the second part of a constant, and perhaps one of the first behind it."""
    flow = Flow((2, 3, 6, 6))
    parts = ["first", "second"]
    flow.node("Split", [flow.operand(k(2 * C, 3, 3, 3)), flow.operand(ints(C, C))], parts)
    flow.at(flow.node("Conv", ["x", "second"], "c"), C).bn()
    if not both:
        return flow.done()
    return flow.at(flow.node("Add", [flow.value, flow.node("Conv", ["x", "first"], "d")], "z"), C).done()


def chosen_by_if(flow, condition):
    """An If of which each body hands out another weight."""
    which = flow.input("which", [], "bool") if condition == "which" else flow.constant(np.array(condition))
    bodies = {}
    for branch, weight in (("then_branch", W), ("else_branch", -W)):
        body = Graph(seed=1)
        body.initializer(f"{branch}_w", weight.astype(np.float32))
        body.output(body.node("Identity", [f"{branch}_w"], f"{branch}_o"), W.shape)
        bodies[branch] = body.proto
    return flow.node("If", [which], "chosen", **bodies)


def twice_turned():
    flow = Flow((2, 3))
    weight = made(flow, "Transpose", made(flow, "Transpose", k(3, C)))
    return flow.step("MatMul", weight, channels=C).bn().done()


def sized(operator, shape):
    """A Conv whose weight's window has the size of the image."""
    flow = Flow(shape)
    size = made(flow, "Slice", flow.node("Shape", ["x"], "shape"), ints(2), ints(4))
    whole = flow.node("Concat", [flow.constant(ints(C, 3)), size], "whole", axis=0)
    weight = made(flow, "Expand", k(C, 3, 1, 1), whole) if operator == "Expand" else made(flow, operator, whole,
        value=onnx.numpy_helper.from_array(np.array([0.25], np.float32)))  # fmt: skip
    return flow.at(flow.node("Conv", ["x", weight], "c"), C).bn().done(rank=4)


def chosen():
    flow = Flow((2, 3, 6, 6))
    weight = flow.node("Where", [flow.input("which", [1], dtype="bool"), flow.operand(W), flow.operand(-W)], "w")
    return flow.at(flow.node("Conv", ["x", weight], "c"), C).bn().done()


def computed():
    flow = Flow((2, 3, 6, 6))
    factor = flow.input("factor", [1])
    weight = flow.node("Mul", [flow.operand(W), factor], "w")
    return flow.at(flow.node("Conv", ["x", weight], "c"), C).bn().done()


def normed(gamma=None, variance=None):
    flow = Flow((2, 3, 6, 6)).conv(C, 3)
    given = {"gamma": gamma and gamma(flow), "variance": variance and variance(flow)}
    return flow.bn(**{kind: name for kind, name in given.items() if name}).done()


def written_out():
    """`(x − mean) / sqrt(variance + epsilon) · gamma + beta`, as some exporters write a norm, before another norm."""
    flow = Flow((2, 3, 6, 6)).conv(C, 3)
    root = made(flow, "Sqrt", made(flow, "Add", abs(k(C, 1, 1)), np.float32(1e-3)))
    flow.step("Sub", k(C, 1, 1)).step("Div", HERE, root).step("Mul", k(C, 1, 1)).step("Add", k(C, 1, 1))
    return flow.bn().done()


PARAMETERS = [
    case("gamma of a Cast", lambda: normed(lambda f: made(f, "Cast", typed(k(C), "float16"), to=FLOAT)), 1,
         becomes="Conv"),
    case("gamma of a product", lambda: normed(lambda f: made(f, "Mul", k(C), k(1))), 1, becomes="Conv"),
    case("variance of a square", lambda: normed(variance=lambda f: made(f, "Mul", k(C), k(C))), 1, becomes="Conv"),
    case("a norm written out in constants", lambda: written_out(), 1, affine=None, becomes="Conv"),
]  # fmt: skip


def image():
    return Flow((2, 3, 6, 6)).conv(C, 3)


def negated_mode():
    flow = image()
    return flow.step("Dropout", np.float32(0.5), made(flow, "Not", np.array(True))).bn().done()


SHAPED = [
    case("Expand by ones", lambda: image().step("Expand", ints(1, 1)).bn().done(), 1, becomes="Conv"),
    case("Expand to what it is", lambda: image().step("Expand", ints(1, C, 4, 4)).bn().done(), 1, becomes="Conv"),
    case("Expand of places", lambda: Flow((2, 3, 6, 6)).conv(C, 6).step("Expand", ints(2, C, 3, 5)).bn().done(), 1,
         becomes="Conv Expand"),
    case("Expand of one channel", lambda: Flow((2, 3, 6, 6)).conv(1, 3).step("Expand", ints(2, C, 4, 4)).bn(C).done(),
         0, frozenset({"channel-axis-differs", "channel-mismatch"})),
    case("Tile of places", lambda: image().step("Tile", ints(1, 1, 2, 3)).bn().done(), 1, becomes="Conv Tile"),
    case("Tile of channels", lambda: Flow((2, 3, 6, 6)).conv(2, 3).step("Tile", ints(1, 2, 1, 1)).bn(C).done(), 0,
         frozenset({"channel-axis-differs", "channel-mismatch"})),
    case("ReduceMean of places", lambda: image().step("ReduceMean", axes=[2, 3], keepdims=1).bn().done(), 1,
         becomes="Conv ReduceMean"),
    case("ReduceMean of places that go", lambda: image().step("ReduceMean", axes=[-1, -2], keepdims=0).bn().done(), 1,
         becomes="Conv ReduceMean"),
    case("BN, ReduceMean of places that go, Gemm", lambda: Flow((2, C, 6, 6)).step("Relu").bn()
         .step("ReduceMean", axes=[2, 3], keepdims=0).gemm(5).done(), 1, direction="forward",
         becomes="Relu ReduceMean Gemm"),
    case("ReduceMean of channels", lambda: image().step("ReduceMean", axes=[1], keepdims=1).bn(1).done(), 0,
         frozenset({"channel-axis-differs", "channel-mismatch"})),
    case("ReduceMean of channels that go, as many rows as channels", lambda: image()
         .step("ReduceMean", axes=[1], keepdims=0).bn(4).done(), 0,
         frozenset({"channel-axis-differs", "channel-mismatch"})),
    case("ReduceMax of places", lambda: image().step("ReduceMax", axes=[2, 3]).bn(scales="positive").done(), 1,
         becomes="Conv ReduceMax"),
    case("ReduceMax of places, scales of either sign", lambda: image().step("ReduceMax", axes=[2, 3]).bn().done(), 0,
         NOWHERE),
    case("ReduceSum of places", lambda: image().step("ReduceSum", ints(2, 3)).bn().done(), 0, NOWHERE),
    case("Gather of channels", lambda: image().step("Gather", ints(3, 0, -1), axis=1).bn(3).done(), 0,
         frozenset({"channel-axis-differs"})),
    case("Gather of other channels", lambda: image().step("Gather", ints(3, 0), axis=1).bn(2).done(), 1,
         becomes="Conv Gather"),
    case("Gather of rows", lambda: image().step("Gather", ints(1, 1, 0), axis=2).bn().done(), 1, becomes="Conv Gather"),
    case("a Dropout whose mode is computed", lambda: negated_mode(), 1, becomes="Conv"),
    case("a Dropout that trains with the ratio 0", lambda: image().step("Dropout", np.float32(0), np.array(True)).bn()
         .done(), 1, becomes="Conv"),
    case("Einsum, MatMul, BN", lambda: Flow((3, 2)).step("Einsum", equation="ab->ba").matmul(C, 3).bn(C).done(), 1,
         becomes="Einsum MatMul Add"),
]  # fmt: skip


@pytest.mark.parametrize("expected", WEIGHTS, ids=str)
def test_weights(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", PARAMETERS, ids=str)
def test_parameters(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", SHAPED, ids=str)
def test_operators_that_repeat_reduce_and_choose(expected):
    assert_case(expected)
