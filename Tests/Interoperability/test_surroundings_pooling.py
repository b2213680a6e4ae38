"""Norms behind poolings, resizings, paddings and rearrangements of an image."""

import numpy as np
import pytest

from flow import Flow, ints
from surroundings import AXIS, NOWHERE, assert_case, case

C = 4
LOST = AXIS | {NOWHERE}
# What a negative scale is declined with, which a maximum does not pass.
NEGATIVE = frozenset({NOWHERE, "scale-not-positive"})
OUTSIDE = frozenset({"padding-with-shift", NOWHERE})


def image(opset=17, outputs=C, **options):
    """Conv to `[2, 4, 4, 4]`: as many channels as the image is high and wide."""
    return Flow((2, 3, 6, 6), opset=opset, **options).conv(outputs, 3)


def pooled(operator, opset=17, scales="either", shift=True, outputs=None, **attributes):
    flow = image(opset).step(operator, outputs=outputs, **attributes).bn(scales=scales, shift=shift)
    return flow.done(flow.value, *(outputs or [])[1:])


AVERAGE = [
    case("AveragePool", lambda: pooled("AveragePool", kernel_shape=[2, 2]), 1, becomes="Conv AveragePool"),
    case("AveragePool with strides", lambda: pooled("AveragePool", kernel_shape=[3, 2], strides=[1, 2]), 1),
    case("AveragePool of opset 7", lambda: pooled("AveragePool", 7, kernel_shape=[2, 2]), 1),
    case("AveragePool of opset 1", lambda: Flow((2, 3, 6, 6), opset=1).conv(C, 3).step("AveragePool",
         kernel_shape=[2, 2]).bn().done(rank=4), 1),
    case("AveragePool with dilations", lambda: pooled("AveragePool", 19, kernel_shape=[2, 2], dilations=[2, 2]), 1),
    case("AveragePool with pads that do not count", lambda: pooled("AveragePool", kernel_shape=[3, 3],
         pads=[1, 1, 1, 1]), 1),
    case("AveragePool whose pads count", lambda: pooled(
        "AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1), 0, "padding-with-shift"),
    case("AveragePool whose pads count at one side", lambda: pooled(
        "AveragePool", kernel_shape=[2, 2], pads=[0, 0, 0, 1], count_include_pad=1), 0, "padding-with-shift"),
    case("AveragePool whose pads count, without shift", lambda: pooled(
        "AveragePool", shift=False, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1), 1),
    case("AveragePool that would count pads, without any", lambda: pooled("AveragePool", kernel_shape=[2, 2],
         count_include_pad=1), 1),
    case("AveragePool that keeps the size", lambda: pooled("AveragePool", kernel_shape=[3, 3], auto_pad="SAME_UPPER"),
         1),
    case("AveragePool that keeps the size and counts", lambda: pooled(
        "AveragePool", kernel_shape=[3, 3], auto_pad="SAME_UPPER", count_include_pad=1), 0, "padding-with-shift",
        oracles=("onnxruntime",)),
    case("AveragePool that rounds its size up", lambda: pooled("AveragePool", kernel_shape=[3, 3], strides=[2, 2],
         ceil_mode=1), 1),
    case("GlobalAveragePool", lambda: pooled("GlobalAveragePool"), 1, becomes="Conv GlobalAveragePool"),
    case("GlobalAveragePool of a line", lambda: Flow((2, 3, 6)).conv(C, 3, rank=1).step("GlobalAveragePool").bn()
         .done(), 1),
    case("AveragePool, then a norm, then a pool and another norm", lambda: image().step("AveragePool",
         kernel_shape=[2, 2]).bn().step("GlobalAveragePool").bn().done(), 2,
         becomes="Conv AveragePool GlobalAveragePool"),
]  # fmt: skip

MAXIMUM = [
    case("MaxPool of positive scales", lambda: pooled("MaxPool", scales="positive", kernel_shape=[2, 2]), 1,
         becomes="Conv MaxPool"),
    case("MaxPool with a scale of 0", lambda: pooled("MaxPool", scales="some zero", kernel_shape=[2, 2]), 1),
    case("MaxPool with pads, strides and dilations", lambda: pooled("MaxPool", scales="positive", kernel_shape=[2, 2],
         pads=[1, 1, 1, 1], strides=[2, 1], dilations=[1, 2]), 1),
    case("MaxPool of opset 1", lambda: Flow((2, 3, 6, 6), opset=1).conv(C, 3).step("MaxPool", kernel_shape=[2, 2])
         .bn(scales="positive").done(rank=4), 1),
    case("MaxPool whose Indices are read", lambda: pooled("MaxPool", scales="positive", kernel_shape=[2, 2],
         outputs=["p", "indices"]), 1, oracles=("onnxruntime",)),
    case("MaxPool whose Indices are read, with a scale of 0", lambda: pooled("MaxPool", scales="some zero",
         kernel_shape=[2, 2], outputs=["p", "indices"]), 0, NEGATIVE | {"value-pinned"}, oracles=("onnxruntime",)),
    case("MaxPool whose Indices have an empty name", lambda: pooled_without_indices(), 1),
    case("MaxPool with one negative scale", lambda: pooled_negative("MaxPool", kernel_shape=[2, 2]), 0, NEGATIVE),
    case("MaxPool of opset 8 with one negative scale", lambda: pooled_negative("MaxPool", 8, kernel_shape=[2, 2]), 0,
         NEGATIVE),
    case("GlobalMaxPool of positive scales", lambda: pooled("GlobalMaxPool", scales="positive"), 1,
         becomes="Conv GlobalMaxPool"),
    case("GlobalMaxPool with a scale of 0", lambda: pooled("GlobalMaxPool", scales="some zero"), 1),
    case("GlobalMaxPool with one negative scale", lambda: pooled_negative("GlobalMaxPool"), 0, NEGATIVE),
    case("a negative norm before MaxPool folds, one behind does not", lambda: image().bn(gamma=-np.ones(C))
         .step("MaxPool", kernel_shape=[2, 2]).bn(gamma=-np.ones(C)).done(), 1, NEGATIVE,
         becomes="Conv MaxPool BatchNormalization"),
    case("two negative norms behind MaxPool are a positive one", lambda: image().step("MaxPool", kernel_shape=[2, 2])
         .bn(gamma=-np.ones(C)).bn(gamma=-np.ones(C)).done(), 2, becomes="Conv MaxPool"),
    case("a negative constant behind MaxPool makes a norm positive", lambda: image().step("MaxPool",
         kernel_shape=[2, 2]).step("Mul", np.full([C, 1, 1], -1.5)).bn(gamma=-np.ones(C)).done(), 1, affine=1,
         becomes="Conv MaxPool"),
]  # fmt: skip


def pooled_without_indices():
    return image().step("MaxPool", kernel_shape=[2, 2], outputs=["p", ""]).bn(scales="positive").done()


def pooled_negative(operator, opset=17, **attributes):
    return image(opset).step(operator, **attributes).bn(gamma=np.array([1, 0.5, -0.5, 2])).done()


NONE = np.zeros(0, np.float32)


def resized(scales=(1, 1, 2, 2), opset=17, channels=C, before=(NONE,), **attributes):
    """Resize of opset 11 or later; opset 10 has no region of interest."""
    before = () if opset < 11 else before
    return image(opset).step("Resize", *before, np.array(scales, np.float32), **attributes).bn(channels).done()


def resized_to(sizes, opset=17, channels=C, **attributes):
    return image(opset).step("Resize", NONE, NONE, ints(*sizes), **attributes).bn(channels).done()


def resized_by_value(opset=18, **attributes):
    flow = image(opset)
    flow.input("sizes", [2 if "axes" in attributes else 4], "int64")
    return flow.step("Resize", "", "", "sizes", mode="linear", **attributes).bn().done()


def random_image():
    return np.random.default_rng(1).random((2, 3, 6, 6), np.float32)


RESIZED = [
    *(case(f"Resize {mode}, opset {opset}", lambda m=mode, o=opset: resized(mode=m, opset=o), 1, becomes="Conv Resize",
           oracles=("onnxruntime",)) for mode in ("nearest", "linear", "cubic") for opset in (11, 13, 19)),
    *(case(f"Resize {mode}, opset 10", lambda m=mode: resized(mode=m, opset=10), 1, oracles=("onnxruntime",))
      for mode in ("nearest", "linear")),
    case("Resize to smaller with antialias", lambda: resized((1, 1, 0.5, 0.5), 18, mode="linear", antialias=1), 1,
         oracles=("onnxruntime",)),
    case("Resize cubic that leaves out what is outside", lambda: resized(mode="cubic", exclude_outside=1), 1,
         oracles=("onnxruntime",)),
    case("Resize with align_corners", lambda: resized(mode="linear", coordinate_transformation_mode="align_corners"), 1,
         oracles=("onnxruntime",)),
    case("Resize to sizes", lambda: resized_to((2, C, 7, 5), mode="nearest"), 1, oracles=("onnxruntime",)),
    case("Resize of two axes to sizes that are values", lambda: resized_by_value(axes=[2, 3]), 1,
         oracles=("onnxruntime",), feeds={"x": random_image(), "sizes": ints(8, 8)}),
    case("Resize of all axes to sizes that are values", lambda: resized_by_value(), 0, LOST, oracles=("onnxruntime",),
         feeds={"x": random_image(), "sizes": ints(2, C, 8, 8)}),
    case("Resize that crops and extrapolates", lambda: resized(mode="linear",
         before=(np.array([0, 0, -0.5, 0, 1, 1, 1, 1.2]),),
         coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=3.0), 0, OUTSIDE,
         oracles=("onnxruntime",)),
    case("Resize of channels", lambda: resized((1, 2, 1, 1), channels=2 * C, mode="nearest"), 0, LOST,
         oracles=("onnxruntime",)),
    case("Resize of channels to as many as before", lambda: resized((1, 1.2, 1, 1), mode="nearest"), 0, LOST,
         oracles=("onnxruntime",)),
    case("Upsample of opset 7", lambda: image(7).step("Upsample", scales=[1.0, 1.0, 2.0, 2.0]).bn().done(), 1,
         becomes="Conv Upsample", oracles=("onnxruntime",)),
    *(case(f"Upsample {mode} of opset 9", lambda m=mode: image(9).step("Upsample", np.array([1, 1, 2, 3], np.float32),
           mode=m).bn().done(), 1, oracles=("onnxruntime",)) for mode in ("nearest", "linear")),
]  # fmt: skip


def padded(*pads, opset=19, value=None, shift=True, channels=C, **attributes):
    given = () if value is None else (np.float32(value),)
    return image(opset).step("Pad", ints(*pads), *given, **attributes).bn(channels, shift=shift).done()


AROUND = (0, 0, 1, 2, 0, 0, 0, 1)
PADDED = [
    *(case(f"Pad {mode}", lambda m=mode: padded(*AROUND, mode=m), 1, becomes="Conv Pad") for mode in ("reflect", "edge",
           "wrap")),
    case("Pad reflect of opset 2", lambda: image(2).step("Pad", mode="reflect", pads=list(AROUND)).bn().done(rank=4),
         1),
    case("Pad edge of opset 10", lambda: image(10).step("Pad", mode="edge", pads=list(AROUND)).bn().done(), 1),
    case("Pad edge along the batch", lambda: padded(1, 0, 0, 0, 0, 0, 0, 0, mode="edge"), 1),
    case("Pad edge along channels", lambda: padded(0, 1, 0, 0, 0, 0, 0, 0, mode="edge", channels=C + 1), 0, LOST),
    case("Pad of opset 18 with axes", lambda: image(18).step("Pad", ints(1, 1), "", ints(-1), mode="edge").bn().done(),
         1),
    case("Pad with zeros", lambda: padded(*AROUND), 0, "padding-with-shift"),
    case("Pad with zeros of opset 10", lambda: image(10).step("Pad", pads=list(AROUND)).bn().done(), 0,
         "padding-with-shift"),
    case("Pad with ones", lambda: padded(*AROUND, value=1.0), 0, "padding-with-shift"),
    case("Pad with zeros, without shift", lambda: padded(*AROUND, shift=False), 1, becomes="Conv Pad"),
    case("Pad with ones, without shift", lambda: padded(*AROUND, value=1.0, shift=False), 0, "padding-with-shift"),
    case("Pad with a value that is an input, without shift", lambda: padded_by_value(), 0,
         frozenset({"padding-with-shift", NOWHERE})),
    case("Pad by nothing", lambda: padded(0, 0, 0, 0, 0, 0, 0, 0), 1),
    case("Pad that only cuts", lambda: padded(0, 0, -1, 0, 0, 0, 0, -1), 1, becomes="Conv Pad"),
    case("Pad with zeros between two norms", lambda: image().bn().step("Pad", ints(*AROUND)).bn().done(), 1,
         "padding-with-shift", becomes="Conv Pad BatchNormalization"),
]  # fmt: skip


def padded_by_value():
    flow = image(17)
    flow.input("fill", [])
    return flow.step("Pad", ints(*AROUND), "fill").bn(shift=False).done()


def depth(norm_channels, **attributes):
    return image(outputs=12).step("DepthToSpace", blocksize=2, **attributes).bn(norm_channels).done()


def agreeing(repeated, channels=8):
    """Conv → SpaceToDepth → norm, whose maps agree in the places of a block, or would in another order."""
    flow = image(outputs=2).step("SpaceToDepth", blocksize=2)
    given = {kind: repeated(flow.parameter(kind, 2)) for kind in ("gamma", "beta", "mean", "variance")}
    return flow.bn(channels, **given).done()


DEPTH = [
    case("DepthToSpace DCR", lambda: depth(3, mode="DCR"), 1, becomes="Conv DepthToSpace"),
    case("DepthToSpace CRD", lambda: depth(3, mode="CRD"), 1, becomes="Conv DepthToSpace"),
    case("DepthToSpace of opset 1", lambda: Flow((2, 3, 6, 6), opset=1).conv(12, 3).step("DepthToSpace", blocksize=2)
         .bn(3).done(rank=4), 1),
    case("DepthToSpace to as many channels as before a block", lambda: image(outputs=16).bn().step("DepthToSpace",
         blocksize=2).bn(4).done(), 2, becomes="Conv DepthToSpace"),
    case("SpaceToDepth where the maps agree", lambda: agreeing(lambda v: np.tile(v, 4)), 1,
         becomes="Conv SpaceToDepth"),
    case("SpaceToDepth where the maps differ", lambda: image(outputs=2).step("SpaceToDepth", blocksize=2).bn(8).done(),
         0, LOST | {"shift-not-uniform"}),
    case("SpaceToDepth where the maps agree in another order", lambda: agreeing(lambda v: np.repeat(v, 4)), 0,
         LOST | {"shift-not-uniform"}),
]  # fmt: skip


@pytest.mark.parametrize("expected", AVERAGE, ids=str)
def test_norms_behind_averages(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", MAXIMUM, ids=str)
def test_norms_behind_maxima(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", RESIZED, ids=str)
def test_norms_behind_resize(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", PADDED, ids=str)
def test_norms_behind_pad(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", DEPTH, ids=str)
def test_norms_behind_depth_and_space(expected):
    assert_case(expected)
