"""Linear operators on any value, and the values that norms fold into: trees of steps and branches over them."""

import math
from dataclasses import replace

import numpy as np

from flow import ints
from random_parts import Value
from random_steps import Steps

CARRY = [
    "identity", "dropout", "there_and_back", "turn", "reshape", "gather_channels", "flatten", "squeeze", "unsqueeze",
    "cut", "cut_channels", "split", "split_channels", "average", "padded_average", "counted_average", "global_average",
    "maximum", "global_maximum", "resize", "pad", "pad_with_zeros", "depth_to_space", "affine", "resize",
    "depth_to_space", "squeeze", "depth_to_space", "resize", "padded_average", "depth_to_space", "squeeze", "cast",
    "choose", "choose_channels", "tile", "expand", "reduce_mean", "reduce_maximum", "global_maximum", "squeeze",
    "counted_average", "global_maximum", "squeeze", "counted_average", "tile", "pad_with_zeros", "tile",
    "pad_with_zeros", "pad_with_zeros", "tile",
]  # fmt: skip
FORWARD = [
    "identity", "dropout", "there_and_back", "turn", "reshape", "flatten", "squeeze", "unsqueeze", "cut",
    "cut_channels", "average", "padded_average", "counted_average", "global_average", "maximum", "global_maximum",
    "resize", "pad", "pad_with_zeros", "space_to_depth", "counted_average", "resize", "space_to_depth", "squeeze",
    "global_maximum", "pad_with_zeros", "space_to_depth", "choose", "choose_channels", "tile", "expand", "reduce_mean",
    "reduce_maximum", "maximum",
]  # fmt: skip


