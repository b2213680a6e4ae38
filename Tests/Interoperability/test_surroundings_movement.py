"""Norms behind operators that only move elements: the map goes back through them while channels stay whole."""

import numpy as np
import pytest

from flow import Flow, ints, k
from surroundings import AXIS, NOWHERE, READERS, assert_case, case

C = 4
LOST = AXIS | {NOWHERE}


def image(shape=(2, 3, 6, 6), **conv):
    """Conv to `[2, 4, 4, 4]`: as many channels as the image is high and wide."""
    return Flow(shape, opset=conv.pop("opset", 17)).conv(C, 3, **conv)


def batch():
    """Conv to `[4, 4, 3, 3]`: as many channels as the batch is large."""
    return Flow([C, 3, 5, 5]).conv(C, 3)


def dropout(opset, *inputs, **attributes):
    flow = image(opset=opset)
    if inputs and inputs[-1] == "mode":
        flow.input("mode", [], "bool")
    return flow.step("Dropout", *inputs, **attributes).bn()


DROPOUT = [
    case("Identity", lambda: image().step("Identity").bn().done(), 1, becomes="Conv"),
    case("Dropout of opset 1", lambda: dropout(1, is_test=1, consumed_inputs=[0]).done(rank=4), 1, becomes="Conv"),
    case("Dropout of opset 6", lambda: dropout(6, is_test=1, ratio=0.3).done(), 1, becomes="Conv"),
    *(case(f"Dropout of opset {opset}", lambda o=opset: dropout(o, ratio=0.3).done(), 1,
           becomes="Conv") for opset in (7, 10)),
    case("Dropout of opset 12", lambda: dropout(12).done(), 1, becomes="Conv"),
    case("Dropout of opset 13 with a ratio", lambda: dropout(13, np.float32(0.5)).done(), 1, becomes="Conv"),
    case("Dropout of opset 13 with a constant mode of false",
         lambda: dropout(13, np.float32(0.5), np.array(False)).done(), 1, becomes="Conv"),
    case("Dropout of opset 22", lambda: dropout(22, "", np.array(False)).done(), 1, becomes="Conv"),
    case("Dropout of opset 6 without is_test", lambda: dropout(6).done(), 0, "dropout-not-inference", oracles=()),
    case("Dropout of opset 13 that trains", lambda: dropout(13, np.float32(0.5), np.array(True)).done(), 0,
         "dropout-not-inference", oracles=()),
    case("Dropout whose mode is a value", lambda: dropout(13, "", "mode").done(), 0, "dropout-not-inference",
         oracles=()),
    case("Dropout whose mask is an output", lambda: masked(), 0, "value-pinned"),
]  # fmt: skip


def masked():
    flow = image().step("Dropout", outputs=["d", "mask"]).bn()
    return flow.done(flow.value, "mask")


def reshape(flow, *shape, channels=None):
    return flow.step("Reshape", ints(*shape), channels=channels)


