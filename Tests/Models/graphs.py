"""Graphs of an ONNX model as scopes: who writes a value, who reads it, and what is known of it beforehand."""

from collections import Counter

import numpy as np
from onnx import AttributeProto, SparseTensorProto, helper, numpy_helper

OWN_DOMAINS = ("", "ai.onnx")

# A constant stays one behind these.
CARRIES_CONSTANTS = ("Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "ConstantOfShape")


def is_a(node, *kinds):
    return node is not None and node.domain in OWN_DOMAINS and node.op_type in kinds


def attribute(node, name, default=None):
    for found in node.attribute:
        if found.name == name:
            return {
                AttributeProto.FLOAT: found.f, AttributeProto.INT: found.i, AttributeProto.STRING: found.s,
                AttributeProto.TENSOR: found.t, AttributeProto.FLOATS: list(found.floats),
                AttributeProto.INTS: list(found.ints),
            }[found.type]
    return default


def subgraphs(node):
    for found in node.attribute:
        if found.type == AttributeProto.GRAPH:
            yield found.g
        elif found.type == AttributeProto.GRAPHS:
            yield from found.graphs


class Scope:
    """One graph, with the scopes around it."""

    def __init__(self, model, graph, outer=None):
        self.graph = graph
        self.outer = outer
        self.opset = max((o.version for o in model.opset_import if o.domain in OWN_DOMAINS), default=1)
        # Below IR 4 every initializer is listed as an input and is a constant all the same.
        self.overridable = {value.name for value in graph.input} if model.ir_version >= 4 else set()
        self.inputs = {value.name for value in graph.input}
        self.initializers = {name_of(tensor): tensor for tensor in [*graph.initializer, *graph.sparse_initializer]}
        self.producers = {name: node for node in graph.node for name in node.output if name}
        self.readers = Counter(reads(graph))
        self.known = {}

    def node(self, name):
        """The node of this graph that writes a value, or None."""
        return self.producers.get(name)

    def exists(self, name):
        return name in self.producers or name in self.initializers or name in self.inputs

    def constant(self, name):
        """The contents of a value if they are known without running the model, or None."""
        if name not in self.known:
            self.known[name] = self._constant(name)
        return self.known[name]

    def _constant(self, name):
        if not name:
            return None
        if name in self.initializers:
            return None if name in self.overridable else array(self.initializers[name])
        node = self.producers.get(name)
        if node is None:
            return self.outer.constant(name) if self.outer and name not in self.inputs else None
        if is_a(node, "Constant"):
            return constant_value(node)
        if not is_a(node, *CARRIES_CONSTANTS):
            return None
        inputs = [self.constant(value) for value in node.input]
        return None if not inputs or any(value is None for value in inputs) else carried(node, *inputs)


def carried(node, values, more=None):
    """What becomes of a constant; `more` is the shape or the axes, which older opsets have as an attribute."""
    if is_a(node, "ConstantOfShape"):
        fill = attribute(node, "value")
        return np.full(values, array(fill).reshape(-1)[0] if fill is not None else np.float32(0))
    if is_a(node, "Cast"):
        return values.astype(helper.tensor_dtype_to_np_dtype(attribute(node, "to")))
    if is_a(node, "Reshape"):
        shape = attribute(node, "shape") if more is None else more
        return values.reshape([values.shape[i] if size == 0 else size for i, size in enumerate(shape)])
    if is_a(node, "Flatten"):
        return values.reshape(int(np.prod(values.shape[: attribute(node, "axis", 1)])), -1)
    if is_a(node, "Squeeze", "Unsqueeze"):
        axes = attribute(node, "axes") if more is None else more
        axes = None if axes is None else tuple(int(axis) for axis in axes)
        return np.squeeze(values, axes) if is_a(node, "Squeeze") else np.expand_dims(values, axes)
    return values


def name_of(tensor):
    return tensor.values.name if isinstance(tensor, SparseTensorProto) else tensor.name


def array(tensor):
    """The elements of a tensor; those of a sparse one stand at indices of the flattened tensor, or at tuples of them."""
    if not isinstance(tensor, SparseTensorProto):
        return numpy_helper.to_array(tensor)
    values, indices = numpy_helper.to_array(tensor.values), numpy_helper.to_array(tensor.indices)
    full = np.zeros(tuple(tensor.dims), values.dtype)
    full[np.unravel_index(indices, full.shape) if indices.ndim == 1 else tuple(indices.T)] = values
    return full


def constant_value(node):
    found = node.attribute[0] if len(node.attribute) == 1 else None
    if found is None:
        return None
    if found.name == "value":
        return array(found.t)
    if found.name == "sparse_value":
        return array(found.sparse_tensor)
    if found.name in ("value_float", "value_floats"):
        return np.array(found.f if found.name == "value_float" else list(found.floats), np.float32)
    if found.name in ("value_int", "value_ints"):
        return np.array(found.i if found.name == "value_int" else list(found.ints), np.int64)
    return None


def reads(graph):
    """Every name that is read in a graph and the graphs inside it, once for each reading; outputs are read too."""
    for node in graph.node:
        yield from (name for name in node.input if name)
        for inner in subgraphs(node):
            yield from reads(inner)
    yield from (value.name for value in graph.output)


def scopes(model):
    """The main graph and the graphs inside it, each after the graph that holds it, in the order of the nodes."""

    def walk(graph, outer):
        scope = Scope(model, graph, outer)
        yield scope
        for node in graph.node:
            for inner in subgraphs(node):
                yield from walk(inner, scope)

    return list(walk(model.graph, None))
