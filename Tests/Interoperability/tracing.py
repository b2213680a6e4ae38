"""Walks from a value back to the operator that makes it, through norms, constant Adds, Identity and Dropout.

The result is the operator's weight with the output channel of each element, and everything after it as one exact
affine map. Applied to the original it is the exact fold; applied to the fused model it is what was stored.
"""

import numpy as np
from mpmath import mpf
from onnx import helper, numpy_helper

import exact

OWN = ("", "ai.onnx")
LINEAR = ("Conv", "ConvTranspose", "Gemm", "MatMul")
KINDS = ("value", "value_float", "value_floats", "value_int", "value_ints")


def attributes_of(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def dense(sparse):
    """The elements of a sparse tensor, whose indices are positions in the flattened one or tuples."""
    values, indices = (numpy_helper.to_array(part) for part in (sparse.values, sparse.indices))
    out = np.zeros(tuple(sparse.dims), values.dtype)
    if indices.ndim == 1:
        out.reshape(-1)[indices] = values
    else:
        out[tuple(indices.T)] = values
    return out


class Scope:
    """A graph with the graphs around it: who writes a value, and which values are constants."""

    def __init__(self, graph, outer=None, opset=17):
        self.graph, self.outer, self.opset = graph, outer, opset
        self.writers = {name: node for node in graph.node for name in node.output if name}
        self.tensors = {tensor.name: tensor for tensor in graph.initializer}
        self.sparse_tensors = {tensor.values.name: tensor for tensor in graph.sparse_initializer}
        self.inputs = {value.name for value in graph.input}

    def constant(self, name):
        """The elements of a constant value, or None."""
        if name in self.tensors:
            return numpy_helper.to_array(self.tensors[name])
        if name in self.sparse_tensors:
            return dense(self.sparse_tensors[name])
        node = self.writers.get(name)
        if node is None:
            return self.outer.constant(name) if self.outer and name not in self.inputs else None
        attributes = attributes_of(node)
        if node.op_type == "Constant":
            kind = next(k for k in KINDS if k in attributes)
            if kind == "value":
                return numpy_helper.to_array(attributes[kind])
            return np.asarray(attributes[kind], np.float32 if "float" in kind else np.int64)
        if node.op_type == "Identity":
            return self.constant(node.input[0])
        if node.op_type == "ConstantOfShape":
            shape = self.constant(node.input[0])
            fill = numpy_helper.to_array(attributes["value"]) if "value" in attributes else np.zeros(1, np.float32)
            return None if shape is None else np.full(shape.tolist(), fill[0])
        return None


def scopes(model):
    """Every graph of the model, outermost first, in the order of the file."""
    opset = next((o.version for o in model.opset_import if o.domain in OWN), 1)

    def walk(graph, outer):
        scope = Scope(graph, outer, opset)
        yield scope
        for node in graph.node:
            for attribute in node.attribute:
                for body in ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs):
                    yield from walk(body, scope)

    return list(walk(model.graph, None))


def is_norm(node):
    return node.op_type == "BatchNormalization" and node.domain in OWN


class Traced:
    """A linear operator, its weight, and the exact map from its product to the traced value."""

    def __init__(self, node, steps, weight, on_left, channels, axis_shape):
        self.node, self.steps, self.weight, self.weight_on_left = node, steps, weight, on_left
        self.channels, self.axis_shape = channels, axis_shape
        self.attributes = attributes_of(node)
        self.alpha, self.beta = (mpf(float(self.attributes.get(name, 1))) for name in ("alpha", "beta"))
        self.affine = None
        self.biases = []  # what is stored: the operator's own bias and the constants of Adds behind it

    @property
    def exact_weight(self):
        return exact.exact(self.weight) * (self.affine.scale * self.alpha)[self.channels]

    @property
    def passed(self):
        """The nodes between the operator and the traced value."""
        return [step.node for step in self.steps]

    @property
    def through(self):
        return [step.node.op_type for step in self.steps]

    @property
    def norms(self):
        return [step.node.output[0] for step in self.steps if is_norm(step.node)]

    @property
    def constant_names(self):
        """The names of the weight, the bias and the constants of Adds."""
        operand = 0 if self.weight_on_left else 1
        names = [self.node.input[operand], *self.node.input[2:3]]
        return [name for name in names + [step.constant for step in self.steps] if name]

    @property
    def kind(self):
        """The operator as a row of the table of rules."""
        name = self.node.op_type
        if name == "MatMul":
            return name + (" left" if self.weight_on_left else "")
        if name == "Gemm":
            return name
        grouped = " grouped" if self.attributes.get("group", 1) > 1 else ""
        return f"{name} {self.weight.ndim - 2}-D{grouped}"


