"""Evaluates a model directly in float64 with numpy: the oracle where no other is right or has a kernel.

Values keep full float64 precision whatever their element type, so original and fused differ only by the rounding of
the stored weights. Written from the operator specification, for the operators that the tests use.
"""

import itertools
import math

import numpy as np
from onnx import AttributeProto, SparseTensorProto, numpy_helper

import numeric_pointwise
import numeric_shapes
from tracing import KINDS, OWN, attributes_of, dense

OTHERS = numeric_shapes.OPERATORS | numeric_pointwise.OPERATORS


class Unsupported(Exception):
    """An operator that this evaluator does not know."""


def elements(tensor):
    """The elements of a tensor, which may be a sparse one: floating point widened to float64, all else as it is."""
    value = dense(tensor) if isinstance(tensor, SparseTensorProto) else numpy_helper.to_array(tensor)
    return value.astype(np.float64) if value.dtype.kind in "fV" else value


def windows(x, kernel, strides, dilations, pads):
    """Views of a padded `[N, C, d…]` array, one for each kernel position, with the output's spatial shape."""
    rank = len(kernel)
    x = np.pad(x, [(0, 0), (0, 0)] + [(pads[i], pads[i + rank]) for i in range(rank)])
    size = [(x.shape[2 + i] - dilations[i] * (kernel[i] - 1) - 1) // strides[i] + 1 for i in range(rank)]
    for position in itertools.product(*(range(k) for k in kernel)):
        first = [p * d for p, d in zip(position, dilations)]
        index = tuple(slice(f, f + (n - 1) * s + 1, s) for f, n, s in zip(first, size, strides))
        yield position, x[(slice(None), slice(None), *index)]


def geometry(attributes, rank):
    if attributes.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
        raise Unsupported("auto_pad")
    pads = attributes.get("pads", [0] * 2 * rank)
    return attributes.get("strides", [1] * rank), attributes.get("dilations", [1] * rank), pads


def conv(x, w, b=None, **attributes):
    strides, dilations, pads = geometry(attributes, w.ndim - 2)
    groups = attributes.get("group", 1)
    total = None
    for position, view in windows(x, w.shape[2:], strides, dilations, pads):
        n, c, *spatial = view.shape
        parts = view.reshape(n, groups, c // groups, math.prod(spatial))
        kernel = w[(slice(None), slice(None), *position)].reshape(groups, w.shape[0] // groups, c // groups)
        part = np.einsum("ngcs,goc->ngos", parts, kernel).reshape(n, w.shape[0], *spatial)
        total = part if total is None else total + part
    return total if b is None else total + b.reshape(1, -1, *[1] * (w.ndim - 2))


def conv_transpose(x, w, b=None, **attributes):
    rank = w.ndim - 2
    strides, dilations, pads = geometry(attributes, rank)
    if "output_shape" in attributes:
        raise Unsupported("output_shape")
    extra = attributes.get("output_padding", [0] * rank)
    groups = attributes.get("group", 1)
    n, c, *spatial = x.shape
    full = [
        (spatial[i] - 1) * strides[i] + dilations[i] * (w.shape[2 + i] - 1) + 1 + extra[i] for i in range(rank)
    ]
    channels = w.shape[1] * groups
    y = np.zeros((n, channels, *full))
    parts = x.reshape(n, groups, c // groups, math.prod(spatial))
    for position in itertools.product(*(range(k) for k in w.shape[2:])):
        kernel = w[(slice(None), slice(None), *position)].reshape(groups, c // groups, w.shape[1])
        part = np.einsum("ngcs,gco->ngos", parts, kernel).reshape(n, channels, *spatial)
        first = [p * d for p, d in zip(position, dilations)]
        index = tuple(slice(f, f + (m - 1) * s + 1, s) for f, m, s in zip(first, spatial, strides))
        y[(slice(None), slice(None), *index)] += part
    cut = tuple(slice(pads[i], full[i] - pads[i + rank]) for i in range(rank))
    y = y[(slice(None), slice(None), *cut)]
    return y if b is None else y + b.reshape(1, -1, *[1] * rank)


def gemm(opset, a, b, c=None, alpha=1.0, beta=1.0, transA=0, transB=0, **attributes):
    y = alpha * ((a.T if transA else a) @ (b.T if transB else b))
    if c is None:
        return y
    c = legacy_operand(opset, y, c, attributes)
    return y if beta == 0 else y + beta * c


def norm(opset, x, gamma, beta, mean, variance, **attributes):
    epsilon = np.float64(np.float32(attributes.get("epsilon", 1e-5)))
    if opset < 9 and attributes.get("spatial", 1) == 0:
        shape = (1, *gamma.shape)
    else:
        shape = (1, -1, *[1] * (x.ndim - 2))
    if attributes.get("training_mode", 0):
        axes = (0, *range(2, x.ndim))
        mean, variance = x.mean(axis=axes), x.var(axis=axes)
    gamma, beta, mean, variance = (v.reshape(shape) for v in (gamma, beta, mean, variance))
    with np.errstate(all="ignore"):
        return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def legacy_operand(opset, x, other, attributes):
    """The second operand of an Add or the bias of a Gemm before opset 7, which broadcast only by their attributes."""
    if opset >= 7 or x.shape == other.shape:
        return other
    if not attributes.get("broadcast", 0):
        raise ValueError(f"before opset 7 {other.shape} does not broadcast to {x.shape} by itself")
    if "axis" not in attributes:
        return other
    axis = attributes["axis"]
    return other.reshape(other.shape + (1,) * (x.ndim - axis - other.ndim))


BINARY = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}


def constant(attributes):
    if "sparse_value" in attributes:
        return elements(attributes["sparse_value"])
    kind = next(k for k in KINDS if k in attributes)
    value = attributes[kind]
    if kind == "value":
        return elements(value)
    return np.asarray(value, np.float64 if "float" in kind else np.int64)


class Evaluator:
    """Runs graphs of one model."""

    def __init__(self, model):
        self.model = model
        self.opset = next((o.version for o in model.opset_import if o.domain in OWN), 1)
        self.functions = {(f.domain, f.name): f for f in model.functions}

    def run(self, feeds):
        graph = self.model.graph
        return self.graph(graph, {k: v if v.dtype.kind in "iub" else v.astype(np.float64) for k, v in feeds.items()})

    def graph(self, graph, scope):
        values = dict(scope)
        for tensor in graph.initializer:
            if tensor.name not in scope:
                values[tensor.name] = elements(tensor)
        for sparse in graph.sparse_initializer:
            values[sparse.values.name] = elements(sparse)
        self.nodes(graph.node, values)
        return [values[o.name] for o in graph.output]

    def loop(self, body, inputs, scope):
        """Runs a Loop's body; gives the last carried values, then the stacked scanned ones."""
        limit, going, *carried = inputs
        going, scanned, turn = True if going is None else going, [], 0
        while going and (limit is None or turn < limit):
            feeds = dict(zip((i.name for i in body.input), [np.array(turn), np.array(going), *carried]))
            going, *results = self.graph(body, {**scope, **feeds})
            carried = results[: len(carried)]
            scanned.append(results[len(carried) :])
            turn += 1
        return [*carried, *(np.stack(column) for column in zip(*scanned))]

    def nodes(self, nodes, values):
        for node in nodes:
            inputs = [values[name] if name else None for name in node.input]
            results = self.node(node, inputs, values)
            for name, result in zip(node.output, results):
                values[name] = result

    def node(self, node, inputs, scope):
        if node.domain not in OWN:
            return self.call(node, inputs)
        attributes = attributes_of(node)
        match node.op_type:
            case "Conv":
                return [conv(*inputs, **attributes)]
            case "ConvTranspose":
                return [conv_transpose(*inputs, **attributes)]
            case "Gemm":
                return [gemm(self.opset, *inputs, **attributes)]
            case "MatMul":
                return [inputs[0] @ inputs[1]]
            case "BatchNormalization":
                return [norm(self.opset, *inputs, **attributes)]
            case "Add" | "Sub" | "Mul" | "Div" as name:
                other = legacy_operand(self.opset, inputs[0], inputs[1], attributes)
                return [BINARY[name](inputs[0], other)]
            case "Identity":
                return [inputs[0]]
            case "Dropout":
                return [inputs[0], np.ones(inputs[0].shape, bool)]
            case "Relu":
                return [np.maximum(inputs[0], 0)]
            case "Constant":
                return [constant(attributes)]
            case "ConstantOfShape":
                fill = elements(attributes["value"]) if "value" in attributes else np.zeros(1)
                return [np.full(tuple(inputs[0]), fill[0])]
            case "If":
                branch = attributes["then_branch" if inputs[0] else "else_branch"]
                return self.graph(branch, scope)
            case "Loop":
                return self.loop(attributes["body"], inputs, scope)
            case "MaxPool" if len(node.output) > 1 or attributes.get("storage_order"):
                raise Unsupported("MaxPool with Indices")
            case "Split":
                attributes["parts"] = len(node.output)
                attributes.pop("num_outputs", None)
            case "Concat" if self.opset < 4:
                attributes.setdefault("axis", 1)
        if node.op_type in OTHERS:
            return OTHERS[node.op_type](self.opset, *inputs, **attributes)
        raise Unsupported(node.op_type)

    def call(self, node, inputs):
        function = self.functions.get((node.domain, node.op_type))
        if function is None:
            if node.op_type in ("BatchNormalization", "Conv"):  # somebody else's: any fixed meaning will do
                return [inputs[0] * 2 + 1]
            raise Unsupported(node.op_type)
        if any(a.type == AttributeProto.GRAPH or a.ref_attr_name for n in function.node for a in n.attribute):
            raise Unsupported("function with graphs or attribute references")
        values = dict(zip(function.input, inputs))
        self.nodes(function.node, values)
        return [values[name] for name in function.output]
