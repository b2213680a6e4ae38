"""Reads the exact folds of a model from the original alone, and the stored ones from the fused model."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper, numpy_helper

LINEAR = ("Conv", "ConvTranspose", "Gemm", "MatMul")
# Has eleven bits more than a double, so that no rounding of it shows in units of single precision.
WIDE = np.longdouble


@dataclass
class Operator:
    """One fused operator: what it stores, and what the original says that it should."""

    # Of the fused model: the operator and, behind a MatMul, the Add of its bias.
    nodes: list
    activation: str
    # What both models make of the activation, and the value of the main graph that holds it.
    value: str
    outer_value: str
    weight_name: str
    bias_name: str
    weight: np.ndarray
    bias: np.ndarray
    groups: int
    # The channel of each element of the weight.
    channel_of: np.ndarray
    # Of the original: the operator's weight and bias with their factors, and the norms behind it.
    own_weight: np.ndarray
    own_bias: np.ndarray
    norms: list

    @property
    def channels(self):
        return self.own_bias.size

    def affine(self, with_epsilon=True):
        """The exact scale and shift of all norms together."""
        scale, shift = np.ones(self.channels, WIDE), np.zeros(self.channels, WIDE)
        for gamma, beta, mean, variance, epsilon in self.norms:
            factor = gamma / np.sqrt(variance + (epsilon if with_epsilon else 0))
            scale, shift = scale * factor, (shift - mean) * factor + beta
        return scale, shift

    def exact(self):
        """What an exact fold would store as weight and bias."""
        scale, shift = self.affine()
        return self.own_weight * scale[self.channel_of], self.own_bias * scale + shift


def attribute(node, name, default):
    return next((helper.get_attribute_value(found) for found in node.attribute if found.name == name), default)


class Graphs:
    """A model's nodes and tensors, those of subgraphs among them; every value has one name in the whole model."""

    def __init__(self, model):
        self.producers, self.tensors, self.outer = {}, {}, {}
        self.values = []
        self.add(model.graph, lambda value: value)

    def add(self, graph, outer):
        self.tensors.update({tensor.name: tensor for tensor in graph.initializer})
        for node in graph.node:
            for found in node.attribute:
                if found.type == onnx.AttributeProto.GRAPH:
                    result = found.g.output[0].name
                    self.add(found.g, lambda value, inner=result, output=node.output[0]: (
                        outer(output) if value == inner else None))
            for name in node.output:
                self.producers[name] = node
                self.outer[name] = outer(name)
                self.values.append(name)

    def array(self, name):
        return numpy_helper.to_array(self.tensors[name])

    def wide(self, name):
        return self.array(name).astype(WIDE)

    def last_norms(self):
        """The outputs of all norms that no other norm reads."""
        read = {node.input[0] for node in self.producers.values() if node.op_type == "BatchNormalization"}
        return [name for name in self.values
                if self.producers[name].op_type == "BatchNormalization" and name not in read]

    def linear(self, name):
        """The linear operator that makes a value, and the Add of constants in between."""
        node = self.producers[name]
        if node.op_type in LINEAR:
            return node, None
        assert node.op_type == "Add" and node.input[1] in self.tensors, f"'{name}' is made by {node.op_type}"
        return self.producers[node.input[0]], node


def channel_of(node, shape):
    """The output channel that each element of a weight belongs to."""
    if node.op_type == "ConvTranspose":
        groups = attribute(node, "group", 1)
        row, column = np.indices(shape)[:2]
        return row // (shape[0] // groups) * shape[1] + column
    turned = node.op_type == "MatMul" or node.op_type == "Gemm" and not attribute(node, "transB", 0)
    return np.indices(shape)[1 if turned else 0]


def bias_of(graphs, node, addition):
    """The name of what is added per channel, and the factor that it has; None where there is nothing."""
    if addition is not None:
        return addition.input[1], 1.0
    factor = attribute(node, "beta", 1.0) if node.op_type == "Gemm" else 1.0
    return (node.input[2], factor) if len(node.input) > 2 else None


def operators(original, fused):
    """Every fused operator of a model, in the order of the original."""
    before, after = Graphs(original), Graphs(fused)
    found = []
    for value in before.last_norms():
        norms, name = [], value
        while before.producers[name].op_type == "BatchNormalization":
            norm = before.producers[name]
            norms.insert(0, (*map(before.wide, norm.input[1:5]), WIDE(np.float32(attribute(norm, "epsilon", 1e-5)))))
            name = norm.input[0]
        source, addition = before.linear(name)
        channels = norms[0][0].size
        alpha = WIDE(attribute(source, "alpha", 1.0))
        own_bias = np.zeros(channels, WIDE)
        bias = bias_of(before, source, addition)
        if bias:
            own_bias = own_bias + (before.wide(bias[0]) * WIDE(bias[1])).reshape(-1)

        node, addition = after.linear(value)
        bias_name, factor = bias_of(after, node, addition)
        assert factor == 1 and attribute(node, "alpha", 1.0) == 1, "a fold takes in the factors"
        weight = after.array(node.input[1]).copy()
        found.append(Operator(
            [node] if addition is None else [node, addition], node.input[0], value, before.outer[value], node.input[1],
            bias_name, weight, after.array(bias_name).copy(), attribute(node, "group", 1),
            channel_of(node, weight.shape), before.wide(source.input[1]) * alpha, own_bias, norms))
    return found
