"""Every stored element is the exact fold, rounded once: judged with 640 bits on numbers made to be hard."""

import functools

import numpy as np
import pytest

import hard
from builders import TYPES, Graph, conv_norm
from command import fuse
from exact import FORMATS
from judge import assert_exact, judge

DTYPES = ["float32", "float16", "bfloat16", "float64"]
CHANNELS, INPUTS = 60, 24
MAKERS = [
    hard.bias_near_mean,
    hard.large_scales,
    hard.exact_ties,
    hard.exact_ties_with_epsilon,
    hard.cancelled,
    hard.nearly_cancelled,
    hard.subnormal,
    hard.wide_exponents,
    hard.near_midpoints,
    hard.bias_near_midpoints,
]


def model_of(case, dtype, transposed=False):
    """The case as a 1×1 convolution with its norm."""
    channels, inputs = case.weight.shape
    graph = Graph(opset=22, dtype=dtype)
    graph.input("x", [1, inputs, 1, 1])
    weight = case.weight.T if transposed else case.weight
    graph.initializer("w", np.ascontiguousarray(weight).reshape(*weight.shape, 1, 1))
    graph.initializer("b", case.bias)
    graph.convolution("x", "c", "w", "b", transposed=transposed)
    graph.norm("c", "y", channels, epsilon=case.epsilon, **case.parameters)
    graph.output("y", [1, channels, 1, 1])
    return graph.model(ir=10)


@functools.cache
def case_of(maker, dtype, seed=20):
    with np.errstate(all="ignore"):
        return maker(np.random.default_rng(seed), TYPES[dtype][0], CHANNELS, INPUTS)


def assert_correctly_rounded(model, folded=1):
    result = fuse(model)
    assert result.report["summary"]["folded"] == folded, result.report["declined"]
    (pair,) = assert_exact(model, result.model)
    return pair


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
@pytest.mark.parametrize("transposed", [False, True], ids=["Conv", "ConvTranspose"])
def test_weights_and_biases_are_correctly_rounded(transposed, maker, dtype):
    if dtype == "float64" and maker is hard.near_midpoints:
        maker = hard.wide_exponents  # within 1 ulp there is no midpoint to miss
    seed = 21 if transposed else 20
    if dtype == "float16" and maker is hard.subnormal:
        # Hardly a number of float16 is left there, so the fold would lose the weight's digits.
        declined = fuse(model_of(case_of(maker, dtype, seed), dtype, transposed)).report["declined"]
        assert [decline["code"] for decline in declined] == ["overflows-storage"]
        return
    assert_correctly_rounded(model_of(case_of(maker, dtype, seed), dtype, transposed))


def stored(pair):
    _, after = pair
    weight = after.weight.reshape(after.weight.shape[:2])
    return weight, after.biases[0].reshape(-1)