RESHAPES = [
    case("LeViT: MatMul, Flatten, BN, Reshape", lambda: reshape(
        Flow([2, C, 3]).matmul(C, 3).step("Flatten", axis=2).bn(C), 2, C, C).done(), 1,
        becomes="MatMul Add Flatten Reshape"),
    case("LeViT: MatMul, Reshape, BN, Reshape", lambda: reshape(reshape(Flow([2, C, 3]).matmul(C, 3), -1, C).bn(C), 2,
         C, C).done(), 1, becomes="MatMul Add Reshape Reshape"),
    case("LeViT: MatMul, Add, Reshape, BN", lambda: reshape(Flow([2, C, 3]).matmul(C, 3).step("Add", k(C)), -1, C).bn(C)
         .done(), 1, becomes="MatMul Add Reshape"),
    case("Gemm, Reshape [N,C,H,W], BN", lambda: reshape(Flow([2, 3]).gemm(16), 0, C, 2, 2, channels=C).bn().done(), 1,
         becomes="Gemm Reshape"),
    case("Gemm, Reshape [-1,C,H,W], BN, as large a batch as channels", lambda: reshape(
        Flow([C, 3]).gemm(16), -1, C, 2, 2, channels=C).bn().done(), 1, becomes="Gemm Reshape"),
    case("Gemm, BN, Reshape, BN", lambda: reshape(Flow([2, 3]).gemm(16).bn(), 0, C, 2, 2, channels=C).bn().done(), 2,
         becomes="Gemm Reshape"),
    case("MatMul, Add, Reshape [N,C,H,W], BN", lambda: reshape(
        Flow([2, 3]).matmul(16).step("Add", k(16)), 2, C, 2, 2, channels=C).bn().done(), 1,
        becomes="MatMul Add Reshape"),
    case("Conv, Reshape [N,C,HW], BN", lambda: reshape(image(), 0, C, -1).bn().done(), 1, becomes="Conv Reshape"),
    case("Conv, Reshape that divides H", lambda: reshape(image(), 0, 0, 2, 2, 4).bn().done(), 1,
         becomes="Conv Reshape"),
    case("Conv, Reshape that keeps the shape", lambda: reshape(image(), 2, C, 4, 4).bn().done(), 1,
         becomes="Conv Reshape"),
    case("Conv, Reshape with allowzero", lambda: image().step("Reshape", ints(2, C, 16), allowzero=1).bn().done(), 1,
         becomes="Conv Reshape"),
    case("Conv, Reshape of opset 1", lambda: image(opset=1).step("Reshape", shape=[0, C, 16]).bn().done(rank=3), 1,
         becomes="Conv Reshape"),
    case("Conv of symbolic sizes, Reshape [0,C,-1]", lambda: reshape(image(["N", 3, "H", "W"]), 0, C, -1).bn().done(),
         1, becomes="Conv Reshape", sizes={"H": 6, "W": 6}),
    case("Conv, Reshape that gathers two channels", lambda: reshape(image(), 2, 2, 8, 4, channels=2).bn().done(), 1,
         becomes="Conv Reshape"),
    case("Conv, Reshape that divides channels", lambda: reshape(image(), 2, 8, 2, 4, channels=8).bn().done(), 0, LOST),
    case("Conv, Reshape that drops the batch", lambda: reshape(image([1, 3, 6, 6]), C, 4, 4).bn().done(), 0, LOST),
    case("Conv, Reshape that swaps batch and channels of other sizes", lambda: reshape(
        Flow([3, 3, 5, 5]).conv(C, 3), C, 3, 3, 3, channels=3).bn().done(), 0, LOST),
    case("MatMul of rank 3, Reshape that mixes times", lambda: reshape(Flow([2, C, 3]).matmul(C, 3), C, -1, channels=8)
         .bn().done(), 0, LOST),
    case("Conv, Reshape to a shape that is a value", lambda: runtime_shape().done(), 0, LOST,
         feeds={"x": np.random.default_rng(1).random((2, 3, 6, 6), np.float32), "shape": ints(2, C, 8, 2)}),
]  # fmt: skip


def row(*shapes, between=None, output=False):
    """Conv, Reshapes in a row, norm; perhaps with an operator between the first and the second, or a value handed out."""
    flow = reshape(image(), *shapes[0])
    value = flow.value
    if between:
        flow.step(between)
    for shape in shapes[1:]:
        reshape(flow, *shape)
    flow.at(flow.value, C).bn()
    return flow.done(flow.value, value) if output else flow.done()


def row_before_conv(*shapes, other=False):
    """Norm, Reshapes in a row, Conv; perhaps with another reader of what the first makes."""
    flow = Flow((2, C, 4, 4)).step("Relu").bn()
    value = reshape(flow, *shapes[0]).value
    for shape in shapes[1:]:
        reshape(flow, *shape)
    made = flow.at(flow.value, C).conv(3, 1).value
    return flow.done(made, flow.at(value).step("Tanh").value) if other else flow.done(made)


ROWS = [
    case("two that split the channels and the batch", lambda: row((4, -1), (2, C, 4, 4)), 1,
         becomes="Conv Reshape Reshape"),
    case("two that mix times", lambda: row((2, 2, 2, 4, 4), (2, C, 16)), 1, becomes="Conv Reshape Reshape"),
    case("three", lambda: row((-1,), (8, 16), (2, C, 4, 4)), 1, becomes="Conv Reshape Reshape Reshape"),
    case("a Flatten of all", lambda: reshape(image().step("Flatten", axis=0), 2, C, 4, 4).bn().done(), 1,
         becomes="Conv Flatten Reshape"),
    case("two that never part them", lambda: row((-1,), (4, C, 2, 4)), 0, LOST),
    case("two with a Relu between", lambda: row((4, -1), (2, C, 4, 4), between="Relu"), 0, LOST),
    case("two, of which the first is an output", lambda: row((4, -1), (2, C, 4, 4), output=True), 0, LOST),
    case("two before a Conv", lambda: row_before_conv((4, -1), (2, C, 4, 4)), 1, direction="forward",
         becomes="Relu Reshape Reshape Conv"),
    case("two before a Conv, with a reader between", lambda: row_before_conv((4, -1), (2, C, 4, 4), other=True), 0,
         LOST),
]  # fmt: skip


def runtime_shape():
    """The shape is the values of an input, of which nothing but their number is known."""
    flow = image()
    flow.input("shape", [4], "int64")
    return flow.step("Reshape", "shape").bn(C)


