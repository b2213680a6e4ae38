"""BatchNormalization of every opset and element type, in chains, behind Identity and Dropout."""

import numpy as np
import pytest

from builders import Graph, conv_norm, find, operators
from command import fuse
from judge import assert_unchanged, judge

OPSETS = [1, 6, 7, 8, 9, 13, 14, 15, 28]


@pytest.mark.parametrize("ir", [3, 8])
@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("opset", OPSETS)
def test_folds_a_norm_of_every_opset(opset, bias, ir):
    model = conv_norm(opset=opset, ir=ir, bias=bias)
    judge(model, fuse(model), folded=1, declined=[])


@pytest.mark.parametrize("opset", [9, 13])
def test_momentum_does_not_make_it_training(opset):
    model = conv_norm(opset=opset, attributes={"momentum": 0.5})
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize("opset", [1, 6, 7, 8])
def test_spatial_given_as_one_is_per_channel(opset):
    model = conv_norm(opset=opset, attributes={"spatial": 1})
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize("epsilon", [None, 0.0, 1e-12, 1e-5, 0.1, 3.0])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_epsilon_is_its_stored_float32_and_1e_5_if_absent(dtype, epsilon):
    model = conv_norm(dtype=dtype, epsilon=epsilon)
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize(("opset", "attributes"), [
    (15, {"training_mode": 0}), (13, {"training_mode": 0}), (9, {"training_mode": 0}), (9, {"is_test": 1}),
    (15, {"is_test": 1}), (6, {"is_test": 1, "training_mode": 0}),
])  # fmt: skip
def test_marks_of_inference_are_none_of_training(opset, attributes):
    model = conv_norm(opset=opset, attributes=attributes)
    known = {6: "is_test", 15: "training_mode"}.get(opset)
    judge(model, fuse(model), folded=1, checked=set(attributes) == {known}, oracles=("own",))


@pytest.mark.parametrize(("opset", "count"), [(7, 5), (9, 5), (13, 5), (14, 3), (15, 3)])
def test_trailing_outputs_without_names_do_not_exist(opset, count):
    model = conv_norm(opset=opset, outputs=["y"] + [""] * (count - 1))
    judge(model, fuse(model), folded=1, checked=False, oracles=("own",))  # onnxruntime crashes on them


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("typed", [False, True], ids=["raw", "typed"])
@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
def test_folds_every_element_type_and_storage(dtype, typed, bias):
    model = conv_norm(opset=22, dtype=dtype, typed=typed, bias=bias, ir=10)
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("operator", ["ConvTranspose", "Gemm", "MatMul", "MatMul left"])
def test_folds_every_element_type_into_every_operator(operator, dtype):
    graph = Graph(opset=22, dtype=dtype)
    if operator == "ConvTranspose":
        graph.input("x", [1, 4, 3, 3])
        graph.weight("w", [4, 3, 2, 2])
        graph.weight("b", [6])
        graph.convolution("x", "c", "w", "b", transposed=True, group=2)
        size = [1, 6, 4, 4]
    elif operator == "MatMul left":
        graph.input("x", [2, 3, 4])
        graph.weight("w", [6, 3])
        graph.node("MatMul", ["w", "x"], "c")
        size = [2, 6, 4]
    else:
        graph.input("x", [5, 3])
        graph.weight("w", [3, 6])
        scale = {"alpha": 0.3} if operator == "Gemm" else {}
        graph.node(operator, ["x", "w"], "c", **scale)
        size = [5, 6]
    graph.norm("c", "y", 6)
    graph.output("y", size)
    model = graph.model(ir=10)
    judge(model, fuse(model), folded=1)


WIDE = dict.fromkeys(("gamma", "beta", "mean", "variance"), "float32")
STATISTICS = dict.fromkeys(("mean", "variance"), "float32")


@pytest.mark.parametrize(
    ("opset", "dtype", "dtypes"),
    [
        (14, "float16", STATISTICS),
        (15, "float16", STATISTICS),
        (15, "float16", WIDE),
        (15, "float32", dict.fromkeys(WIDE, "float64")),
        (15, "float32", dict.fromkeys(WIDE, "float16")),
        (15, "float64", WIDE),
        (22, "bfloat16", WIDE),
        (22, "float16", {"gamma": "bfloat16", "beta": "bfloat16", "mean": "float64", "variance": "float64"}),
    ],
)
def test_a_norm_whose_parameters_have_other_types_folds_into_the_operators_type(opset, dtype, dtypes):
    model = conv_norm(opset=opset, dtype=dtype, dtypes=dtypes, ir=10)
    judge(model, fuse(model), folded=1)


def test_half_precision_with_a_tiny_variance_is_folded_exactly():
    """Arithmetic in half precision is 8 % off here."""
    variance = np.array([1e-7, 2e-7, 6e-8, 3e-7])
    model = conv_norm(dtype="float16", variance=variance, epsilon=1e-8, gamma=np.full(4, 1e-3))
    judge(model, fuse(model), folded=1)


def chain(between, opset=17, bias=True, dtype="float32"):
    """x → Conv → the operators named in `between`, a norm among them for each "BN" → y."""
    graph = Graph(opset=opset, seed=len(between), dtype=dtype)
    graph.input("x", [1, 3, 6, 6])
    graph.weight("w", [4, 3, 3, 3])
    if bias:
        graph.weight("b", [4])
    value = graph.convolution("x", "c", "w", "b" if bias else None, name="conv")
    for i, name in enumerate(between):
        last = i == len(between) - 1
        output = "y" if last else f"v{i}"
        if name == "BN":
            graph.norm(value, output, 4, name=f"bn{i}")
        elif name == "Add":
            graph.weight(f"add{i}", [4, 1, 1])
            graph.node("Add", [value, f"add{i}"], output)
        else:
            extra = {"is_test": 1} if name == "Dropout" and opset < 7 else {}
            extra |= {"consumed_inputs": [0]} if name == "Dropout" and opset < 6 else {}
            graph.node(name, [value], output, **extra)
        value = output
    graph.output("y", [1, 4, 4, 4])
    return graph.model()


