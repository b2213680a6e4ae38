"""Norms behind operators whose weight is stored as integers with a scale: the fold goes into the scales."""

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from builders import tensor
from command import fuse
from flow import Flow, k
from surroundings import NOWHERE, assert_case, case
from tracing import scopes

C = 4
KEPT = frozenset({"weight-quantized"})


def integers(shape, low=-127, high=127, dtype=np.int8):
    return np.random.default_rng(3).integers(low, high, shape, endpoint=True).astype(dtype)


def scales(*shape):
    return np.abs(k(*shape)) * 0.01


def dequantized(flow, q, scale, zero=None, name="q", **attributes):
    """The name of a weight that a DequantizeLinear makes of integers with a name."""
    flow.initializer(name, q)
    inputs = [name, flow.constant(scale, "scale"), *([flow.constant(zero, "zero")] if zero is not None else [])]
    return flow.node("DequantizeLinear", inputs, flow.fresh("w"), **attributes)


def conv(q=None, scale=None, zero=None, opset=17, norm=(), bias=True, group=1, name="q", **attributes):
    """Conv of a dequantized weight, then a norm."""
    flow = Flow((2, 3 * group, 5, 5), opset=opset)
    q = integers([C, 3, 3, 3]) if q is None else q
    scale = scales(C) if scale is None else scale
    w = dequantized(flow, q, scale, zero, name, **({"axis": 0} if np.ndim(scale) == 1 else {}), **attributes)
    flow.conv(C, 3, weight=w, bias=bias, group=group)
    return flow.bn(**dict(norm)).done()


def matrix(operator, axis, gamma=None, size=(3, C), scale=None, **attributes):
    flow = Flow((5, 3))
    w = dequantized(flow, integers(size), scales(C) if scale is None else scale, axis=axis)
    flow.step(operator, w, channels=C, **attributes)
    return flow.bn(gamma=np.linspace(0.5, 1.5, C) if gamma is None else gamma).done()


POSITIVE = {"gamma": np.linspace(0.5, 1.5, C)}.items()
MIXED = {"gamma": np.array([1, -0.5, 2, -1])}.items()
DEAD = {"gamma": np.array([1, 0.0, 2, 1])}.items()
BYTE = dict(q=integers([C, 3, 3, 3], 0, 255, np.uint8), zero=np.full(C, 128, np.uint8))

FOLDING = [
    case("a scale per channel", lambda: conv(norm=POSITIVE), 1, becomes="DequantizeLinear Conv"),
    case("a scale per channel, without a bias", lambda: conv(norm=POSITIVE, bias=False), 1,
         becomes="DequantizeLinear Conv"),
    case("a scale per channel and zero points", lambda: conv(norm=POSITIVE, zero=integers([C])), 1),
    case("a scale per channel of bytes", lambda: conv(norm=POSITIVE, **BYTE), 1),
    case("a scale per tensor", lambda: conv(norm=POSITIVE, scale=scales()), 1, becomes="DequantizeLinear Conv"),
    case("a scale per tensor with a zero point", lambda: conv(norm=POSITIVE, scale=scales(), zero=np.int8(3)), 1),
    case("a scale per tensor of opset 13", lambda: conv(norm=POSITIVE, scale=scales(), opset=13), 1),
    case("a grouped Conv", lambda: conv(norm=POSITIVE, group=2), 1),
    case("two norms", lambda: twice(), 2, becomes="DequantizeLinear Conv"),
    case("ConvTranspose with a scale along its second axis", lambda: transposed(1), 1,
         becomes="DequantizeLinear ConvTranspose"),
    case("Gemm with transB and a scale along axis 0", lambda: matrix("Gemm", 0, size=(C, 3), transB=1), 1),
    case("Gemm with a scale along axis 1", lambda: matrix("Gemm", 1), 1),
    case("Gemm with a scale along axis -1", lambda: matrix("Gemm", -1), 1),
    case("MatMul with a scale along axis 1", lambda: matrix("MatMul", 1), 1, becomes="DequantizeLinear MatMul Add"),
    case("negative scales flip integers", lambda: conv(norm=MIXED), 1),
    case("negative scales flip integers about a zero point", lambda: conv(
        norm=MIXED, q=integers([C, 3, 3, 3], -100, 110), zero=np.full(C, 5, np.int8)), 1),
    case("negative scales flip bytes", lambda: conv(
        norm=MIXED, q=integers([C, 3, 3, 3], 1, 255, np.uint8), zero=np.full(C, 128, np.uint8)), 1),
    case("an int32 bias", lambda: with_bias(), 1),
    case("blocks within channels", lambda: blocked(0), 1),
    case("activations quantized around it", lambda: quantized_around(), 1),
]  # fmt: skip

