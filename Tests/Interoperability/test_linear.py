"""Gemm and MatMul followed by a norm, and constant Adds behind any operator."""

import numpy as np
import pytest

from builders import Graph, operators
from command import fuse
from judge import assert_unchanged, judge
from oracles import assert_equivalent

M, K, N = 5, 3, 4
BIASES = {
    "absent": None, "empty": (), "scalar": [], "[1]": [1], "[N]": [N], "[1,1]": [1, 1], "[1,N]": [1, N],
    "[M,1]": [M, 1], "[M,N]": [M, N],
}  # fmt: skip
NOT_FOLDED = {"no-linear-producer", "weight-not-constant", "channel-axis-differs"}


def gemm(bias="[N]", rows=M, columns=N, opset=17, dtype="float32", batch=None, **attributes):
    graph = Graph(opset=opset, dtype=dtype, seed=7)
    shape = [batch or rows, K]
    graph.input("x", shape[::-1] if attributes.get("transA") else shape)
    graph.weight("w", [columns, K] if attributes.get("transB") else [K, columns])
    sizes = BIASES[bias]
    inputs = ["x", "w"] + ([""] if sizes == () else [])
    if sizes is not None and sizes != ():
        sizes = [{M: rows, N: columns}.get(s, s) for s in sizes]
        inputs.append(graph.weight("c", sizes))
    graph.node("Gemm", inputs, "g", name="operator", **attributes)
    graph.norm("g", "y", columns)
    graph.output("y", [batch or rows, columns])
    return graph.model()


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("trans_b", [0, 1])
@pytest.mark.parametrize("trans_a", [0, 1])
@pytest.mark.parametrize("beta", [1.0, 0.0, -2.5])
@pytest.mark.parametrize("alpha", [1.0, 0.7])
def test_folds_into_gemm(alpha, beta, trans_a, trans_b, bias):
    model = gemm(bias, alpha=alpha, beta=beta, transA=trans_a, transB=trans_b)
    result = fuse(model)
    judge(model, result, folded=1, declined=[])
    assert operators(result.model) == ["Gemm"]


@pytest.mark.parametrize("bias", ["[N]", "[1,N]", "[M,1]", "[M,N]"])
@pytest.mark.parametrize("trans_b", [0, 1])
def test_a_square_gemm_takes_rows_for_rows_and_columns_for_columns(trans_b, bias):
    model = gemm(bias, rows=K, columns=K, beta=0.5, transB=trans_b)
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize("bias", ["absent", "scalar", "[N]", "[1,N]"])
def test_gemm_with_a_dynamic_batch_folds(bias):
    model = gemm(bias, batch="batch", alpha=2.0)
    judge(model, fuse(model), folded=1, feeds={"x": np.ones([7, K], np.float32)})


@pytest.mark.parametrize("bias", ["[M,1]", "[M,N]"])
def test_gemm_whose_bias_has_rows_but_whose_batch_is_dynamic_is_right_either_way(bias):
    model = gemm(bias, batch="batch")
    judge(model, fuse(model), feeds={"x": np.ones([M, K], np.float32)})


def test_a_bias_times_beta_zero_does_not_exist_even_if_it_is_not_a_number():
    model = gemm("[N]", beta=0.0)
    model.graph.initializer[1].raw_data = np.full(N, np.nan, np.float32).tobytes()
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize(
    ("opset", "bias"), [(1, "[M,N]"), (6, "[M,N]"), (6, "[N]"), (7, "[1,N]"), (9, "[N]"), (9, "scalar")]
)
def test_folds_into_gemm_of_old_opsets(opset, bias):
    legacy = {"broadcast": 1} if opset < 7 and bias == "[N]" else {}
    model = gemm(bias, opset=opset, alpha=0.5, beta=3.0, **legacy)
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize(("opset", "legacy"), [(9, {}), (6, {"broadcast": 1})])
def test_gemm_with_alpha_and_without_norm_stays_as_it_is(opset, legacy):
    model = gemm("[N]", opset=opset, alpha=0.5, beta=2.0, **legacy)
    model.graph.node[1].op_type = "Relu"
    del model.graph.node[1].input[1:]
    del model.graph.node[1].attribute[:]
    del model.graph.initializer[2:]
    assert_unchanged(model, fuse(model))


