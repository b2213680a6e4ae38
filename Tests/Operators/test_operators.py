"""The evaluator judged by ONNX's own operator tests."""

import os

import pytest

import cases

REQUIRED = set("""
Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast CastLike Ceil Celu Clip Concat Constant ConstantOfShape
Conv ConvTranspose Cos CumSum DepthToSpace DequantizeLinear Div Dropout Elu Equal Erf Exp Expand Flatten Floor Gather
GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GroupNormalization GRU
HardSigmoid HardSwish Identity If InstanceNormalization IsInf IsNaN LayerNormalization LeakyRelu Less LessOrEqual Log
LogSoftmax LpNormalization LRN LSTM MatMul Max MaxPool Mean Min Mish Mod Mul Neg NonMaxSuppression NonZero Not OneHot Or
Pad Pow PRelu QuantizeLinear RNN Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean
ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize Round ScatterElements ScatterND Selu Shape Sigmoid
Sign Sin Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Trilu
Unsqueeze Upsample Where Xor
""".split())

# What alone excuses a case of a required operator.
REASONS = {
    "training mode draws random numbers of the generator's own",
    "align_corners divides by the rounded length, as the specification says and onnxruntime does; "
    "the reference divides by the length before rounding",
}

PASSES = cases.listed_passes()
EXCEPTIONS = cases.listed_exceptions()


@pytest.fixture(scope="session")
def all_cases(tmp_path_factory):
    return cases.all_cases(tmp_path_factory.mktemp("operators"))


@pytest.fixture(scope="session")
def results(all_cases):
    bnfuse = os.environ.get("BNFUSE", "")
    assert os.path.isfile(bnfuse), f"BNFUSE must be the path of the built command, and is '{bnfuse}'"
    return cases.check_all(all_cases, bnfuse)


def operators(graph):
    """All operators of a graph and its subgraphs."""
    for node in graph.node:
        yield node.op_type
        for attribute in node.attribute:
            for subgraph in [attribute.g, *attribute.graphs]:
                yield from operators(subgraph)


@pytest.mark.parametrize("name", PASSES)
def test_it_computes_what_was_recorded(name, results):
    status, line = results[name]
    assert status == 0, line


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_is_still_one(name, results):
    assert results[name][0] in (2, 4), f"now passes, or fails in another way ({results[name]}): list it anew"


def test_every_case_is_listed_once(all_cases):
    assert sorted([*PASSES, *EXCEPTIONS]) == sorted(case.name for case in all_cases)


def test_every_case_of_a_required_operator_passes(all_cases):
    required = [case for case in all_cases if set(operators(case.model.graph)) <= REQUIRED]
    assert len(required) > 900
    left = {case.name: EXCEPTIONS[case.name] for case in required if EXCEPTIONS.get(case.name, "") not in {"", *REASONS}}
    assert left == {}


def test_no_case_that_cannot_run_is_called_equivalent(all_cases, results):
    assert all(results[name][1].startswith(("different", "not-run")) for name in EXCEPTIONS)
