"""Small corruptions of a right fold, as a tool that folds wrongly would make them."""

import copy

import numpy as np
import onnx
from onnx import numpy_helper


def one_weight(operator, random):
    """A single weight is off by a share of itself, from a few ulp to all of it."""
    place = random.integers(operator.weight.size)
    operator.weight.flat[place] *= 1 + random.choice([-1, 1]) * 10.0 ** random.uniform(-6.3, 0)


def one_weight_by_ulps(operator, random):
    """A single weight is some units in the last place off."""
    place = random.integers(operator.weight.size)
    number = operator.weight.flat[place]
    operator.weight.flat[place] += np.spacing(np.abs(number)) * random.choice([-1, 1]) * random.integers(2, 50)


def swapped_scales(operator, random):
    """Two neighbours are scaled each by the other's factor."""
    scale, _ = operator.affine()
    order = np.arange(operator.channels)
    first = random.integers(operator.channels - 1)
    order[[first, first + 1]] = order[[first + 1, first]]
    rescale(operator, scale, order)


def wrong_group_order(operator, random):
    """The channels of a grouped operator are counted group by group in the wrong order, or from the wrong one."""
    scale, _ = operator.affine()
    order = np.arange(operator.channels)
    groups = operator.groups
    if groups in (1, operator.channels):
        order = np.roll(order, random.integers(1, operator.channels))
    elif random.random() < 0.5:
        order = order.reshape(groups, -1).T.ravel()
    else:
        order = np.roll(order.reshape(groups, -1), 1, axis=0).ravel()
    rescale(operator, scale, order)


def unscaled_bias(operator, random):
    """The operator's own bias was not multiplied by the scale, in one channel; nothing changes where there is none."""
    scale, shift = operator.affine()
    change_bias(operator, random.integers(operator.channels), operator.own_bias + shift)


def forgotten_epsilon(operator, random):
    """The scale of all channels is gamma / sqrt(variance), in the weight and half the time in the bias too."""
    scale, shift = operator.affine(with_epsilon=False)
    store(operator.weight, operator.own_weight * scale[operator.channel_of])
    if random.random() < 0.5:
        store(operator.bias, operator.own_bias * scale + shift)


def missing_shift(operator, random):
    """A channel's bias is the operator's own, scaled: mean and beta are missing."""
    scale, _ = operator.affine()
    change_bias(operator, random.integers(operator.channels), operator.own_bias * scale)


def shifted_bias(operator, random):
    """A channel's bias is off by a share of itself, from a few ulp to a tenth."""
    channel = random.integers(operator.channels)
    operator.bias.flat[channel] *= 1 + random.choice([-1, 1]) * 10.0 ** random.uniform(-6.3, -1)


KINDS = [one_weight, one_weight_by_ulps, swapped_scales, wrong_group_order, unscaled_bias, forgotten_epsilon,
         missing_shift, shifted_bias]


def store(stored, exact):
    stored[...] = exact.reshape(stored.shape)


def rescale(operator, scale, order):
    """Each channel's weights are those of another's scale; what keeps its own is not touched."""
    is_moved = (order != np.arange(operator.channels))[operator.channel_of]
    wrong = (operator.own_weight * scale[order][operator.channel_of]).astype(operator.weight.dtype)
    operator.weight[is_moved] = wrong[is_moved]


def change_bias(operator, channel, wrong):
    """One channel's bias is another one, unless that is the right one."""
    _, exact = operator.exact()
    if wrong[channel] != exact[channel]:
        operator.bias.flat[channel] = wrong[channel]


def mutated(right, kind, random):
    """The operator with other parameters, everything else shared; None where no stored bit is another."""
    operator = copy.copy(right)
    operator.weight, operator.bias = right.weight.copy(), right.bias.copy()
    kind(operator, random)
    is_same = all(now.tobytes() == then.tobytes() for now, then in (
        (operator.weight, right.weight), (operator.bias, right.bias)))
    return None if is_same else operator


def nearer(right, wrong, factor):
    """The operator with so much of what makes it wrong, as far as that can be stored; None where that is nothing."""
    def kind(operator, _):
        for stored, other in ((operator.weight, wrong.weight), (operator.bias, wrong.bias)):
            stored[...] = stored + (other.astype(np.float64) - stored) * factor

    return mutated(right, kind, None)


def with_parameters(fused, operator):
    """The fused model with one operator's parameters in place of its own."""
    model = onnx.ModelProto.FromString(fused)
    new = {operator.weight_name: operator.weight, operator.bias_name: operator.bias}
    replace(model.graph, new)
    return model


def replace(graph, new):
    for tensor in graph.initializer:
        if tensor.name in new:
            tensor.CopyFrom(numpy_helper.from_array(new[tensor.name], tensor.name))
    for node in graph.node:
        for found in node.attribute:
            if found.type == onnx.AttributeProto.GRAPH:
                replace(found.g, new)