def test_gemm_with_a_constant_left_operand_has_its_channels_elsewhere():
    graph = Graph()
    graph.input("x", [K, N])
    graph.weight("w", [N, K])
    graph.node("Gemm", ["w", "x"], "g")
    graph.norm("g", "y", N)
    graph.output("y", [N, N])
    model = graph.model()
    assert_unchanged(model, fuse(model), NOT_FOLDED, runs=True)


def matmul(left, right, size, constant, opset=17, dtype="float32", channels=None, add=None, first=False):
    """MatMul of `left` and `right`, shapes or lists with unknown sizes, then a constant Add, then the norm."""
    graph = Graph(opset=opset, dtype=dtype, seed=11)
    inputs = []
    for name, shape in (("a", left), ("b", right)):
        if name == constant:
            inputs.append(graph.weight("w", shape))
        else:
            inputs.append(graph.input("x", shape))
    graph.node("MatMul", inputs, "p", name="operator")
    value = "p"
    if add is not None:
        graph.weight("shift", add)
        value = graph.node("Add", ["shift", "p"] if first else ["p", "shift"], "s", name="bias")
    graph.norm(value, "y", size[1] if channels is None else channels)
    graph.output("y", size)
    return graph.model()


def test_folds_into_matmul_of_rank_2():
    model = matmul([M, K], [K, N], [M, N], "b")
    result = fuse(model)
    judge(model, result, folded=1, declined=[])
    assert operators(result.model) == ["MatMul", "Add"]


def test_folds_into_matmul_with_a_dynamic_batch():
    model = matmul(["batch", K], [K, N], ["batch", N], "b")
    judge(model, fuse(model), folded=1, feeds={"x": np.ones([7, K], np.float32)})


def test_folds_into_matmul_whose_rank_only_value_info_tells():
    graph = Graph()
    graph.input("x", [2, 6])
    graph.initializer("shape", np.array([3, 4], np.int64))
    graph.node("Reshape", ["x", "shape"], "r")
    graph.info("r", [None, None])
    graph.weight("w", [4, 5])
    graph.node("MatMul", ["r", "w"], "p")
    graph.norm("p", "y", 5)
    graph.output("y", [3, 5])
    model = graph.model()
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize("first", [False, True], ids=["constant second", "constant first"])
@pytest.mark.parametrize("add", [[], [1], [N], [1, N], [1, 1]], ids=str)
def test_folds_through_a_constant_add_into_matmul(add, first):
    model = matmul([M, K], [K, N], [M, N], "b", add=add, first=first)
    result = fuse(model)
    judge(model, result, folded=1, declined=[])
    assert operators(result.model) == ["MatMul", "Add"]


@pytest.mark.parametrize("add", [None, [M, 1], [1, M, 1], []], ids=str)
def test_folds_into_matmul_with_the_constant_left_at_rank_3(add):
    model = matmul([M, K], [2, K, N], [2, M, N], "a", add=add)
    judge(model, fuse(model), folded=1, declined=[])


@pytest.mark.parametrize(
    ("left", "right", "size", "constant"),
    [
        ([2, 4, K], [K, 4], [2, 4, 4], "b"),  # rank 3, sequence length = outputs
        ([2, 4, 6, K], [K, 4], [2, 4, 6, 4], "b"),
        ([4, K], [K, 4], [4, 4], "a"),  # constant left at rank 2: axis 1 is the other operand's
        ([4, K], [2, 4, K, 4], [2, 4, 4, 4], "a"),
        ([2, 4, K], [K], [2, 4], "b"),  # a rank-1 operand removes its axis
        ([K], [2, K, 4], [2, 4], "a"),
        ([2, 4, K], [2, K, 4], [2, 4, 4], "b"),  # a batch of weights
    ],
    ids=str,
)
def test_matmul_whose_channels_only_coincide_with_the_norms_is_left_alone(left, right, size, constant):
    model = matmul(left, right, size, constant, channels=4)
    assert_unchanged(model, fuse(model), NOT_FOLDED, runs=True)


