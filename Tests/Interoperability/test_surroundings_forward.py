"""Norms before a linear operator that takes them: BN → Conv, Gemm, MatMul and ConvTranspose."""

import numpy as np
import pytest

from builders import Graph
from flow import HERE, Flow, ints, k
from surroundings import AXIS, NOWHERE, READERS, assert_case, case

C = 4
LOST = AXIS | {NOWHERE}
SCALES = frozenset({NOWHERE, "scale-not-positive"})


def forward(name, build, folded=1, declined=(), **expected):
    return case(name, build, folded, declined, **{"direction": "forward", **expected})


def normed(shape=(2, C, 6, 6), **options):
    opset = options.pop("opset", 17)
    return Flow(shape, opset=opset).bn(**options)


CONVOLUTIONS = [
    forward("valid", lambda: normed().conv(5, 3).done(), becomes="Conv"),
    forward("valid without a bias", lambda: normed().conv(5, 3, bias=False).done(), becomes="Conv"),
    forward("1 x 1", lambda: normed().conv(5, 1).done(), becomes="Conv"),
    forward("strided", lambda: normed().conv(5, 3, strides=[2, 1]).done(), becomes="Conv"),
    forward("dilated", lambda: normed().conv(5, 2, dilations=[2, 3]).done(), becomes="Conv"),
    forward("grouped", lambda: normed().conv(6, 3, group=2).done(), becomes="Conv"),
    forward("depthwise", lambda: normed().conv(C, 3, group=C).done(), becomes="Conv"),
    forward("depthwise with a multiplier", lambda: normed().conv(2 * C, 3, group=C, bias=False).done(), becomes="Conv"),
    forward("1-D", lambda: normed([2, C, 6]).conv(5, 3, rank=1).done(), becomes="Conv"),
    forward("3-D", lambda: normed([1, C, 3, 4, 3]).conv(5, 2, rank=3).done(), becomes="Conv"),
    forward("VALID", lambda: normed().conv(5, 3, auto_pad="VALID").done(), becomes="Conv"),
    forward("SAME of 1 x 1", lambda: normed().conv(5, 1, auto_pad="SAME_UPPER").done(), becomes="Conv"),
    forward("padded, without shift", lambda: normed(shift=False).conv(5, 3, pads=[1, 1, 1, 1]).done(), becomes="Conv"),
    forward("SAME, without shift", lambda: normed(shift=False).conv(5, 3, auto_pad="SAME_LOWER", bias=False).done(),
            becomes="Conv"),
    forward("padded explicitly, without shift", lambda: normed(shift=False).step("Pad", ints(0, 0, 1, 1, 0, 0, 1, 1))
            .conv(5, 3).done(), becomes="Pad Conv"),
    forward("padded by reflection", lambda: normed().step("Pad", ints(0, 0, 1, 1, 0, 0, 1, 1), mode="reflect").conv(5,
            3).done(), becomes="Pad Conv"),
    forward("of opset 6", lambda: normed(opset=6).conv(5, 3).done(), becomes="Conv"),
    forward("padded", lambda: normed().conv(5, 3, pads=[1, 1, 1, 1]).done(), 0, "padding-with-shift"),
    forward("padded at one side", lambda: normed().conv(5, 3, pads=[0, 0, 0, 1]).done(), 0, "padding-with-shift"),
    forward("SAME", lambda: normed().conv(5, 3, auto_pad="SAME_UPPER").done(), 0, "padding-with-shift",
            oracles=("onnxruntime",)),
    forward("SAME of 2 x 2", lambda: normed().conv(5, 2, auto_pad="SAME_LOWER").done(), 0, "padding-with-shift",
            oracles=("onnxruntime",)),
    forward("1 x 1, padded", lambda: normed().conv(5, 1, pads=[1, 1, 1, 1]).done(), 0, "padding-with-shift"),
    forward("padded explicitly", lambda: normed().step("Pad", ints(0, 0, 1, 1, 0, 0, 1, 1)).conv(5, 3).done(), 0,
            "padding-with-shift"),
    forward("padded explicitly by opset 10", lambda: normed(opset=10).step("Pad", pads=[0, 0, 1, 1, 0, 0, 1, 1]).conv(5,
            3).done(), 0, "padding-with-shift"),
    forward("of a weight that is a value", lambda: with_value("w"), 0, frozenset({"weight-not-constant", NOWHERE})),
    forward("of a bias that is a value", lambda: with_value("b"), 0, frozenset({"bias-not-constant", NOWHERE})),
    forward("whose weight the norm is", lambda: as_weight(), 0, frozenset({"weight-not-constant", NOWHERE})),
]  # fmt: skip


