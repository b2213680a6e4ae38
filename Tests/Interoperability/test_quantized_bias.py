"""Biases that are stored as int32 with a DequantizeLinear, as quantizers write them: they stay integers."""

import math
from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from builders import Graph
from command import fuse, run, warning_codes
from oracles import assert_equivalent, attempt, deviation, feeds_for

C = 4
INPUT = np.float32(0.02)
# The operator, the shape of its weight, the axis of the output channels, the shape of its input.
OPERATORS = {
    "Conv": ([C, 3, 3, 3], 0, [2, 3, 6, 6]),
    "Conv 1-D": ([C, 3, 3], 0, [2, 3, 6]),
    "Conv 3-D, groups": ([C, 1, 2, 2, 2], 0, [1, 2, 4, 4, 4]),
    "ConvTranspose": ([3, C, 3, 3], 1, [2, 3, 6, 6]),
    "Gemm": ([3, C], 1, [5, 3]),
    "Gemm transB": ([C, 3], 0, [5, 3]),
    "MatMul": ([3, C], 1, [5, 3]),
}


class Case:
    """A quantized operator with a norm behind it, in float32."""

    def __init__(
        self, operator="Conv", opset=17, seed=3, zero=None, weight="channel", step=None, counts=None, gamma=None,
        shift=1.0, quantizes_input=True, shape=None,
    ):
        kind = operator.split()[0]
        weight_shape, axis, input_shape = OPERATORS[operator]
        self.graph = graph = Graph(opset=opset, seed=seed)
        random = np.random.default_rng(seed)
        x = graph.input("x", input_shape)
        if quantizes_input:
            graph.initializer("x_scale", INPUT)
            graph.initializer("x_zero", np.int8(0))
            graph.node("QuantizeLinear", ["x", "x_scale", "x_zero"], "xq")
            x = graph.node("DequantizeLinear", ["xq", "x_scale", "x_zero"], "xd")
        along = {"axis": axis} if opset >= 13 else {}
        if weight == "float":
            w = graph.weight("w", weight_shape)
            self.scales = np.ones(C, np.float32)
        else:
            graph.initializer("wq", random.integers(-127, 128, weight_shape).astype(np.int8))
            self.scales = random.uniform(0.002, 0.02, C if weight == "channel" else []).astype(np.float32)
            graph.initializer("w_scale", self.scales)
            w = graph.node("DequantizeLinear", ["wq", "w_scale"], "w", **along)
        self.steps = np.asarray(INPUT * self.scales if step is None else step, np.float32)
        self.counts = random.integers(-5000, 5000, C).astype(np.int32) if counts is None else np.asarray(counts, np.int32)
        if shape is not None:
            self.counts = self.counts.reshape(shape)
        graph.initializer("bq", self.counts)
        graph.initializer("b_scale", self.steps)
        names = ["bq", "b_scale"]
        if zero is not None:
            names.append(graph.initializer("b_zero", np.asarray(zero, np.int32)))
        along = {"axis": self.counts.ndim - 1} if opset >= 13 else {}
        b = graph.node("DequantizeLinear", names, "b", **along)
        attributes = {"group": 2} if "groups" in operator else {"transB": 1} if "transB" in operator else {}
        if kind == "MatMul":
            graph.node("MatMul", [x, w], "p")
            graph.node("Add", ["p", b], "c")
        else:
            graph.node(kind, [x, w, b], "c", **attributes)
        gamma = random.uniform(0.5, 2, C) if gamma is None else np.asarray(gamma)
        self.norm = dict(zip(("gamma", "beta", "mean", "variance"), (
            gamma.astype(np.float32), (shift * random.standard_normal(C)).astype(np.float32),
            random.standard_normal(C).astype(np.float32), random.uniform(0.5, 2, C).astype(np.float32))))  # fmt: skip
        graph.norm("c", "y", C, **self.norm)
        graph.output("y", [None] * len(input_shape))

    def model(self, **fields):
        return self.graph.model(**fields)

    def images(self):
        """What the bias of each channel exactly becomes, to 100 digits' worth of bits."""
        values = np.float32(self.counts.reshape(-1).astype(np.float32) * self.steps)
        for c in range(C):
            gamma, beta, mean, variance = (float(self.norm[k][c]) for k in ("gamma", "beta", "mean", "variance"))
            spread = Fraction(variance) + Fraction(float(np.float32(1e-3)))
            root = Fraction(math.isqrt((spread.numerator << 240) // spread.denominator), 1 << 120)
            value = Fraction(float(values[c if len(values) > 1 else 0]))
            yield (value - Fraction(mean)) * Fraction(gamma) / root + Fraction(beta)

    def deviation(self):
        """How far an output may be off by the rounding of the bias to its steps."""
        scale = np.abs(self.norm["gamma"]) / np.sqrt(self.norm["variance"] + np.float32(1e-3))
        return float(np.max(self.steps * scale)) / 2


def maker(model):
    """The DequantizeLinear that makes the bias of the operator, and the arrays of its inputs."""
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    made = {output: node for node in model.graph.node for output in node.output}
    reader = next(n for n in model.graph.node if n.op_type in ("Conv", "ConvTranspose", "Gemm", "Add"))
    bias = reader.input[2] if len(reader.input) > 2 else reader.input[1]
    node = made.get(bias)
    return node, [tensors[name] for name in node.input] if node else tensors[bias]


def assert_steps(case, *, exact_products=True, evaluators=("onnxruntime", "reference")):
    """The bias is an int32 on the steps of the new scales, each nearest, and every certificate says so."""
    model = case.model()
    result = fuse(model, "--check", proved=False)
    assert result.exit == 0, result.stdout + result.stderr
    assert result.report["summary"]["folded"] == 1, result.report["declined"]
    assert "bias-widened" not in warning_codes(result.report)
    node, (counts, steps, *zero) = maker(result.model)
    assert counts.dtype == np.int32 and steps.dtype == np.float32 and counts.size == C and steps.shape == (C,)
    assert not zero or (zero[0] == 0).all() and zero[0].shape == steps.shape
    if exact_products:
        tensors = {t.name: numpy_helper.to_array(t) for t in result.model.graph.initializer}
        scales = next(tensors[n.input[1]] for n in result.model.graph.node if n.output[0].startswith("w"))
        assert np.array_equal(steps, INPUT * scales)
    worst = 0
    for count, step, image in zip(counts.reshape(-1).tolist(), steps.tolist(), case.images()):
        worst = max(worst, abs(image / Fraction(step) - count))
    assert worst <= Fraction(1, 2) + Fraction(1, 10**9)
    (certificate,) = [fold["certificate"] for fold in result.report["folds"]]
    assert abs(certificate["maxBiasSteps"] - float(worst)) <= 1e-6 and certificate["maxBiasUlp"] <= 0.5 + 1e-9
    assert certificate["outputBound"]["constant"] >= float(worst) * float(steps.min())
    check = result.report["check"]
    assert check["verdict"] == "equivalent", check
    (fold,) = check["certification"]["folds"]
    assert fold["bias"]["type"] == "int32" and fold["bias"]["tensor"] == node.input[0]
    assert abs(fold["maxBiasSteps"] - float(worst)) <= 1e-4 and fold["bias"]["beyondLimit"] == 0
    onnx.checker.check_model(result.model)
    feeds, judged = feeds_for(model), 0
    for name in evaluators:
        before, after = attempt(name, model, feeds), attempt(name, result.model, feeds)
        if before is None:
            continue
        judged += 1
        scale = max(1.0, float(np.abs(before[0]).max()))
        assert deviation(before[0], after[0]) * scale <= case.deviation() * (1 + 1e-3) + 1e-4 * scale
    assert judged > 0
    return result


@pytest.mark.parametrize("opset", [13, 17, 19, 21])
@pytest.mark.parametrize("operator", OPERATORS)
def test_a_bias_of_integers_stays_one(operator, opset):
    assert_steps(Case(operator, opset))


@pytest.mark.parametrize("weight", ["channel", "tensor"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_one_scale_for_all_becomes_one_for_each_channel(operator, weight):
    assert_steps(Case(operator, weight=weight))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("operator", ["Conv", "Gemm", "MatMul"])
def test_each_integer_is_the_nearest(operator, seed):
    signs = np.random.default_rng(seed).choice([-1, 1], C)
    assert_steps(Case(operator, seed=seed, gamma=signs * np.linspace(0.3, 3, C), shift=30.0))


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("weight", ["channel", "tensor"])
def test_a_zero_point_of_zero_is_none(operator, weight):
    assert_steps(Case(operator, weight=weight, zero=np.zeros(C if weight == "channel" else [])))


@pytest.mark.parametrize("operator", ["Conv", "ConvTranspose"])
def test_a_weight_that_is_not_quantized_does_not_matter(operator):
    assert_steps(Case(operator, weight="float", step=1e-3, quantizes_input=False), exact_products=False)


def test_a_zero_point_that_is_not_zero_is_no_bias():
    result = fuse(Case(zero=[0, 0, 1, 0]).model())
    assert [decline["code"] for decline in result.report["declined"]] == ["bias-not-constant"]


@pytest.mark.parametrize("shape", [[C], [1, C]])
@pytest.mark.parametrize("beta", [1.0, 0.5])
def test_the_factor_of_a_gemm_goes_into_the_steps(shape, beta):
    case = Case("Gemm", shape=shape)
    model = case.model()
    gemm = next(n for n in model.graph.node if n.op_type == "Gemm")
    gemm.attribute.append(onnx.helper.make_attribute("beta", beta))
    gemm.attribute.append(onnx.helper.make_attribute("alpha", 0.75))
    result = fuse(model, "--check", proved=False)
    assert result.exit == 0 and result.report["check"]["verdict"] == "equivalent", result.stdout
    node, (counts, steps, *_) = maker(result.model)
    assert counts.dtype == np.int32 and list(counts.shape) == shape
    feeds = feeds_for(model)
    before, after = attempt("onnxruntime", model, feeds)[0], attempt("onnxruntime", result.model, feeds)[0]
    assert np.abs(before - after).max() <= float(steps.max()) / 2 + 1e-4 * np.abs(before).max()


def test_a_bias_that_others_read_is_copied():
    case = Case()
    case.graph.output(case.graph.relu("b", "z"), [C])
    result = assert_steps(case, evaluators=("onnxruntime",))
    assert len([n for n in result.model.graph.node if n.op_type == "DequantizeLinear"]) == 4
    tensors = {t.name: numpy_helper.to_array(t) for t in result.model.graph.initializer}
    assert np.array_equal(tensors["bq"], case.counts) and np.array_equal(tensors["b_scale"], case.steps)


WIDENED = {
    "before opset 13": Case(opset=10, weight="float", step=1e-3, quantizes_input=False),
    "an integer past 32 bits": Case(step=1e-9, counts=[2**31 - 1] * C, shift=100.0),
    "a step that float32 does not hold": Case(weight="float", step=1e-38, gamma=[1e-3, 1e-8, 1, 1]),
}


@pytest.mark.parametrize("case", WIDENED.values(), ids=WIDENED.keys())
def test_where_there_are_no_such_integers_the_bias_is_floating_point_and_a_warning_says_so(case):
    model = case.model()
    result = fuse(model, "--check", proved=False)
    assert result.exit == 0 and "bias-widened" in warning_codes(result.report), result.stdout
    node, bias = maker(result.model)
    assert node is None and bias.dtype == np.float32
    (certificate,) = [fold["certificate"] for fold in result.report["folds"]]
    assert "maxBiasSteps" not in certificate and certificate["maxBiasUlp"] <= 0.5
    assert_equivalent(model, result.model, names=("onnxruntime", "reference"))


@pytest.mark.parametrize("operator", ["Conv", "Gemm"])
def test_an_operator_without_a_bias_gets_one_of_floating_point(operator):
    case = Case(operator)
    model = case.model()
    reader = next(n for n in model.graph.node if n.op_type == operator)
    del reader.input[2:]
    result = fuse(model, "--check", proved=False)
    assert result.exit == 0 and "bias-widened" not in warning_codes(result.report)
    assert maker(result.model)[1].dtype == np.float32


@pytest.mark.parametrize(("off", "status"), [(0, 0), (1, 0), (3, 2)])
def test_check_counts_the_bias_of_others_in_steps(off, status, tmp_path):
    """One step off is within the default limits, three steps are not."""
    model = Case(seed=5).model()
    fused = fuse(model, proved=False).model
    node, (counts, *_) = maker(fused)
    changed = counts.copy()
    changed[1] += off
    next(t for t in fused.graph.initializer if t.name == node.input[0]).CopyFrom(
        numpy_helper.from_array(changed, node.input[0]))
    paths = tmp_path / "a.onnx", tmp_path / "b.onnx"
    paths[0].write_bytes(model.SerializeToString())
    paths[1].write_bytes(fused.SerializeToString())
    done = run("check", *paths, "--max-ulp", 2)
    assert done.exit == status, done.stdout
