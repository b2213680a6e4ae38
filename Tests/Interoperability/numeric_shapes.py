"""The float64 evaluation of what moves, gathers and pools elements, by the operator specification of every opset."""

import itertools
import math

import numpy as np


def listed(value, otherwise=None):
    """Integers from an attribute or an input."""
    return otherwise if value is None else [int(v) for v in np.asarray(value).reshape(-1)]


def reshape(opset, x, shape=None, allowzero=0, **attributes):
    shape = listed(attributes.get("shape") if shape is None else shape)
    return [x.reshape([x.shape[i] if n == 0 and not allowzero else n for i, n in enumerate(shape)])]


def flatten(opset, x, axis=1):
    axis = axis + x.ndim if axis < 0 else axis
    return [x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))]


def squeeze(opset, x, given=None, axes=None):
    axes = listed(given, axes)
    return [np.squeeze(x, None if axes is None else tuple(axes))]


def unsqueeze(opset, x, given=None, axes=None):
    return [np.expand_dims(x, tuple(listed(given, axes)))]


def transpose(opset, x, perm=None):
    return [np.transpose(x, perm)]


def cut(opset, x, starts=None, ends=None, axes=None, steps=None, **attributes):
    starts, ends = listed(starts, attributes.get("starts")), listed(ends, attributes.get("ends"))
    axes = listed(axes, attributes.get("axes", range(len(starts))))
    index = [slice(None)] * x.ndim
    for axis, first, last, step in zip(axes, starts, ends, listed(steps, [1] * len(starts))):
        size = x.shape[axis]
        first, last = (v + size if v < 0 else v for v in (first, last))
        if step > 0:
            index[axis] = slice(min(max(first, 0), size), min(max(last, 0), size), step)
        else:
            last = max(last, -1)
            index[axis] = slice(min(first, size - 1), None if last < 0 else last, step)
    return [x[tuple(index)]]


def split(opset, x, given=None, axis=0, parts=2, **attributes):
    sizes = listed(given, attributes.get("split"))
    if sizes is None:
        part = -(-x.shape[axis] // parts)
        sizes = [part] * (parts - 1) + [x.shape[axis] - part * (parts - 1)]
    return np.split(x, np.cumsum(sizes)[:-1], axis)


def concat(opset, *inputs, axis=1):
    return [np.concatenate(inputs, axis)]


def pad(opset, x, given=None, value=None, axes=None, mode=b"constant", **attributes):
    amounts = listed(given, attributes.get("pads", attributes.get("paddings")))
    axes = listed(axes, range(x.ndim))
    value = attributes.get("value", 0.0) if value is None else np.asarray(value).reshape(())
    widths = [(0, 0)] * x.ndim
    for i, axis in enumerate(axes):
        widths[axis] = (amounts[i], amounts[i + len(axes)])
    crop = tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(widths, x.shape))
    widths = [(max(a, 0), max(b, 0)) for a, b in widths]
    extra = {"constant_values": value} if mode == b"constant" else {}
    modes = {b"constant": "constant", b"reflect": "reflect", b"edge": "edge", b"wrap": "wrap"}
    return [np.pad(x[crop], widths, modes[mode], **extra)]


def depth_to_space(opset, x, blocksize, mode=b"DCR"):
    n, c, h, w = x.shape
    b = blocksize
    if mode == b"DCR":
        y = x.reshape(n, b, b, c // b**2, h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        y = x.reshape(n, c // b**2, b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
    return [y.reshape(n, c // b**2, h * b, w * b)]


def space_to_depth(opset, x, blocksize):
    n, c, h, w = x.shape
    b = blocksize
    return [x.reshape(n, c, h // b, b, w // b, b).transpose(0, 3, 5, 1, 2, 4).reshape(n, c * b**2, h // b, w // b)]


def pool_windows(x, attributes, fill):
    """Views of the padded activation for each place of the kernel, padded with `fill`."""
    kernel = attributes["kernel_shape"]
    rank = len(kernel)
    strides, dilations = (attributes.get(name, [1] * rank) for name in ("strides", "dilations"))
    automatic = attributes.get("auto_pad", b"NOTSET")
    pads = list(attributes.get("pads", [0] * 2 * rank))
    sizes = []
    for i in range(rank):
        length, span = x.shape[2 + i], dilations[i] * (kernel[i] - 1) + 1
        if automatic.startswith(b"SAME"):
            total = max((-(-length // strides[i]) - 1) * strides[i] + span - length, 0)
            pads[i], pads[i + rank] = (total // 2, -(-total // 2))[:: 1 if automatic == b"SAME_UPPER" else -1]
        rest = length + pads[i] + pads[i + rank] - span
        size = (-(-rest // strides[i]) if attributes.get("ceil_mode", 0) else rest // strides[i]) + 1
        if (size - 1) * strides[i] >= length + pads[i]:
            size -= 1
        sizes.append(size)
    reach = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(sizes, strides, dilations, kernel)]
    widths = [(pads[i], max(reach[i] - x.shape[2 + i] - pads[i], 0)) for i in range(rank)]
    x = np.pad(x, [(0, 0), (0, 0), *widths], constant_values=fill)
    for place in itertools.product(*(range(n) for n in kernel)):
        first = [p * d for p, d in zip(place, dilations)]
        index = [slice(f, f + (n - 1) * s + 1, s) for f, n, s in zip(first, sizes, strides)]
        yield x[(slice(None), slice(None), *index)]


def max_pool(opset, x, **attributes):
    return [np.max(list(pool_windows(x, attributes, -np.inf)), 0)]


def average_pool(opset, x, **attributes):
    total = sum(pool_windows(x, attributes, 0.0))
    counted = sum(pool_windows(np.ones_like(x), attributes, float(attributes.get("count_include_pad", 0))))
    return [total / counted]


def over_image(function):
    return lambda opset, x: [function(x, axis=tuple(range(2, x.ndim)), keepdims=True)]


def gather(opset, x, indices, axis=0):
    return [np.take(x, indices, axis)]


def expand(opset, x, shape):
    return [x * np.ones(shape.tolist(), x.dtype)]


def tile(opset, x, repeats):
    return [np.tile(x, repeats.tolist())]


def reduced(function):
    def reduce(opset, x, given=None, axes=None, keepdims=1, **attributes):
        return [function(x, axis=tuple(listed(given, axes)), keepdims=bool(keepdims))]

    return reduce


OPERATORS = {
    "Gather": gather, "Expand": expand, "Tile": tile,
    "ReduceMean": reduced(np.mean), "ReduceMax": reduced(np.max), "ReduceMin": reduced(np.min),
    "Reshape": reshape, "Flatten": flatten, "Squeeze": squeeze, "Unsqueeze": unsqueeze, "Transpose": transpose,
    "Slice": cut, "Split": split, "Concat": concat, "Pad": pad, "DepthToSpace": depth_to_space,
    "SpaceToDepth": space_to_depth, "MaxPool": max_pool, "AveragePool": average_pool,
    "GlobalAveragePool": over_image(np.mean), "GlobalMaxPool": over_image(np.max),
}  # fmt: skip