FLATTENED = [
    case("GlobalAveragePool, Flatten, BN", lambda: image().step("GlobalAveragePool").step("Flatten").bn().done(), 1,
         becomes="Conv GlobalAveragePool Flatten"),
    case("Conv to 1 x 1, Flatten, BN", lambda: Flow([2, 3, 3, 3]).conv(C, 3).step("Flatten").bn().done(), 1,
         becomes="Conv Flatten"),
    case("Conv, Flatten, BN with a map for each place", lambda: image().step("Flatten").bn(64).done(), 0, LOST),
    case("Conv to [N,C,1,2], Flatten, BN", lambda: Flow([2, 3, 3, 4]).conv(C, 3).step("Flatten").bn(8).done(), 0, LOST),
    case("Conv, Flatten of axis 2, BN along the places", lambda: Flow([2, 3, 4, 4]).conv(C, 3).step("Flatten", axis=2)
         .bn(C).done(), 0, LOST),
    case("Conv of rank 3, Flatten of axis 2, BN along times", lambda: Flow([2, 3, 6]).conv(C, 3, rank=1)
         .step("Flatten", axis=2).bn(C).done(), 0, LOST),
    case("Conv, Squeeze, BN", lambda: Flow([2, 3, 3, 6]).conv(C, 3).step("Squeeze", ints(2)).bn().done(), 1,
         becomes="Conv Squeeze"),
    case("Conv, Squeeze of opset 11, BN", lambda: Flow([2, 3, 3, 6], opset=11).conv(C, 3).step("Squeeze", axes=[-2])
         .bn().done(), 1, becomes="Conv Squeeze"),
    case("Conv, Squeeze of all, BN", lambda: Flow([2, 3, 3, 6]).conv(C, 3).step("Squeeze").bn().done(), 1,
         becomes="Conv Squeeze"),
    case("Conv of one image, Squeeze of all, BN along the width", lambda: Flow([1, 3, 3, 6]).conv(C, 3).step("Squeeze")
         .bn(C).done(), 0, LOST),
    case("Conv of one image, Squeeze of the batch, BN along the height", lambda: image([1, 3, 6, 6])
         .step("Squeeze", ints(0)).bn(C).done(), 0, LOST),
    case("Gemm, Unsqueeze, BN", lambda: Flow([2, 3]).gemm(C).step("Unsqueeze", ints(2, 3)).bn().done(), 1,
         becomes="Gemm Unsqueeze"),
    case("Gemm, Unsqueeze of opset 9, BN", lambda: Flow([2, 3], opset=9).gemm(C).step("Unsqueeze", axes=[2, 3]).bn()
         .done(), 1, becomes="Gemm Unsqueeze"),
    case("Gemm, Unsqueeze of the end, BN", lambda: Flow([2, 3]).gemm(C).step("Unsqueeze", ints(-1)).bn().done(), 1,
         becomes="Gemm Unsqueeze"),
    case("Gemm, Unsqueeze before all, BN along the batch", lambda: Flow([C, 3]).gemm(C).step("Unsqueeze", ints(0)).bn(C)
         .done(), 0, LOST),
]  # fmt: skip

TRANSPOSED = [
    case("Conv, Transpose and back, BN", lambda: image().step("Transpose", perm=[0, 2, 3, 1])
         .step("Transpose", perm=[0, 3, 1, 2]).bn().done(), 1),
    case("Conv, Transpose of the image, BN", lambda: image().step("Transpose", perm=[0, 1, 3, 2]).bn().done(), 1,
         becomes="Conv Transpose"),
    case("MatMul, Transpose, BN", lambda: Flow([2, C, 3]).matmul(C, 3).step("Transpose", perm=[0, 2, 1]).bn().done(), 1,
         becomes="MatMul Add Transpose"),
    case("MatMul of rank 4, Transpose, BN", lambda: Flow([2, C, C, 3]).matmul(C, 3).step("Transpose", perm=[0, 3, 1, 2])
         .bn().done(), 1, becomes="MatMul Add Transpose"),
    case("MatMul, Add, Transpose, BN", lambda: Flow([2, C, 3]).matmul(C, 3).step("Add", k(C))
         .step("Transpose", perm=[0, 2, 1]).bn().done(), 1, becomes="MatMul Add Transpose"),
    case("Gemm, Transpose and back, BN", lambda: Flow([C, 3]).gemm(C).step("Transpose").step("Transpose", perm=[1, 0])
         .bn().done(), 1),
    case("Conv, Transpose to NHWC, BN", lambda: image().step("Transpose", perm=[0, 2, 3, 1]).bn(C).done(), 0, LOST),
    case("Conv, Transpose of batch and channels, BN", lambda: batch().step("Transpose", perm=[1, 0, 2, 3]).bn(C).done(),
         0, LOST),
    case("Gemm, Transpose, BN along the batch", lambda: Flow([C, 3]).gemm(C).step("Transpose").bn(C).done(), 0, LOST),
    case("left MatMul, Transpose, BN along times", lambda: Flow([2, 3, C]).matmul(C, 3, left=True)
         .step("Transpose", perm=[0, 2, 1]).bn(C).done(), 0, LOST),
]  # fmt: skip