class Linear(Steps):
    """`plain` values are those that nothing folds into: inputs, and what an activation wrote."""

    # Operators

    def linear(self, value, norm=None):
        """A linear operator that reads a value; if a norm stands before, one that takes its map whatever it is."""
        kinds = {2: ["gemm", "matmul", "matmul_and_add"], 3: ["convolution", "left_matmul", "transposed_matmul"]}
        kinds = kinds.get(value.rank, ["convolution", "grouped_convolution", "transposed_convolution", "flat_gemm"])
        if norm is None and value.rank == 4 and self.opset > 12 and self.dtype == "float32":
            kinds = [*kinds, "quantized_convolution"]
        kind = self.choices.pick(kinds)
        if norm is not None and kind == "transposed_matmul":
            kind = "convolution"
        return getattr(self, kind)(value, norm)

    def made(self, name, shape, kind):
        return Value(name, tuple(shape), frozenset({kind}))

    def outputs(self):
        return self.choices.pick([4, 3, 8, 6, 1])

    def biases(self, channels):
        return [self.bias(channels)] if self.choices.chance(50) else []

    def convolution(self, v, norm, group=1, weight=None, kind="Conv"):
        outputs = group * 2 if group > 1 else self.outputs()
        size = [min(n, self.choices.pick([1, 3, 2])) for n in v.shape[2:]]
        pads = [0 if norm == "shift" else self.choices.below(2) for _ in range(2 * len(size))]
        make = weight or (lambda shape: self.weight(shape, math.prod(shape[1:])))
        w = make([outputs, v.channels // group, *size])
        if not weight and self.choices.chance(15):
            w, kind = self.emit("Mul", [w, self.constant(self.factors([outputs, 1, *[1] * len(size)]))]), "computed Conv"
        name = self.emit("Conv", [v.name, w, *self.biases(outputs)], pads=pads, kernel_shape=size, group=group)
        half = len(size)
        sides = [n + pads[i] + pads[i + half] - k + 1 for i, (n, k) in enumerate(zip(v.shape[2:], size))]
        kind = f"{'grouped ' if group > 1 else ''}{kind}"
        return self.made(name, [v.shape[0], outputs, *sides], kind if half == 2 or group > 1 else f"{kind} 1-D")

    def grouped_convolution(self, v, norm):
        groups = [g for g in (2, 3, 4) if v.channels % g == 0]
        return self.convolution(v, norm, self.choices.pick(groups) if groups else 1)

    def quantized_convolution(self, v, norm):
        """Scales per channel or per tensor; no integer is -128, so each can change its sign."""

        def weight(shape):
            integers = self.random.integers(-127, 128, shape).astype(np.int8)
            per_tensor = self.choices.chance(50)
            scale = self.random.uniform(0.5, 1, [] if per_tensor else shape[0]) / 70 / np.sqrt(math.prod(shape[1:]))
            names = [self.graph.initializer(self.name("q"), integers), self.constant(scale.astype(np.float32))]
            return self.emit("DequantizeLinear", names, **({} if per_tensor else {"axis": 0}))

        return self.convolution(v, norm, weight=weight, kind="quantized Conv")

    def transposed_convolution(self, v, norm):
        """Behind a norm with a shift each output must see the same weights: one tap, or taps that are all alike."""
        outputs, size = self.outputs(), self.choices.pick([1, 2]) if max(v.shape[2:]) < 6 else 1
        shape = [v.channels, outputs, size, size]
        if norm == "shift" and size > 1:
            tap = self.random.standard_normal([*shape[:2], 1, 1]) / np.sqrt(v.channels)
            w = self.constant(np.broadcast_to(tap, shape).copy(), "w")
        else:
            w = self.weight(shape, v.channels)
        name = self.emit("ConvTranspose", [v.name, w, *self.biases(outputs)], strides=[size, size])
        return self.made(name, [v.shape[0], outputs, *(n * size for n in v.shape[2:])], "ConvTranspose")

    def gemm(self, v, norm):
        outputs, transposed = self.outputs(), self.choices.below(2)
        w = self.weight([outputs, v.channels] if transposed else [v.channels, outputs], v.channels)
        scaled = {"alpha": 0.5, "beta": -1.5} if self.choices.chance(30) else {}
        name = self.emit("Gemm", [v.name, w, *self.biases(outputs)], transB=transposed, **scaled)
        return self.made(name, [v.shape[0], outputs], "Gemm")

    def flat_gemm(self, v, norm):
        """Flatten, then Gemm, which sees each place of each channel."""
        features = math.prod(v.shape[1:])
        flat = self.emit("Flatten", [v.name])
        value = self.gemm(Value(flat, (v.shape[0], features)), norm)
        return replace(value, path=value.path | {"Flatten"}) if norm else value

    def matmul(self, v, norm):
        outputs = self.outputs()
        name = self.emit("MatMul", [v.name, self.weight([v.channels, outputs], v.channels)])
        return self.made(name, [v.shape[0], outputs], "MatMul")

    def matmul_and_add(self, v, norm):
        value = self.matmul(v, norm)
        return self.made(self.emit("Add", [self.bias(value.channels), value.name]), value.shape, "MatMul and Add")

    def left_matmul(self, v, norm):
        outputs = self.outputs()
        name = self.emit("MatMul", [self.weight([outputs, v.channels], v.channels), v.name])
        return self.made(name, [v.shape[0], outputs, v.shape[2]], "left MatMul")

    def transposed_matmul(self, v, norm):
        """MatMul along the last axis, which a Transpose then makes the channels."""
        outputs = self.outputs()
        product = self.emit("MatMul", [v.name, self.weight([v.shape[2], outputs], v.shape[2])])
        name = self.emit("Transpose", [product], perm=[0, 2, 1])
        return self.made(name, [v.shape[0], outputs, v.channels], "MatMul and Transpose")

    # What takes norms

    def absorbing(self, depth):
        """A value whose norm folds backward, if that keeps to what the value says."""
        kind = self.choices.below(5) if depth else 0
        if kind == 0:
            return self.linear(self.source())
        value = self.absorbing(depth - 1)
        if kind == 1:
            return self.step(value, CARRY)
        if kind == 2:
            return self.joined(value)
        if kind == 3:
            return self.folding_norm(value)
        return self.step(self.step(value, CARRY), CARRY)

    def source(self):
        """What a linear operator reads: a plain value, which a norm may stand behind."""
        return self.plain()

    def joined(self, value):
        """The value with one or two parallel branches of its shape."""
        operator = self.choices.pick(["Add", "Sub", "Sum", "Concat", "Concat along the image", "Add of a constant"])
        if operator == "Add of a constant":
            constant = self.constant(self.factors([1, *value.shape[1:]]))
            name = self.emit("Add", [value.name, constant])
            return replace(self.through(value, "Add", name=name, label=operator), certain=not value.unshifted)
        along = value.rank - 1 if operator.endswith("image") and value.rank > 2 else 1
        concat = operator.startswith("Concat")
        if concat and value.shape[along] > 8:
            operator, concat = "Add", False
        others = [self.branch(value.shape) for _ in range(2 if operator == "Sum" else 1)]
        names = [value.name, *(other.name for other in others)]
        if self.choices.chance(30):
            names.reverse()
        attributes = {"axis": along} if concat else {}
        name = self.emit(operator.split()[0], names, **attributes)
        shape = [n * 2 if concat and i == along else n for i, n in enumerate(value.shape)]
        paths = frozenset().union(value.path, *(other.path for other in others), {operator})
        # The shift may go to any branch of a sum, and the channels of a Concat have needs of their own.
        certain = value.certain and not (along == 1 and concat) and not (value.unshifted and not concat)
        return replace(value, name=name, shape=tuple(shape), path=paths, certain=certain)

    def branch(self, shape):
        """A linear value of a given shape."""
        channels = shape[1]
        inputs = self.choices.pick([2, 3])
        x = self.input([shape[0], inputs, *shape[2:]])
        if len(shape) == 2:
            name = self.emit("Gemm", [x.name, self.weight([inputs, channels], inputs)])
            return self.made(name, shape, "Gemm")
        w = self.weight([channels, inputs, *[1] * (len(shape) - 2)], inputs)
        return self.made(self.emit("Conv", [x.name, w, *self.biases(channels)]), shape, "Conv")