STAYING = [
    case("a scale per tensor of opset 10, where there are none per channel", lambda: conv(norm=POSITIVE, scale=scales(),
         opset=10), 0, KEPT),
    case("a scale of 0", lambda: conv(norm=DEAD), 0, KEPT),
    case("a negative scale where an integer is -128", lambda: conv(norm=MIXED, q=lowest()), 0, KEPT),
    case("a negative scale about a zero point that turns integers out of range", lambda: conv(norm=MIXED,
         zero=np.full(C, 100, np.int8)), 0, KEPT),
    case("a negative scale where a byte is 0", lambda: conv(norm=MIXED, **BYTE), 0, KEPT),
    case("a scale along the other axis", lambda: matrix("Gemm", 0, scale=scales(3)), 0, KEPT),
    case("a scale along the other axis of a square matrix", lambda: square(), 0, KEPT),
    case("ConvTranspose with a scale along its first axis", lambda: transposed(0), 0, KEPT),
    case("blocks across channels", lambda: blocked(1), 0, KEPT),
    case("a scale that is a value", lambda: scale_is_value(), 0, frozenset({"weight-quantized",
         "weight-not-constant"})),
    case("an activation that is quantized before the norm", lambda: quantized_between(), 0, NOWHERE),
]  # fmt: skip


def lowest():
    q = integers([C, 3, 3, 3])
    q[1, 0, 0, 0] = -128
    return q


def twice():
    flow = Flow((2, 3, 5, 5))
    flow.conv(C, 3, weight=dequantized(flow, integers([C, 3, 3, 3]), scales(C), axis=0))
    return flow.bn(scales="positive").bn(scales="positive").done()


def transposed(axis):
    flow = Flow((2, C, 4, 4))
    w = dequantized(flow, integers([C, C, 2, 2]), scales(C), axis=axis)
    flow.conv(C, 2, weight=w, transposed=True, strides=[2, 2])
    return flow.bn(scales="positive").done()


def square():
    flow = Flow((5, C))
    w = dequantized(flow, integers([C, C]), scales(C), axis=0)
    return flow.step("Gemm", w, channels=C).bn(scales="positive").done()


def with_bias():
    """An int32 bias with the scale of the products, here fine enough that its rounding does not show."""
    flow = Flow((2, 3, 5, 5))
    w = dequantized(flow, integers([C, 3, 3, 3]), scales(C), axis=0)
    b = dequantized(flow, integers([C], -2000000, 2000000, np.int32), np.full(C, 1e-6), name="qb", axis=0)
    return flow.at(flow.node("Conv", ["x", w, b], "c"), C).bn(scales="positive").done()


def blocked(axis):
    """MatMul with scales for blocks of two elements along an axis of the weight `[4, 4]`."""
    flow = Flow((5, 4), opset=21)
    scale = np.abs(k(2, C) if axis == 0 else k(C, 2)) * 0.01
    w = dequantized(flow, integers([4, C]), scale, np.zeros(scale.shape, np.int8), axis=axis, block_size=2)
    return flow.step("MatMul", w, channels=C).bn(scales="positive").done(ir=10)


def quantize(flow):
    scale, zero = flow.constant(np.float32(0.02)), flow.constant(np.int8(0))
    flow.step("QuantizeLinear", scale, zero)
    return flow.step("DequantizeLinear", scale, zero)


def quantized_around():
    flow = quantize(Flow((2, 3, 5, 5)))
    w = dequantized(flow, integers([C, 3, 3, 3]), scales(C), axis=0)
    flow.conv(C, 3, weight=w).bn(scales="positive").step("Relu")
    return quantize(flow).done()


def quantized_between():
    flow = Flow((2, 3, 5, 5))
    flow.conv(C, 3, weight=dequantized(flow, integers([C, 3, 3, 3]), scales(C), axis=0))
    return quantize(flow).bn(C).done()


def scale_is_value():
    flow = Flow((2, 3, 5, 5))
    flow.initializer("q", integers([C, 3, 3, 3]))
    flow.input("scale", [C])
    w = flow.node("DequantizeLinear", ["q", "scale"], "w", axis=0)
    return flow.conv(C, 3, weight=w).bn(scales="positive").done()