def test_matmul_at_rank_3_with_as_many_positions_as_outputs_has_its_channels_on_another_axis():
    model = matmul([2, 4, K], [K, 4], [2, 4, 4], "b")
    assert_unchanged(model, fuse(model), "channel-axis-differs", runs=True)


@pytest.mark.parametrize("rank", [2, 3])
def test_matmul_of_a_value_whose_rank_nothing_proves_is_left_alone(rank):
    """The value comes from a Reshape to a shape that only the caller knows."""
    graph = Graph()
    graph.input("x", [2, 12])
    graph.input("shape", ["rank"], dtype="int64")
    graph.node("Reshape", ["x", "shape"], "r")
    graph.weight("w", [K, 4])
    graph.node("MatMul", ["r", "w"], "p")
    graph.norm("p", "n", 4)
    graph.node("Flatten", ["n"], "y")
    graph.output("y", [None, None])
    model = graph.model()
    result = fuse(model)
    assert_unchanged(model, result, "rank-unknown")
    shape = np.array([8, K] if rank == 2 else [2, 4, K], np.int64)
    assert_equivalent(model, result.model, {"x": graph.array([2, 12]), "shape": shape})


def convolution_and_add(shape, first, transposed, bias, groups=1):
    graph = Graph(seed=5)
    graph.input("x", [2, 4, 4, 6])
    graph.weight("w", [4, 4 // groups, 1, 1])
    if bias:
        graph.weight("b", [4])
    graph.convolution("x", "c", "w", "b" if bias else None, "operator", transposed, group=groups)
    graph.weight("shift", shape)
    graph.node("Add", ["shift", "c"] if first else ["c", "shift"], "s")
    graph.norm("s", "y", 4)
    graph.output("y", [None] * max(4, len(shape)))
    return graph.model()


@pytest.mark.parametrize("first", [False, True], ids=["constant second", "constant first"])
@pytest.mark.parametrize("shape", [[4, 1, 1], [1, 4, 1, 1], [], [1], [1, 1, 1, 1]], ids=str)
@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("transposed", [False, True], ids=["Conv", "ConvTranspose"])
def test_folds_through_a_constant_add_into_a_convolution(transposed, bias, shape, first):
    model = convolution_and_add(shape, first, transposed, bias)
    result = fuse(model)
    judge(model, result, folded=1, declined=[])
    assert result.report["folds"][0]["through"] == ["Add"]


@pytest.mark.parametrize("first", [False, True], ids=["constant second", "constant first"])
@pytest.mark.parametrize(
    "shape", [[6], [1, 6], [1, 1, 1, 6], [4, 6], [1, 1, 4, 1], [2, 1, 1, 1]], ids=str
)
def test_an_add_whose_constant_is_not_per_channel_is_left_alone(shape, first):
    model = convolution_and_add(shape, first, False, True)
    assert_unchanged(model, fuse(model), {"channel-axis-differs", "no-linear-producer"}, runs=True)


def square(shape, batch=4):
    """The image is as wide and the batch as large as there are channels, so every shape fits the length."""
    graph = Graph(seed=6)
    graph.input("x", [batch, 3, 4, 4])
    graph.weight("w", [4, 3, 1, 1])
    graph.convolution("x", "c", "w")
    graph.weight("shift", shape)
    graph.node("Add", ["c", "shift"], "s")
    graph.norm("s", "y", 4 if len(shape) < 5 else batch)
    graph.output("y", [None] * max(4, len(shape)))
    return graph.model()


@pytest.mark.parametrize(
    ("shape", "batch"),
    [
        ([4], 4), ([1, 4], 4), ([4, 1], 4), ([1, 1, 1, 4], 4), ([1, 1, 4, 1], 4), ([4, 1, 1, 1], 4), ([4, 1, 1, 1], 1),
        ([1, 1, 4, 1, 1], 4), ([1, 1, 1, 1, 1], 4), ([4, 4], 4),
    ],
    ids=str,
)  # fmt: skip
def test_an_add_whose_length_only_coincides_with_the_channels_is_left_alone(shape, batch):
    model = square(shape, batch)
    assert_unchanged(model, fuse(model), {"channel-axis-differs", "no-linear-producer"}, runs=True)


def test_an_add_of_length_width_is_declined_for_its_axis():
    model = square([4])
    assert_unchanged(model, fuse(model), "channel-axis-differs", runs=True)


def test_an_add_that_raises_the_rank_of_matmul_is_left_alone():
    """[M,N] + [1,1,N] is [1,M,N], whose axis 1 is M."""
    graph = Graph()
    graph.input("x", [4, K])
    graph.weight("w", [K, 4])
    graph.node("MatMul", ["x", "w"], "p")
    graph.weight("shift", [1, 1, 4])
    graph.node("Add", ["p", "shift"], "s")
    graph.norm("s", "y", 4)
    graph.output("y", [1, 4, 4])
    model = graph.model()
    assert_unchanged(model, fuse(model), {"channel-axis-differs", "no-linear-producer"}, runs=True)


def test_an_add_of_a_value_that_only_the_caller_knows_is_left_alone():
    graph = Graph()
    graph.input("x", [1, 3, 4, 4])
    graph.input("shift", [1, 4, 1, 1])
    graph.weight("w", [4, 3, 1, 1])
    graph.convolution("x", "c", "w")
    graph.node("Add", ["c", "shift"], "s")
    graph.norm("s", "y", 4)
    graph.output("y", [1, 4, 4, 4])
    model = graph.model()
    assert_unchanged(model, fuse(model), {"no-linear-producer", "bias-not-constant"}, runs=True)


@pytest.mark.parametrize("opset", [1, 6])
def test_a_legacy_add_broadcasts_by_its_attributes(opset):
    graph = Graph(opset=opset, seed=2)
    graph.input("x", [2, 3, 4, 4])
    graph.weight("w", [4, 3, 1, 1])
    graph.convolution("x", "c", "w", kernel_shape=[1, 1])
    graph.weight("shift", [4])
    extra = {"consumed_inputs": [0, 0]} if opset == 1 else {}
    graph.node("Add", ["c", "shift"], "s", broadcast=1, axis=1, **extra)
    graph.norm("s", "y", 4)
    graph.output("y", [2, 4, 4, 4])
    model = graph.model(ir=3)
    judge(model, fuse(model), folded=1)


def test_a_legacy_add_along_the_width_is_left_alone():
    graph = Graph(opset=6, seed=2)
    graph.input("x", [2, 3, 4, 4])
    graph.weight("w", [4, 3, 1, 1])
    graph.convolution("x", "c", "w", kernel_shape=[1, 1])
    graph.weight("shift", [4])
    graph.node("Add", ["c", "shift"], "s", broadcast=1, axis=3)
    graph.norm("s", "y", 4)
    graph.output("y", [2, 4, 4, 4])
    model = graph.model(ir=3)
    assert_unchanged(model, fuse(model), {"channel-axis-differs", "no-linear-producer"}, runs=True)


@pytest.mark.parametrize(("opset", "add"), [(6, None), (6, [N]), (7, None), (1, None)])
def test_folds_into_matmul_of_old_opsets(opset, add):
    graph = Graph(opset=opset, seed=4)
    graph.input("x", [M, K])
    graph.weight("w", [K, N])
    value = graph.node("MatMul", ["x", "w"], "p")
    if add:
        graph.weight("shift", add)
        value = graph.node("Add", ["p", "shift"], "s", broadcast=1)
    graph.norm(value, "y", N)
    graph.output("y", [M, N])
    model = graph.model(ir=3)
    result = fuse(model)
    judge(model, result, folded=1)
    if opset < 7:
        (node,) = (n for n in result.model.graph.node if n.op_type == "Add")
        assert {"broadcast": 1}.items() <= {a.name: a.i for a in node.attribute}.items()
