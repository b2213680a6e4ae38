"""Small corruptions of a right fold, as a tool that folds wrongly would make them."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import numpy_helper


@dataclass
class Parameters:
    """The stored numbers of one fused operator, and the norm that was folded into it."""

    node: onnx.NodeProto
    value: str
    weight: np.ndarray
    bias: np.ndarray
    weight_name: str
    bias_name: str
    axis: int
    scale: np.ndarray
    epsilon_ratio: np.ndarray
    unscaled_bias: np.ndarray

    def channel(self, index):
        """The weight's elements of one channel of a convolution or product, as a view."""
        return np.moveaxis(self.weight, self.axis, 0)[index]


def one_weight(parameters, random):
    """A single weight is off by a share of itself, from a few ulp to all of it."""
    flat = parameters.weight.reshape(-1)
    flat[random.integers(flat.size)] *= 1 + 10.0 ** random.uniform(-6.3, 0)


def one_weight_by_ulps(parameters, random):
    """A single weight is some units in the last place off."""
    flat = parameters.weight.reshape(-1)
    place = random.integers(flat.size)
    flat[place] += np.spacing(np.abs(flat[place])) * random.integers(2, 50)


def swapped_scales(parameters, random):
    """Two neighbours are scaled each by the other's factor."""
    first = random.integers(parameters.scale.size - 1)
    ratio = parameters.scale[first + 1] / parameters.scale[first]
    parameters.channel(first)[...] *= ratio
    parameters.channel(first + 1)[...] /= ratio


def unscaled_bias(parameters, random):
    """The operator's own bias was not multiplied by the scale."""
    channel = random.integers(parameters.bias.size)
    parameters.bias[channel] = parameters.unscaled_bias[channel]


def forgotten_epsilon(parameters, random):
    """The scale is gamma / sqrt(variance)."""
    for channel in range(parameters.scale.size):
        parameters.channel(channel)[...] *= parameters.epsilon_ratio[channel]


def wrong_order(parameters, random):
    """The channels of a grouped operator are scaled in another order."""
    order = np.roll(np.arange(parameters.scale.size), 1 + random.integers(parameters.scale.size - 1))
    for channel, other in enumerate(order):
        parameters.channel(channel)[...] *= parameters.scale[other] / parameters.scale[channel]


def missing_shift(parameters, random):
    """A channel's bias is missing."""
    parameters.bias[random.integers(parameters.bias.size)] = 0


def shifted_bias(parameters, random):
    """A channel's bias is off by a little."""
    channel = random.integers(parameters.bias.size)
    parameters.bias[channel] *= 1 + 10.0 ** random.uniform(-6.3, -1)


KINDS = [one_weight, one_weight_by_ulps, swapped_scales, unscaled_bias, forgotten_epsilon, wrong_order, missing_shift,
         shifted_bias]


class Model:
    """A model and its right fold, of which each fused operator can be read and changed."""

    def __init__(self, original, fused):
        self.original, self.fused = onnx.load(original), onnx.load(fused)
        self.stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in self.fused.graph.initializer}
        before = {tensor.name: numpy_helper.to_array(tensor) for tensor in self.original.graph.initializer}
        self.operators = []
        producers = {node.output[0]: node for node in self.original.graph.node}
        for node in self.fused.graph.node:
            norm = producers.get(node.output[0])
            known = norm is not None and norm.op_type == "BatchNormalization"
            if known and node.op_type in ("Conv", "ConvTranspose", "Gemm") and len(node.input) == 3:
                self.operators.append(self.parameters(node, norm, producers, before))

    def parameters(self, node, norm, producers, before):
        gamma, beta, mean, variance = (before[name].astype(np.float64) for name in norm.input[1:5])
        epsilon = next(a.f for a in norm.attribute if a.name == "epsilon")
        groups = next((a.i for a in node.attribute if a.name == "group"), 1)
        transposed = any(a.name == "transB" and a.i for a in node.attribute)
        axis = {"Conv": 0, "ConvTranspose": 1, "Gemm": 0 if transposed else 1}[node.op_type]
        scale = gamma / np.sqrt(variance + epsilon)
        source = producers.get(norm.input[0])
        stored = before[source.input[2]] if source is not None and len(source.input) > 2 else np.zeros_like(beta)
        # In a grouped transposed convolution the axis holds one group's channels; those of all groups share it.
        count = self.stored[node.input[1]].shape[axis] if groups > 1 else scale.size
        return Parameters(
            node, norm.output[0], self.stored[node.input[1]].copy(), self.stored[node.input[2]].copy(), node.input[1],
            node.input[2], axis, scale[:count], np.sqrt((variance + epsilon) / variance)[:count],
            (stored - mean) * scale * 0 + stored + beta)

    def changed(self, parameters):
        """The fused model with one operator's parameters in place of its own."""
        model = onnx.ModelProto.FromString(self.fused.SerializeToString())
        new = {parameters.weight_name: parameters.weight, parameters.bias_name: parameters.bias}
        for tensor in model.graph.initializer:
            if tensor.name in new:
                tensor.CopyFrom(numpy_helper.from_array(new[tensor.name], tensor.name))
        return model
