"""Weights and parameters of which only the elements that are not 0 are stored."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from flow import Flow, k
from oracles import assert_equivalent
from surroundings import NOWHERE, assert_case, case

C = 4
OPTIONS = {"oracles": ("own", "onnxruntime")}
STAYS = frozenset({"weight-not-constant", "parameter-not-constant", "bias-not-constant", NOWHERE})


def dented(*shape, keep=3):
    """A weight of which every third element is not 0."""
    dense = np.array(k(*shape)).astype(np.float32)
    dense.reshape(-1)[[i for i in range(dense.size) if i % keep]] = 0
    return dense


def tensor(dense, name, by_axes=False, dtype=np.float32, places=None):
    dense = dense.astype(dtype)
    flat = np.flatnonzero(dense) if places is None else np.array(places)
    indices = np.argwhere(dense) if by_axes else flat
    values = dense.reshape(-1)[flat % dense.size]
    return helper.make_sparse_tensor(
        numpy_helper.from_array(values, name), numpy_helper.from_array(indices.astype(np.int64), f"{name}_places"),
        list(dense.shape))


def stored(flow, dense, as_node=False, name="w", **options):
    """The name of a constant that is stored sparsely."""
    if as_node:
        return flow.node("Constant", [], name, sparse_value=tensor(dense, "", **options))
    flow.proto.sparse_initializer.append(tensor(dense, name, **options))
    return name


def conv(weight=None, bn=True, shape=(2, 3, 4, 4), opset=17, **options):
    flow = Flow(shape, opset=opset)
    weight = dented(C, shape[1], 1, 1) if weight is None else weight
    flow.at(flow.node("Conv", ["x", stored(flow, weight, **options)], "c"), weight.shape[0])
    return flow.bn() if bn else flow


def before():
    """A norm before a Conv."""
    flow = Flow((2, 3, 4, 4)).bn()
    return flow.at(flow.node("Conv", [flow.value, stored(flow, dented(C, 3, 1, 1))], "c"), C)


def gemm(**attributes):
    flow = Flow((5, 6))
    dense = dented(C, 6) if attributes.get("transB") else dented(6, C)
    return flow.at(flow.node("Gemm", ["x", stored(flow, dense), flow.constant(k(C))], "g", **attributes), C).bn()


def matmul():
    flow = Flow((5, 6))
    return flow.at(flow.node("MatMul", ["x", stored(flow, dented(6, C))], "g"), C).bn()


def transposed():
    flow = Flow((2, 4, 4, 4))
    weight = stored(flow, dented(4, 3, 2, 2))
    return flow.at(flow.node("ConvTranspose", ["x", weight], "g", group=2, strides=[2, 2]), 6).bn()


def twice():
    flow = Flow((2, C, 4, 4))
    weight = stored(flow, dented(C, C, 1, 1))
    flow.at(flow.node("Conv", ["x", weight], "c"), C).bn()
    return flow.at(flow.node("Conv", [flow.value, weight], "d"), C)


def renamed():
    """The weight comes by a Reshape of a matrix."""
    flow = Flow((2, 3, 4, 4))
    weight = flow.node("Reshape", [stored(flow, dented(C, 3)), flow.constant(np.array([C, 3, 1, 1]))], "r")
    return flow.at(flow.node("Conv", ["x", weight], "c"), C).bn()


def beside_identity():
    """RepVGG with a sparse Conv: the norm on the identity branch would make elements that are not stored."""
    flow = Flow((2, C, 4, 4)).step("Relu")
    x = flow.value
    c = flow.node("Conv", [x, stored(flow, dented(C, C, 1, 1))], "c")
    n = flow.at(x, C).bn().value
    return flow.at(flow.node("Add", [c, n], "s"))


def sparse_bias():
    flow = Flow((2, 3, 4, 4))
    weight, bias = flow.constant(k(C, 3, 1, 1)), stored(flow, np.array([0, 1.5, 0, -2]), name="b")
    return flow.at(flow.node("Conv", ["x", weight, bias], "c"), C).bn()


def added(count):
    """Convolutions, each with the same sparse constant of a number for each element added, and a norm."""
    flow = Flow((2, 3, 4, 4))
    constant = stored(flow, dented(C, 4, 4))
    sums = []
    for _ in range(count):
        sums.append(flow.at("x", 3).conv(C).step("Add", constant).bn().value)
    return flow if count == 1 else Outputs(flow, sums)


class Outputs:
    """A flow with several outputs."""

    def __init__(self, flow, values):
        self.flow, self.values = flow, values

    def done(self, **fields):
        return self.flow.done(*self.values, **fields)


def sparse_gamma():
    flow = Flow((2, 3, 4, 4)).conv(C)
    gamma = stored(flow, np.array([0, 1.5, 0, -2]), name="gamma")
    names = [flow.constant(np.abs(k(C)) if i == 2 else k(C)) for i in range(3)]
    return flow.at(flow.node("BatchNormalization", [flow.value, gamma, *names], "y"))


def multiplied():
    """Whole channels are multiplied by 0."""
    flow = Flow((2, 3, 4, 4)).conv(C)
    mask = np.zeros((C, 4, 4))
    mask[[0, 3]] = 1
    return flow.step("Mul", stored(flow, mask)).bn()


FOLDING = [
    case("Conv, BN", lambda: conv().done(rank=4), 1, becomes="Conv", **OPTIONS),
    case("Conv, BN, a place for each axis", lambda: conv(by_axes=True).done(rank=4), 1, becomes="Conv",
         oracles=("own",)),
    case("Constant with a sparse value, Conv, BN", lambda: conv(as_node=True).done(rank=4), 1, becomes="Conv",
         oracles=()),
    case("a weight of zeros, Conv, BN", lambda: conv(np.zeros((C, 3, 1, 1))).done(rank=4), 1, becomes="Conv",
         oracles=("own",)),
    case("Conv of 1 in 200, BN", lambda: conv(dented(8, 25, 2, 2, keep=200), shape=(1, 25, 4, 4)).done(rank=4), 1,
         becomes="Conv", **OPTIONS),
    case("BN, Conv", lambda: before().done(rank=4), 1, direction="forward", becomes="Conv", **OPTIONS),
    case("Conv, BN, BN", lambda: conv().bn().done(rank=4), 2, becomes="Conv", **OPTIONS),
    case("Gemm, BN", lambda: gemm().done(), 1, becomes="Gemm", **OPTIONS),
    case("Gemm of factors, BN", lambda: gemm(transB=1, alpha=0.5).done(), 1, becomes="Gemm", **OPTIONS),
    case("MatMul, BN", lambda: matmul().done(rank=2), 1, becomes="MatMul Add", **OPTIONS),
    case("ConvTranspose of groups, BN", lambda: transposed().done(rank=4), 1, becomes="ConvTranspose", **OPTIONS),
    case("a branch of a sum", lambda: added(1).done(), 1, becomes="Conv Add", **OPTIONS),
    case("a branch that two sums add, the first of which reads a copy", lambda: added(2).done(rank=4), 2,
         becomes="Conv Add Conv Add", **OPTIONS),
    case("a bias", lambda: sparse_bias().done(), 1, becomes="Conv", **OPTIONS),
]  # fmt: skip

DENSE = [
    case("a gamma", lambda: sparse_gamma().done(rank=4), 1, becomes="Conv", **OPTIONS),
    case("ones that multiply but for 0", lambda: multiplied().done(), 1, affine=1, becomes="Conv", **OPTIONS),
]  # fmt: skip

STAYING = [
    case("a weight that two read", lambda: twice().done(rank=4), 0, STAYS, **OPTIONS),
    case("a weight by a Reshape", lambda: renamed().done(rank=4), 0, STAYS, oracles=("own",)),
    case("a norm beside a sparse Conv", lambda: beside_identity().done(rank=4), 0, STAYS, **OPTIONS),
    case("Conv of 1 in 600, BN", lambda: conv(dented(24, 25, 1, 1, keep=600), shape=(1, 25, 4, 4)).done(rank=4), 0,
         STAYS, **OPTIONS),
    case("places that descend", lambda: conv(places=[5, 1]).done(rank=4), 0, STAYS, oracles=()),
    case("a place twice", lambda: conv(places=[1, 1]).done(rank=4), 0, STAYS, oracles=()),
    case("a place outside", lambda: conv(places=[1, 12]).done(rank=4), 0, STAYS, oracles=()),
    case("a place below 0", lambda: conv(places=[-1, 1]).done(rank=4), 0, STAYS, oracles=()),
]  # fmt: skip


@pytest.mark.parametrize("expected", FOLDING, ids=str)
def test_a_sparse_constant_stays_sparse(expected):
    """What is stored of a weight are as many elements as before, in the same places."""
    result = assert_case(expected)
    models = [onnx.ModelProto.FromString(data) for data in (result.input, result.data)]
    assert_equivalent(*models, names=("own",))
    before, after = map(all_sparse, models)
    if expected.name != "a bias":
        assert [(list(t.dims), t.indices) for t in after] == [(list(t.dims), t.indices) for t in before]
        assert [list(t.values.dims) for t in after] == [list(t.values.dims) for t in before]
    else:
        assert not after, "the bias is stored twice"


def all_sparse(model):
    nodes = [attribute.sparse_tensor for node in model.graph.node for attribute in node.attribute
             if attribute.HasField("sparse_tensor")]  # fmt: skip
    return [*model.graph.sparse_initializer, *nodes]


@pytest.mark.parametrize("expected", DENSE, ids=str)
def test_what_is_no_longer_read_sparsely_goes(expected):
    result = assert_case(expected)
    assert not all_sparse(onnx.ModelProto.FromString(result.data))


@pytest.mark.parametrize("expected", STAYING, ids=str)
def test_what_sparse_weights_cannot_take_stays(expected):
    assert_case(expected)
