"""Steps that carry a norm's map: each takes a value and gives the value behind it, or None where it does not apply."""

import math
from dataclasses import replace

import numpy as np

from builders import TYPES
from flow import ints
from random_parts import LARGEST, Parts


class Steps(Parts):
    """The operators between a linear operator and a norm, and between a norm and a linear operator."""

    def step(self, value, names):
        """The value behind one of the steps named: the first that applies, from a chosen one on."""
        first = self.choices.below(len(names))
        for name in [*names[first:], *names[:first]]:
            behind = getattr(self, name)(value)
            if behind is not None:
                return behind
        return self.identity(value)

    # What leaves the elements as they are

    def identity(self, v):
        return self.through(v, "Identity")

    def dropout(self, v):
        return self.through(v, "Dropout")

    def cast(self, v):
        """A Cast to the type that the value has."""
        return self.through(v, "Cast", to=TYPES[self.dtype][1])

    def there_and_back(self, v):
        """Two Transposes; between them channels are last."""
        last = [0, *range(2, v.rank), 1]
        first = [0, v.rank - 1, *range(1, v.rank - 1)]
        moved = self.through(v, "Transpose", perm=last)
        return self.through(replace(moved, shape=v.shape), "Transpose", perm=first)

    def turn(self, v):
        """A Transpose of the image."""
        if v.rank < 4:
            return None
        return self.through(v, "Transpose", shape=(*v.shape[:2], v.shape[3], v.shape[2]), perm=[0, 1, 3, 2])

    def reshape(self, v):
        """The image as a line, a line as an image; with all sizes, or with 0 and -1."""
        if v.rank == 2:
            return None
        length = math.prod(v.shape[2:])
        shape = (*v.shape[:2], length) if v.rank == 4 else (*v.shape[:2], length, 1)
        given = shape if self.choices.chance(50) else (0, 0, -1, *shape[3:])
        return self.through(v, "Reshape", [self.constant(ints(*given))], shape)

    def gather_channels(self, v):
        """A Reshape whose channels each gather several: what a Gemm's output is made an image by."""
        factors = [k for k in (2, 3) if v.channels % k == 0]
        if v.rank != 2 or not factors:
            return None
        k = factors[0]
        shape = (v.shape[0], v.channels // k, k)
        return self.through(v, "Reshape", [self.constant(ints(*shape))], shape, label="Reshape that gathers")

    def flatten(self, v):
        if math.prod(v.shape[2:]) != 1:
            return None
        return self.through(v, "Flatten", shape=v.shape[:2])

    def squeeze(self, v):
        axes = [i for i in range(2, v.rank) if v.shape[i] == 1]
        return self.axes("Squeeze", v, axes, [n for i, n in enumerate(v.shape) if i not in axes]) if axes else None

    def unsqueeze(self, v):
        return self.axes("Unsqueeze", v, [v.rank], (*v.shape, 1)) if v.rank < 4 else None

    # Parts

    def cut(self, v):
        """A Slice along an axis other than the channels."""
        axes = [i for i in range(v.rank) if i != 1 and v.shape[i] > 2]
        return self.sliced(v, self.choices.pick(axes), "Slice") if axes else None

    def cut_channels(self, v):
        if v.channels < 3:
            return None
        return replace(self.sliced(v, 1, "Slice of channels"), certain=False)

    def sliced(self, v, axis, label):
        size = v.shape[axis]
        first, step = self.choices.pick([(1, 1), (0, 2), (-1, -1)])
        last = -size - 1 if step < 0 else size
        length = len(range(size)[first::step] if step < 0 else range(size)[first:last:step])
        extra = [self.constant(ints(n)) for n in (first, last, axis, step)]
        shape = [length if i == axis else n for i, n in enumerate(v.shape)]
        return self.through(v, "Slice", extra, shape, label)

    def split(self, v):
        """The first part of a Split along an axis other than the channels; nobody reads the other one."""
        axes = [i for i in range(v.rank) if i != 1 and v.shape[i] > 2]
        return self.first_part(v, self.choices.pick(axes), "Split")[0] if axes else None

    def split_channels(self, v):
        """The first part of a Split along the channels; something else reads the other one."""
        if v.channels < 2:
            return None
        part, rest = self.first_part(v, 1, "Split of channels")
        self.output(self.graph.relu(rest, self.name("r")))
        return replace(part, certain=False)

    def first_part(self, v, axis, label):
        sizes = [v.shape[axis] // 2, v.shape[axis] - v.shape[axis] // 2]
        names = [self.name("p"), self.name("p")]
        extra, attributes = ([], {"split": sizes}) if self.opset < 13 else ([self.constant(ints(*sizes))], {})
        self.emit("Split", [v.name, *extra], names, axis=axis, **attributes)
        shape = [sizes[0] if i == axis else n for i, n in enumerate(v.shape)]
        return self.through(v, "Split", shape=shape, label=label, name=names[0]), names[1]

    def choose(self, v):
        """A Gather of the last places of the image."""
        if v.rank < 3:
            return None
        chosen = self.constant(ints(v.shape[-1] - 1, 0))
        return self.through(v, "Gather", [chosen], (*v.shape[:-1], 2), axis=v.rank - 1)

    def choose_channels(self, v):
        if v.channels < 3:
            return None
        chosen = self.constant(ints(v.channels - 1, 0))
        shape = (v.shape[0], 2, *v.shape[2:])
        return replace(self.through(v, "Gather", [chosen], shape, "Gather of channels", axis=1), certain=False)

    # Images

    def tile(self, v):
        if v.rank < 3 or 2 * v.shape[-1] > LARGEST:
            return None
        repeats = self.constant(ints(*[1] * (v.rank - 1), 2))
        return self.through(v, "Tile", [repeats], (*v.shape[:-1], 2 * v.shape[-1]))

    def expand(self, v):
        """An Expand of a place, of all their means where there are several."""
        if v.rank < 3:
            return None
        if v.shape[-1] != 1:
            v = self.global_average(v)
        return self.through(v, "Expand", [self.constant(ints(3))], (*v.shape[:-1], 3))

    def reduced(self, v, operator):
        """What is left of the image, with or without its axes."""
        if v.rank < 3:
            return None
        axes, keeps = list(range(2, v.rank)), self.choices.below(2)
        shape = (*v.shape[:2], *[1] * len(axes) * keeps)
        if self.opset < 18:
            return self.through(v, operator, shape=shape, axes=axes, keepdims=keeps)
        return self.through(v, operator, [self.constant(ints(*axes))], shape, keepdims=keeps)

    def reduce_mean(self, v):
        return self.reduced(v, "ReduceMean")

    def reduce_maximum(self, v):
        value = self.reduced(v, "ReduceMax")
        return value and replace(value, positive=True)

    def pooled(self, v, operator, label, pads=0, **attributes):
        """A pooling of windows of up to 2 × 2."""
        if v.rank < 3:
            return None
        kernel = [min(2, n) for n in v.shape[2:]]
        shape = (*v.shape[:2], *(n - k + 1 + pads for n, k in zip(v.shape[2:], kernel)))
        if pads:
            attributes["pads"] = [0] * len(kernel) + [pads] * len(kernel)
        return self.through(v, operator, shape=shape, label=label, kernel_shape=kernel, **attributes)

    def average(self, v):
        return self.pooled(v, "AveragePool", "AveragePool")

    def padded_average(self, v):
        if v.rank < 3 or min(v.shape[2:]) < 2:
            return None
        return self.pooled(v, "AveragePool", "AveragePool with pads", 1)

    def counted_average(self, v):
        if v.rank < 3 or min(v.shape[2:]) < 2:
            return None
        value = self.pooled(v, "AveragePool", "AveragePool that counts pads", 1, count_include_pad=1)
        return replace(value, unshifted=True)

    def global_average(self, v):
        return self.through(v, "GlobalAveragePool", shape=(*v.shape[:2], *[1] * (v.rank - 2))) if v.rank > 2 else None

    def maximum(self, v):
        value = self.pooled(v, "MaxPool", "MaxPool")
        return value and replace(value, positive=True)

    def global_maximum(self, v):
        if v.rank < 3:
            return None
        value = self.through(v, "GlobalMaxPool", shape=(*v.shape[:2], *[1] * (v.rank - 2)))
        return replace(value, positive=True)

    def resize(self, v):
        if v.rank != 4 or max(v.shape[2:]) > LARGEST:
            return None
        scales = self.constant(np.array([1, 1, 2, 1.5], np.float32)) if self.dtype == "float32" else None
        if scales is None:
            return None
        mode = self.choices.pick(["nearest", "linear"])
        shape = (*v.shape[:2], v.shape[2] * 2, int(v.shape[3] * 1.5))
        region = self.constant(np.zeros(0, np.float32)) if self.opset < 13 else ""
        return self.through(v, "Resize", [region, scales], shape, f"Resize {mode}", mode=mode)

    def padded(self, v, mode, label):
        if v.rank < 3 or v.shape[-1] < 2 or v.shape[-1] >= LARGEST:
            return None
        pads = [0] * 2 * v.rank
        pads[-1] = 1
        shape = (*v.shape[:-1], v.shape[-1] + 1)
        return self.through(v, "Pad", [self.constant(ints(*pads))], shape, label, mode=mode)

    def pad(self, v):
        return self.padded(v, self.choices.pick(["reflect", "edge"]), "Pad")

    def pad_with_zeros(self, v):
        value = self.padded(v, "constant", "Pad with zeros")
        return value and replace(value, unshifted=True)

    def depth_to_space(self, v):
        if v.rank != 4 or v.channels % 4 or max(v.shape[2:]) > LARGEST:
            return None
        n, c, h, w = v.shape
        mode = self.choices.pick(["DCR", "CRD"])
        return self.through(v, "DepthToSpace", shape=(n, c // 4, 2 * h, 2 * w), blocksize=2, mode=mode)

    def space_to_depth(self, v):
        if v.rank != 4 or v.shape[2] % 2 or v.shape[3] % 2 or v.channels * 4 > 2 * LARGEST:
            return None
        n, c, h, w = v.shape
        return self.through(v, "SpaceToDepth", shape=(n, 4 * c, h // 2, w // 2), blocksize=2)

    # Constants

    def affine(self, v):
        """A constant per channel, of one element or of C; its sign and kind keep to what the value allows."""
        operator = self.choices.pick(["Mul", "Div"] if v.unshifted else ["Mul", "Add", "Sub", "Div"])
        shape = self.choices.pick([(v.channels, *[1] * (v.rank - 2)), (1, v.channels, *[1] * (v.rank - 2)), ()])
        constant = self.constant(self.factors(shape, v.positive))
        first = operator in ("Mul", "Add") and self.choices.chance(30)
        if operator == "Sub" and not v.positive and self.choices.chance(30):
            first = True
        names = [constant, v.name] if first else [v.name, constant]
        return self.through(v, operator, name=self.emit(operator, names), label=f"{operator} of a constant")