@pytest.mark.parametrize("expected", FOLDING, ids=str)
def test_norms_fold_into_the_scales(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", STAYING, ids=str)
def test_norms_that_no_scale_takes(expected):
    assert_case(expected)


@pytest.mark.parametrize("zero", [None, np.full(C, 5, np.int8)], ids=["no zero point", "zero point"])
@pytest.mark.parametrize("scale", [scales(C), scales()], ids=["per channel", "per tensor"])
def test_integers_stay_untouched_under_positive_scales(scale, zero):
    zero = zero if zero is None or scale.ndim else np.int8(5)
    model = conv(norm=POSITIVE, scale=scale, zero=zero)
    fused = fuse(model, proved=False).model
    assert np.array_equal(tensor(fused, "q"), tensor(model, "q"))
    make = next(node for node in fused.graph.node if node.op_type == "DequantizeLinear")
    assert tensor(fused, make.input[1]).shape == (C,)


def test_only_the_integers_of_channels_with_a_negative_scale_are_flipped():
    model = conv(norm=MIXED)
    fused = fuse(model, proved=False).model
    scope = scopes(fused)[0]
    make = next(node for node in fused.graph.node if node.op_type == "DequantizeLinear")
    flipped = tensor(model, "q") * np.array([1, -1, 1, -1], np.int8).reshape(C, 1, 1, 1)
    assert np.array_equal(scope.constant(make.input[0]), flipped)
    assert (scope.constant(make.input[1]) > 0).all()


def test_integers_that_another_convolution_reads_stay():
    flow = Flow((2, 3, 5, 5))
    w = dequantized(flow, integers([C, 3, 3, 3]), scales(C), axis=0)
    plain = flow.conv(C, 3, weight=w).value
    normed = flow.at("x", 3).conv(C, 3, weight=w).bn(gamma=np.array([1, -1, 1, 2])).value
    model = flow.done(plain, normed)
    assert_case(case("shared", lambda: model, 1))
    fused = fuse(model, proved=False).model
    assert np.array_equal(tensor(fused, "q"), tensor(model, "q"))


def products(model):
    """The weight that a run in float32 computes with, by the name of the integers, as float64."""
    arrays = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    node = next(n for n in model.graph.node if n.op_type == "DequantizeLinear")
    whole = onnx.helper.make_model(
        onnx.helper.make_graph(
            [node], "w", [], [onnx.ValueInfoProto(name=node.output[0])],
            [onnx.numpy_helper.from_array(arrays[name], name) for name in node.input]),
        opset_imports=[onnx.helper.make_opsetid("", 21)])  # fmt: skip
    return ReferenceEvaluator(whole).run(None, {})[0].astype(np.float64)


BOUNDED = {
    "a scale per channel": lambda: conv(norm=POSITIVE),
    "a scale per tensor and a zero point": lambda: conv(norm=POSITIVE, scale=scales(), zero=np.int8(-128)),
    "bytes": lambda: conv(norm=POSITIVE, **BYTE),
    "16 bits": lambda: conv(norm=POSITIVE, opset=21, q=integers([C, 3, 3, 3], -30000, 30000, np.int16)),
    "blocks": lambda: blocked(0),
}


@pytest.mark.parametrize("build", BOUNDED.values(), ids=BOUNDED.keys())
def test_the_bound_holds_the_products_that_a_run_computes_with(build):
    model = build()
    result = fuse(model, "--check", proved=False)
    before, after = products(model), products(result.model)
    axis = 1 if before.ndim == 2 else 0
    arrays = {t.name: onnx.numpy_helper.to_array(t).astype(np.float64) for t in model.graph.initializer}
    norm = next(n for n in model.graph.node if n.op_type == "BatchNormalization")
    gamma, _, _, variance = (arrays[name] for name in norm.input[1:])
    scale = gamma / np.sqrt(variance + np.float64(np.float32(1e-3)))
    shape = [-1 if i == axis else 1 for i in range(before.ndim)]
    errors = np.abs(after - before * scale.reshape(shape))
    worst = errors.sum(axis=tuple(i for i in range(before.ndim) if i != axis)).max()
    (certificate,) = [fold["certificate"] for fold in result.report["folds"]]
    (found,) = result.report["check"]["certification"]["folds"]
    for bound in (certificate["outputBound"], found["outputBound"]):
        assert worst <= bound["perUnitInput"] <= 8 * worst + 1e-12
    assert certificate["maxWeightUlp"] <= 0.5
    assert found["weight"]["maxUlp"] <= (1 if build is BOUNDED["blocks"] else 0.5 + 1e-6)