class Step:
    """A node between the operator and the traced value, with the name of its constant if it is an Add."""

    def __init__(self, node, constant=""):
        self.node, self.constant = node, constant


def steps_back(scope, value):
    """The linear operator behind `value`, and the steps between, first to last."""
    steps = []
    while True:
        node = scope.writers.get(value)
        assert node is not None, f"{value!r} does not come from a linear operator"
        if is_norm(node) or node.op_type in ("Identity", "Dropout"):
            steps.append(Step(node))
            value = node.input[0]
        elif node.op_type == "Add":
            which = 0 if scope.constant(node.input[0]) is not None else 1
            assert scope.constant(node.input[which]) is not None, f"Add to {value!r} has no constant operand"
            steps.append(Step(node, node.input[which]))
            value = node.input[1 - which]
        else:
            assert node.op_type in LINEAR, f"{value!r} comes from {node.op_type}"
            return node, steps[::-1]


def channel_map(node, shape, on_left):
    """The output channel of each weight element, and their number."""
    attributes = attributes_of(node)
    index = np.indices(shape)
    if node.op_type == "Conv":
        return index[0], shape[0]
    if node.op_type == "ConvTranspose":
        groups = attributes.get("group", 1)
        return index[0] // (shape[0] // groups) * shape[1] + index[1], shape[1] * groups
    if node.op_type == "Gemm" and attributes.get("transB", 0):
        return index[0], shape[0]
    axis = len(shape) - 2 if on_left else len(shape) - 1
    return index[axis], shape[axis]


def trace(scope, value):
    node, steps = steps_back(scope, value)
    on_left = node.op_type == "MatMul" and scope.constant(node.input[1]) is None
    weight = required(scope, node.input[0 if on_left else 1])
    rank = {"MatMul": 3 if on_left else 2, "Gemm": 2}.get(node.op_type, weight.ndim)
    channels, count = channel_map(node, weight.shape, on_left)
    axis_shape = (1, count) + (1,) * (rank - 2)
    traced = Traced(node, steps, weight, on_left, channels, axis_shape)
    shift = np.full(axis_shape, mpf(0), object)
    if len(node.input) > 2 and node.input[2] and traced.beta:
        bias = required(scope, node.input[2])
        bias = bias if node.op_type == "Gemm" else bias.reshape(axis_shape)
        traced.biases.append(bias)
        shift = shift + exact.exact(bias) * traced.beta
    traced.affine = exact.Affine(np.full(count, mpf(1), object), shift)
    for step in steps:
        traced.affine = after(step, scope, traced)
    return traced


def after(step, scope, traced):
    """The exact map behind one more step."""
    affine = traced.affine
    if is_norm(step.node):
        parameters = [required(scope, name) for name in step.node.input[1:5]]
        epsilon = attributes_of(step.node).get("epsilon", 1e-5)
        return exact.normed(affine, traced.axis_shape, *parameters, epsilon)
    if not step.constant:
        return affine
    constant = aligned(scope.opset, step.node, required(scope, step.constant), len(traced.axis_shape))
    traced.biases.append(constant)
    term = exact.exact(constant)
    return exact.Affine(affine.scale, exact.without_noise(affine.shift + term, affine.shift, term))


def required(scope, name):
    value = scope.constant(name)
    assert value is not None, f"{name!r} is not constant"
    return value


def aligned(opset, add, constant, rank):
    """The constant of an Add, shaped so that it broadcasts from the right."""
    attributes = attributes_of(add)
    if opset < 7 and attributes.get("broadcast", 0) and "axis" in attributes:
        return constant.reshape(constant.shape + (1,) * (rank - attributes["axis"] - constant.ndim))
    return constant