def with_value(which):
    flow = normed()
    names = {"w": flow.constant(k(5, C, 3, 3)), "b": flow.constant(k(5))}
    names[which] = flow.input(which, [5, C, 3, 3] if which == "w" else [5])
    return flow.at(flow.node("Conv", [flow.value, *names.values()], "y"), 5).done()


def as_weight():
    flow = normed([5, C, 3, 3])
    flow.input("image", [1, C, 6, 6])
    return flow.at(flow.node("Conv", ["image", flow.value], "y"), 5).done()


def flat(flow, outputs, channels, **attributes):
    return flow.step("Flatten").gemm(outputs, inputs=channels, **attributes)


MATRICES = [
    forward("Gemm", lambda: normed([5, C]).gemm(3).done(), becomes="Gemm"),
    forward("Gemm with transB", lambda: normed([5, C]).gemm(3, transB=1).done(), becomes="Gemm"),
    forward("Gemm with factors", lambda: normed([5, C]).gemm(3, alpha=0.5, beta=-1.5, transB=1).done(), becomes="Gemm"),
    forward("Gemm whose C does not count", lambda: normed([5, C]).gemm(3, beta=0.0).done(), becomes="Gemm"),
    forward("Gemm without C", lambda: normed([5, C]).gemm(3, bias=False).done(), becomes="Gemm"),
    forward("Gemm with a scalar C", lambda: normed([5, C]).step("Gemm", k(C, 3), k()).done(), becomes="Gemm"),
    forward("Gemm with a C of rows", lambda: normed([5, C]).step("Gemm", k(C, 3), k(5, 1)).done(), becomes="Gemm"),
    forward("Gemm with a full C", lambda: normed([5, C]).step("Gemm", k(C, 3), k(5, 3), beta=0.3).done(),
            becomes="Gemm"),
    forward("Gemm of a square matrix", lambda: normed([C, C]).gemm(C).done(), becomes="Gemm"),
    forward("MatMul", lambda: normed([5, C]).matmul(3).done(), becomes="MatMul Add"),
    forward("MatMul without shift", lambda: normed([5, C], shift=False).matmul(3).done(), becomes="MatMul"),
    forward("MatMul, then Add", lambda: normed([5, C]).matmul(3).step("Add", k(3)).done(), becomes="MatMul Add"),
    forward("MatMul, then Add with the constant first", lambda: normed([5, C]).matmul(3).step("Add", k(3), HERE).done(),
            becomes="MatMul Add"),
    forward("MatMul, then Add of more than channels", lambda: normed([5, C]).matmul(3).step("Add", k(5, 3)).done(),
            becomes="MatMul Add Add"),
    forward("MatMul, then Add and another reader", lambda: shared_product(), becomes="MatMul Add Add Tanh"),
    forward("MatMul of a square matrix", lambda: normed([C, C]).matmul(C).done(), becomes="MatMul Add"),
    forward("left MatMul of rank 3", lambda: normed([2, C, 5]).matmul(3, left=True).done(), becomes="MatMul Add"),
    forward("Flatten, Gemm", lambda: flat(normed([2, C, 3, 3]), 5, 36).done(), becomes="Flatten Gemm"),
    forward("Reshape, Gemm", lambda: normed([2, C, 3, 3]).step("Reshape", ints(0, -1)).gemm(5, inputs=36, transB=1)
            .done(), becomes="Reshape Gemm"),
    forward("Flatten, MatMul", lambda: normed([2, C, 3, 3]).step("Flatten").matmul(5, 36).done(),
            becomes="Flatten MatMul Add"),
    forward("Transpose, MatMul", lambda: normed([2, C, C]).step("Transpose", perm=[0, 2, 1]).matmul(3, C).done(),
            becomes="Transpose MatMul Add"),
    forward("Transpose, MatMul of rank 4", lambda: normed([2, C, 3, C]).step("Transpose", perm=[0, 2, 3, 1]).matmul(3,
            C).done(), becomes="Transpose MatMul Add"),
    forward("GlobalAveragePool, Flatten, Gemm", lambda: flat(normed().step("GlobalAveragePool"), 3, C).done(),
            becomes="GlobalAveragePool Flatten Gemm"),
    forward("Gemm with transA", lambda: normed([C, C]).gemm(3, transA=1).done(), 0, LOST),
    forward("Gemm whose second operand the norm is", lambda: second_operand(), 0, LOST | {"weight-not-constant"}),
    forward("MatMul of rank 3, as many times as channels", lambda: normed([2, C, C]).matmul(3, C).done(), 0, LOST),
    forward("left MatMul of rank 4, as many of each axis", lambda: normed([2, C, C, 5]).matmul(3, C, left=True).done(),
            0, LOST),
    forward("Transpose that moves channels away, MatMul", lambda: normed([C, C]).step("Transpose").matmul(3, C).done(),
            0, LOST),
    forward("Flatten of axis 2, MatMul", lambda: normed([2, C, C]).step("Flatten", axis=2).matmul(3, C).done(), 0,
            LOST),
    forward("MatMul of two activations", lambda: two_activations(), 0, frozenset({"weight-not-constant", NOWHERE})),
]  # fmt: skip