@pytest.mark.parametrize(
    ("maker", "dtype", "by", "part"),
    [
        (hard.bias_near_mean, "float32", "naive", 1),
        (hard.bias_near_mean, "float64", "naive", 1),
        (hard.nearly_cancelled, "float32", "naive", 1),
        (hard.near_midpoints, "float32", "naive", 0),
        (hard.near_midpoints, "float16", "through_float", 0),
        (hard.near_midpoints, "bfloat16", "through_float", 0),
        (hard.bias_near_midpoints, "float32", "naive", 1),
        (hard.bias_near_midpoints, "float16", "through_float", 1),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_the_hard_cases_are_hard(maker, dtype, by, part):
    """Ordinary arithmetic stores something else than the command does, which is right by the test above."""
    case = case_of(maker, dtype)
    with np.errstate(all="ignore"):
        ordinary = getattr(case, by)()[part]
    right = stored(assert_correctly_rounded(model_of(case, dtype)))[part]
    wrong = int(np.sum(ordinary.astype(np.float64) != right.astype(np.float64)))
    print(f"{wrong} of {right.size} differ")
    assert wrong > 0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("trial", range(4))
def test_random_numbers_are_correctly_rounded(trial, dtype):
    for seed in range(3):
        case = case_of(hard.wide_exponents, dtype, 100 + 10 * trial + seed)
        assert_correctly_rounded(model_of(case, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("norms", [2, 5])
def test_a_chain_is_rounded_once_at_its_end(norms, dtype):
    graph = Graph(opset=22, dtype=dtype, seed=norms)
    graph.input("x", [1, 12, 1, 1])
    graph.weight("w", [40, 12, 1, 1])
    graph.weight("b", [40])
    value = graph.convolution("x", "c", "w", "b")
    for i in range(norms):
        value = graph.norm(value, f"n{i}", 40)
    graph.output(value, [1, 40, 1, 1])
    assert_correctly_rounded(graph.model(ir=10), norms)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_chain_whose_square_roots_cancel_is_exact(dtype):
    """Two roots of two make two: products that end in exactly half a unit must be seen as such."""
    graph = Graph(opset=22, dtype=dtype, seed=3)
    graph.input("x", [1, 12, 1, 1])
    graph.weight("w", [40, 12, 1, 1])
    graph.initializer("b", np.zeros(40, TYPES[dtype][0]))
    value = graph.convolution("x", "c", "w", "b")
    for i, gamma in enumerate((1.5, 0.5)):
        zeros = np.zeros(40)
        value = graph.norm(
            value, f"n{i}", 40, epsilon=0.0, gamma=np.full(40, gamma), variance=np.full(40, 2.0), mean=zeros, beta=zeros
        )
    graph.output(value, [1, 40, 1, 1])
    assert_correctly_rounded(graph.model(ir=10), 2)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("alpha", [0.1, -3.0, 1e-3])
@pytest.mark.parametrize("beta", [0.7, -30.0])
def test_alpha_and_beta_of_gemm_are_part_of_the_exact_fold(beta, alpha, dtype):
    case = case_of(hard.bias_near_mean, dtype)
    graph = Graph(opset=22, dtype=dtype)
    graph.input("x", [1, INPUTS])
    graph.initializer("w", case.weight)
    graph.initializer("c", case.bias)
    graph.node("Gemm", ["x", "w", "c"], "g", alpha=alpha, beta=beta, transB=1)
    graph.norm("g", "y", CHANNELS, epsilon=case.epsilon, **case.parameters)
    graph.output("y", [1, CHANNELS])
    assert_correctly_rounded(graph.model(ir=10))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("operator", ["Conv", "MatMul"])
def test_a_constant_add_is_part_of_the_exact_fold(operator, dtype):
    """The Add's constant almost cancels the bias, and both almost the mean."""
    random = np.random.default_rng(5)
    kind = TYPES[dtype][0]
    bias = random.uniform(50, 60, 40).astype(kind)
    add = hard.neighbours(-bias.astype(np.float64), kind, random.integers(0, 3, 40)).astype(kind)
    graph = Graph(opset=22, dtype=dtype)
    if operator == "Conv":
        graph.input("x", [1, 12, 1, 1])
        graph.weight("w", [40, 12, 1, 1])
        graph.initializer("b", bias)
        graph.convolution("x", "c", "w", "b")
        graph.initializer("shift", add.reshape(40, 1, 1))
    else:
        graph.input("x", [1, 12])
        graph.weight("w", [12, 40])
        graph.node("MatMul", ["x", "w"], "c")
        graph.initializer("shift", add)
    graph.node("Add", ["c", "shift"], "s")
    mean = (bias.astype(np.float64) + add if operator == "Conv" else add).astype(kind)
    graph.norm("s", "y", 40, mean=mean)
    graph.output("y", [1, 40] + [1, 1] * (operator == "Conv"))
    assert_correctly_rounded(graph.model(ir=10))


@pytest.mark.parametrize("wide", ["float32", "float64"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_wide_parameters_are_not_rounded_before_the_fold(dtype, wide):
    case = case_of(hard.near_midpoints, dtype)
    graph = Graph(opset=22, dtype=dtype, seed=9)
    graph.input("x", [1, INPUTS, 1, 1])
    graph.initializer("w", case.weight.reshape(CHANNELS, INPUTS, 1, 1))
    graph.initializer("b", case.bias)
    graph.convolution("x", "c", "w", "b")
    dtypes = dict.fromkeys(("gamma", "beta", "mean", "variance"), wide)
    graph.norm("c", "y", CHANNELS, dtypes=dtypes)
    graph.output("y", [1, CHANNELS, 1, 1])
    assert_correctly_rounded(graph.model(ir=10))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_certificate_tells_the_largest_error(dtype):
    model = conv_norm(opset=22, ir=10, dtype=dtype)
    result = fuse(model)
    judge(model, result, folded=1)
    (pair,) = assert_exact(model, result.model)
    (fold,) = result.report["folds"]
    if dtype != "float64":
        assert abs(fold["certificate"]["maxWeightUlp"] - pair[1].errors[0]) < 0.01
        assert abs(fold["certificate"]["maxBiasUlp"] - pair[1].errors[1]) < 0.01
    assert set(FORMATS) >= {pair[1].weight.dtype}