@pytest.mark.parametrize(
    "between",
    [
        ["BN", "BN"],
        ["BN", "BN", "BN", "BN"],
        ["Identity", "BN"],
        ["BN", "Identity", "BN"],
        ["Identity", "Identity", "BN"],
        ["Dropout", "BN"],
        ["BN", "Dropout", "BN"],
        ["Dropout", "Identity", "Add", "BN"],
        ["Add", "BN", "BN"],
        ["Add", "Identity", "BN"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
def test_folds_chains(between, bias):
    model = chain(between, bias=bias)
    result = fuse(model)
    judge(model, result, folded=between.count("BN"), declined=[])
    assert operators(result.model) == ["Conv"]
    through = result.report["folds"][-1]["through"]
    assert all(name in ("Identity", "Dropout", "Add", "BatchNormalization") for name in through)


def test_a_chain_with_an_add_between_two_norms_is_right_either_way():
    model = chain(["BN", "Add", "BN"])
    result = fuse(model)
    judge(model, result)
    assert result.report["summary"]["folded"] >= 1


def test_a_long_chain_is_composed_in_real_arithmetic():
    model = chain(["BN"] * 40)
    judge(model, fuse(model), folded=40)


@pytest.mark.parametrize("opset", [1, 6, 7, 10, 12, 13, 17, 28])
def test_folds_through_inference_dropout_of_every_opset(opset):
    model = chain(["Dropout", "BN"], opset=opset)
    judge(model, fuse(model), folded=1)


def dropout(opset, ratio=None, mode=None, mask=False, attributes=None):
    graph = Graph(opset=opset)
    graph.input("x", [1, 3, 6, 6])
    graph.weight("w", [4, 3, 3, 3])
    graph.convolution("x", "c", "w")
    inputs = ["c"]
    if ratio is not None or mode is not None:
        inputs.append("" if ratio is None else graph.initializer("ratio", np.float32(ratio)))
    if mode == "runtime":
        inputs.append(graph.input("mode", [], dtype="bool"))
    elif mode is not None:
        inputs.append(graph.initializer("mode", np.bool_(mode)) if mode != "empty" else "")
    graph.node("Dropout", inputs, ["d", "mask"] if mask else ["d"], **(attributes or {}))
    graph.norm("d", "y", 4)
    graph.output("y", [1, 4, 4, 4])
    if mask == "read":
        graph.node("Cast", ["mask"], "m", to=1)
        graph.output("m", [1, 4, 4, 4])
    elif mask == "output":
        graph.output("mask", [1, 4, 4, 4], dtype="bool")
    return graph.model()


@pytest.mark.parametrize(
    ("opset", "options"),
    [
        (17, {"ratio": 0.4}),
        (17, {"ratio": 0.4, "mode": False}),
        (17, {"mode": False}),
        (17, {"ratio": 0.9, "mode": "empty"}),
        (17, {"mask": True}),
        (10, {"mask": True, "attributes": {"ratio": 0.3}}),
        (7, {"attributes": {"ratio": 0.3}}),
        (6, {"attributes": {"ratio": 0.3, "is_test": 1}}),
    ],
    ids=str,
)
def test_dropout_in_inference_is_passed(opset, options):
    model = dropout(opset, **options)
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize(
    ("opset", "options"),
    [
        (6, {"attributes": {"is_test": 0}}),
        (6, {}),
        (1, {}),
        (12, {"ratio": 0.5, "mode": True}),
        (17, {"mode": True}),
        (17, {"mode": "runtime"}),
        (9, {"attributes": {"is_test": 0}}),
        (17, {"attributes": {"is_test": 0}}),
        (13, {"attributes": {"training_mode": 1}}),
    ],
    ids=str,
)
def test_dropout_that_trains_or_may_train_is_not_passed(opset, options):
    model = dropout(opset, **options)
    assert_unchanged(model, fuse(model), "dropout-not-inference")


@pytest.mark.parametrize("mask", ["read", "output"])
def test_a_mask_that_somebody_reads_pins_the_dropout(mask):
    model = dropout(17, mask=mask)
    codes = {"dropout-not-inference", "value-pinned", "activation-shared"}
    assert_unchanged(model, fuse(model), codes, runs=True)


@pytest.mark.parametrize("opset", OPSETS)
def test_the_domain_ai_onnx_is_the_same_as_none(opset):
    model = conv_norm(opset=opset)
    model.opset_import[0].domain = "ai.onnx"
    find(model, "y").domain = "ai.onnx"
    judge(model, fuse(model), folded=1, checked=False, oracles=())


def test_only_the_first_norms_of_a_chain_fold_when_the_last_cannot():
    model = chain(["BN", "BN", "BN"])
    result = fuse(model, "--skip", "bn2")
    judge(model, result, folded=2, declined=["excluded"])
    assert operators(result.model) == ["Conv", "BatchNormalization"]


def test_a_norm_of_rank_2_behind_gemm_and_flatten_folds():
    graph = Graph()
    graph.input("x", [2, 3, 2, 2])
    graph.node("Flatten", ["x"], "f")
    graph.weight("w", [5, 12])
    graph.node("Gemm", ["f", "w"], "g", transB=1)
    graph.norm("g", "y", 5)
    graph.output("y", [2, 5])
    model = graph.model()
    judge(model, fuse(model), folded=1)