def second_operand():
    """The contracted axis is the norm's batch."""
    flow = normed([C, C])
    return flow.step("Gemm", k(3, C), HERE, k(C)).done()


def shared_product():
    """What the MatMul makes is read beside the Add too, which then cannot hold its bias."""
    flow = normed([5, C]).matmul(3)
    value = flow.value
    made = flow.step("Add", k(3)).value
    return flow.done(made, flow.at(value).step("Tanh").value)


def two_activations():
    flow = normed([5, C])
    flow.input("z", [C, 3])
    return flow.step("MatMul", "z").done()


TRANSPOSED = [
    forward("transposed 1 x 1", lambda: normed().conv(3, 1, transposed=True).done(), becomes="ConvTranspose"),
    forward("1 x 1 grouped", lambda: normed().conv(6, 1, transposed=True, group=2, bias=False).done(),
            becomes="ConvTranspose"),
    forward("kernel of the stride's size and equal taps", lambda: normed().conv(
        3, 2, transposed=True, strides=[2, 2], weight=np.tile(k(C, 3, 1, 1), (1, 1, 2, 2))).done(),
        becomes="ConvTranspose"),
    # Cut so far that every output sees every tap: the sum over the kernel is the same everywhere.
    forward("3 x 3 without its borders", lambda: normed().conv(3, 3, transposed=True, pads=[2, 2, 2, 2]).done(),
            becomes="ConvTranspose"),
    forward("without shift", lambda: normed(shift=False).conv(3, 3, transposed=True, strides=[2, 2], pads=[1, 1, 1, 1],
            output_padding=[1, 1]).done(), becomes="ConvTranspose"),
    forward("a weight that the shift does not reach", lambda: orthogonal(), becomes="ConvTranspose"),
    forward("kernel of the stride's size", lambda: normed().conv(3, 2, transposed=True, strides=[2, 2]).done(), 0,
            "shift-not-uniform"),
    forward("kernel of the stride's size, equal taps and one more row", lambda: normed().conv(3, 2, transposed=True,
            strides=[2, 2],
            output_padding=[1, 0], weight=np.tile(k(C, 3, 1, 1), (1, 1, 2, 2))).done(), 0, "shift-not-uniform"),
    forward("1 x 1 with strides", lambda: normed().conv(3, 1, transposed=True, strides=[2, 2]).done(), 0,
            "shift-not-uniform"),
    forward("3 x 3", lambda: normed().conv(3, 3, transposed=True).done(), 0, "shift-not-uniform"),
    forward("3 x 3 that keeps the size", lambda: normed().conv(3, 3, transposed=True, pads=[1, 1, 1, 1]).done(), 0,
            "shift-not-uniform"),
    forward("4 x 4 of twice the stride", lambda: normed().conv(3, 4, transposed=True, strides=[2, 2], pads=[1, 1, 1, 1])
            .done(), 0, "shift-not-uniform"),
    forward("equal taps that overlap", lambda: normed().conv(3, 2, transposed=True, weight=np.tile(k(C, 3, 1, 1), (1, 1,
            2, 2))).done(), 0, "shift-not-uniform"),
]  # fmt: skip