def cut(flow, axis, start, end, step=1):
    return flow.step("Slice", ints(start), ints(end), ints(axis), ints(step))


def halves(axis, norms, channels, flow=None, sizes=None, **attributes):
    """Conv → Split in two; the norms of the parts are numbered, and what has none is an output as it is."""
    flow = flow or image()
    flow.step("Split", *([] if sizes is None else [ints(*sizes)]), outputs=["p0", "p1"], axis=axis, **attributes)
    outputs = [flow.at(f"p{i}").bn(channels[i]).value if i in norms else f"p{i}" for i in (0, 1)]
    return flow.done(*outputs)


def sliced_by_value():
    flow = image()
    flow.input("start", [1], "int64")
    return flow.step("Slice", "start", ints(9), ints(2)).bn()


PARTS = [
    case("Slice along the height", lambda: cut(image(), 2, 1, 3).bn().done(), 1, becomes="Conv Slice"),
    case("Slice along the batch", lambda: cut(batch(), 0, 0, 2).bn().done(), 1, becomes="Conv Slice"),
    case("Slice along the width with a stride", lambda: cut(image(), -1, 0, 9, 2).bn().done(), 1, becomes="Conv Slice"),
    case("Slice along the width backwards", lambda: cut(image(), 3, -1, -9, -1).bn().done(), 1, becomes="Conv Slice"),
    case("Slice of opset 9", lambda: image(opset=9).step("Slice", axes=[2, 3], starts=[0, 1], ends=[3, 9]).bn().done(),
         1, becomes="Conv Slice"),
    case("Slice along the height from a value", lambda: sliced_by_value().done(), 1, becomes="Conv Slice",
         feeds={"x": np.random.default_rng(1).random((2, 3, 6, 6), np.float32), "start": ints(1)}),
    case("Slice along channels", lambda: cut(image(), 1, 1, 3).bn(2).done(), 1, becomes="Conv Slice"),
    case("Slice along channels with a stride", lambda: cut(image(), 1, 1, 9, 2).bn(2).done(), 1, becomes="Conv Slice"),
    case("Slice that turns channels round", lambda: cut(image(), 1, -1, -9, -1).bn().done(), 1, becomes="Conv Slice"),
    case("Slice along channels of opset 9", lambda: image(opset=9).step("Slice", axes=[1], starts=[1], ends=[-1]).bn(2)
         .done(), 1, becomes="Conv Slice"),
    case("Slice without axes takes a part of the batch", lambda: batch().step("Slice", ints(1), ints(9)).bn().done(), 1,
         becomes="Conv Slice"),
    case("Split along channels, a norm for each part", lambda: halves(1, (0, 1), (2, 2)), 2, becomes="Conv Split"),
    case("Split along channels, a norm for one part", lambda: halves(1, (1,), (2, 2)), 1, becomes="Conv Split"),
    case("Split along channels in parts of 1 and 3", lambda: halves(1, (0, 1), (1, 3), sizes=(1, 3)), 2,
         becomes="Conv Split"),
    case("Split along channels of opset 11", lambda: halves(1, (0, 1), (3, 1), image(opset=11), split=[3, 1]), 2,
         becomes="Conv Split"),
    case("Split along channels of opset 18", lambda: halves(1, (0, 1), (2, 2), image(opset=18), num_outputs=2), 2,
         becomes="Conv Split"),
    case("Split along the height, one part unread", lambda: image().step("Split", axis=2, outputs=["p0", "p1"]).at("p0")
         .bn().done(), 1, becomes="Conv Split"),
    case("Split along the height, a norm for one part", lambda: halves(2, (0,), (C, C)), 0, READERS),
    case("Split along the height, two norms", lambda: halves(2, (0, 1), (C, C)), 0, (READERS, READERS)),
    case("Split along the width, as wide as there are channels", lambda: halves(3, (1,), (C, C)), 0, READERS),
]  # fmt: skip


@pytest.mark.parametrize("expected", DROPOUT, ids=str)
def test_norms_behind_identity_and_dropout(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", RESHAPES, ids=str)
def test_norms_behind_reshape(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", ROWS, ids=str)
def test_reshapes_in_a_row_that_mix_channels_and_part_them_again(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", FLATTENED, ids=str)
def test_norms_behind_flatten_squeeze_and_unsqueeze(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", TRANSPOSED, ids=str)
def test_norms_behind_transpose(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", PARTS, ids=str)
def test_norms_behind_slice_and_split(expected):
    assert_case(expected)