def orthogonal():
    """The shift is (1, 1) and each tap has opposite weights for the two channels: Σ tᵢ·W[i] is 0 at every tap."""
    taps = k(1, 3, 2, 2)
    flow = Flow([2, 2, 4, 4]).bn(gamma=np.ones(2), beta=np.ones(2), mean=np.zeros(2), variance=np.ones(2), epsilon=0.0)
    return flow.conv(3, 2, transposed=True, strides=[2, 2], weight=np.concatenate([taps, -taps])).done()


def into(*builds, outputs=()):
    """A norm of the input that several operators read."""
    flow = normed()
    norm = flow.value
    ends = []
    for build in builds:
        build(flow.at(norm, C))
        ends.append(flow.value)
    return flow.done(*ends, *([norm] if outputs else []))


def conv(flow):
    flow.conv(5, 3)


CONSUMERS = [
    forward("two convolutions", lambda: into(conv, conv), becomes="Conv Conv"),
    forward("convolutions of other geometry", lambda: into(conv, lambda f: f.conv(6, 1, group=2), lambda f: f.conv(3, 2,
            strides=[2, 2])), becomes="Conv Conv Conv"),
    forward("two convolutions of one weight", lambda: one_weight(), becomes="Conv Conv"),
    forward("a convolution and a Gemm behind pooling", lambda: into(conv, lambda f: f.step("GlobalAveragePool")
            .step("Flatten").gemm(2)), becomes="Conv GlobalAveragePool Flatten Gemm"),
    forward("a convolution and a Relu", lambda: into(conv, lambda f: f.step("Relu")), 0, READERS | {NOWHERE}),
    forward("a valid and a padded convolution", lambda: into(conv, lambda f: f.conv(5, 3, pads=[1, 1, 1, 1])), 0,
            "padding-with-shift"),
    forward("a convolution and the outside", lambda: into(conv, outputs=True), 0, frozenset({"activation-is-output",
            NOWHERE})),
    forward("a convolution, where the norm's output is to be kept", lambda: kept(), 0, "value-pinned",
            options=("--keep-value", "n")),
    forward("a convolution, read in a subgraph", lambda: captured(), 0, frozenset({"activation-captured", NOWHERE})),
    forward("MaxPool and Conv, positive scales", lambda: normed(scales="positive").step("MaxPool", kernel_shape=[2, 2])
            .conv(3, 2).done(), becomes="MaxPool Conv"),
    forward("MaxPool and Conv, a negative scale", lambda: normed(gamma=[1, -1, 1, 1]).step("MaxPool",
            kernel_shape=[2, 2]).conv(3, 2).done(), 0, SCALES),
    forward("AveragePool and Conv", lambda: normed().step("AveragePool", kernel_shape=[2, 2]).conv(3, 2).done(),
            becomes="AveragePool Conv"),
    forward("AveragePool that counts pads, and Conv", lambda: normed().step("AveragePool", kernel_shape=[2, 2],
            pads=[0, 0, 1, 1], count_include_pad=1).conv(3, 2).done(), 0, "padding-with-shift"),
    forward("SpaceToDepth and Conv", lambda: normed().step("SpaceToDepth", blocksize=2, channels=4 * C).conv(3, 2)
            .done(), becomes="SpaceToDepth Conv"),
    forward("DepthToSpace and Conv where maps agree", lambda: normed(**{kind: np.full(C, 1.5) for kind in ("gamma",
            "beta", "mean", "variance")})
            .step("DepthToSpace", blocksize=2, channels=1).conv(3, 2).done(), becomes="DepthToSpace Conv"),
    forward("DepthToSpace and Conv where maps differ", lambda: normed().step("DepthToSpace", blocksize=2, channels=1)
            .conv(3, 2).done(), 0, LOST | {"shift-not-uniform"}),
    forward("Slice of channels and Conv", lambda: normed().step("Slice", ints(1), ints(3), ints(1), channels=2).conv(3,
            2).done(), becomes="Slice Conv"),
    forward("Identity, Dropout and Conv", lambda: normed().step("Identity").step("Dropout").conv(3, 2).done()),
    forward("Resize and Conv", lambda: normed().step("Resize", np.zeros(0), np.array([1, 1, 2, 2], np.float32),
            mode="linear").conv(3, 2).done(), becomes="Resize Conv", oracles=("onnxruntime",)),
    forward("Relu and Conv", lambda: normed().step("Relu").conv(3, 2).done(), 0, NOWHERE),
]  # fmt: skip


def one_weight():
    flow = normed()
    norm, weight = flow.value, flow.constant(k(5, C, 3, 3))
    first = flow.step("Conv", weight).value
    return flow.done(first, flow.at(norm, C).step("Conv", weight, strides=[2, 2]).value)


def kept():
    flow = Flow((2, C, 6, 6))
    flow.norm("x", "n", C)
    return flow.at("n", C).conv(3, 3).done()


def captured():
    flow = Flow((2, C, 6, 6))
    flow.norm("x", "n", C)
    flow.input("which", [], "bool")
    bodies = {}
    for name in ("then_branch", "else_branch"):
        body = Graph(name=name)
        body.output(body.relu("n", f"{name}_r"), [2, C, 6, 6])
        bodies[name] = body.proto
    end = flow.at("n", C).conv(3, 3).value
    return flow.done(end, flow.node("If", ["which"], "i", **bodies))


BOTH = [
    forward("forward and backward into one Conv", lambda: normed().conv(5, 3).bn().done(), 2, direction=("forward",
            "backward"), becomes="Conv"),
    forward("forward and backward into one Gemm", lambda: normed([5, C]).gemm(3).bn().done(), 2, direction=("forward",
            "backward"), becomes="Gemm"),
    forward("forward and backward into one MatMul", lambda: normed([5, C]).matmul(3).bn().done(), 2,
            direction=("forward", "backward"), becomes="MatMul Add"),
    forward("forward past a convolution that others read", lambda: shared_producer(), becomes="Conv Relu Conv"),
    forward("forward, a Relu, and forward again", lambda: normed().conv(5, 3).step("Relu").bn().conv(3, 3).done(), 2,
            becomes="Conv Relu Conv"),
    forward("DenseNet's BN, Relu, Conv, BN, Relu, Conv", lambda: normed().step("Relu").conv(8, 1).bn().step("Relu")
            .conv(3, 3, pads=[1, 1, 1, 1]).done(), 1, NOWHERE, direction="backward",
            becomes="BatchNormalization Relu Conv Relu Conv"),
    forward("a dense block", lambda: dense_block(), 1, (NOWHERE, NOWHERE), direction="backward"),
    forward("a pre-activation U-Net", lambda: unet(), 1, (READERS, READERS), direction="backward"),
]  # fmt: skip


def shared_producer():
    flow = Flow((2, 3, 6, 6)).conv(C, 3)
    producer = flow.value
    relu = flow.step("Relu").value
    return flow.done(relu, flow.at(producer, C).bn().conv(3, 2).value)


def dense_block():
    """The new maps join the old ones; the norm behind reads the input too, which nothing linear makes."""
    flow = normed().step("Relu").conv(8, 1).bn().step("Relu").conv(3, 3, pads=[1, 1, 1, 1])
    return flow.at(flow.node("Concat", ["x", flow.value], "j", axis=1), C + 3).bn().step("Relu").done()


def unet():
    """The skip is read by the way down and the way up: neither norm may change it."""
    flow = Flow((1, 3, 8, 8)).conv(C, 3, pads=[1, 1, 1, 1])
    skip = flow.value
    flow.bn().step("Relu").conv(8, 3, strides=[2, 2], pads=[1, 1, 1, 1]).bn().step("Relu")
    flow.conv(C, 2, transposed=True, strides=[2, 2])
    return flow.at(flow.node("Concat", [flow.value, skip], "j", axis=1), 2 * C).bn().step("Relu").conv(2, 1).done()


@pytest.mark.parametrize("expected", CONVOLUTIONS, ids=str)
def test_norms_before_convolutions(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", MATRICES, ids=str)
def test_norms_before_matrix_products(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", TRANSPOSED, ids=str)
def test_norms_before_transposed_convolutions(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", CONSUMERS, ids=str)
def test_norms_before_several_readers_and_through_others(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", BOTH, ids=str)
def test_norms_on_both_sides(expected):
    assert_case(expected)
