"""What random graphs are made of: values that know what a norm behind them must keep to, and the nodes between."""

from dataclasses import dataclass, replace

import numpy as np

from builders import PARAMETERS, TYPES, Graph
from flow import ints

LARGEST = 10


@dataclass(frozen=True)
class Value:
    """A value with its shape; axis 1 has the channels.

    `path` tells what lies between it and the linear operators behind it. A norm that reads the value folds if it has no
    negative scale where it is `positive`, and no shift where it is `unshifted`; if it has one, it surely stays only
    where `certain`.
    """

    name: str
    shape: tuple
    path: frozenset = frozenset()
    positive: bool = False
    unshifted: bool = False
    certain: bool = True

    @property
    def rank(self):
        return len(self.shape)

    @property
    def channels(self):
        return self.shape[1]


class Parts:
    """A graph under construction by choices; all names begin with a prefix, so that many make one model."""

    def __init__(self, choices, opset, dtype, prefix, seed):
        self.choices, self.prefix, self.opset, self.dtype = choices, prefix, opset, dtype
        self.graph = Graph(opset=opset, dtype=dtype, seed=seed)
        self.random, self.count, self.shared = self.graph.random, 0, {}

    def name(self, stem):
        self.count += 1
        return f"{self.prefix}{stem}{self.count}"

    # Constants

    def constant(self, value, stem="k"):
        value = np.asarray(value)
        value = value.astype(TYPES[self.dtype][0]) if value.dtype.kind == "f" else value
        return self.graph.initializer(self.name(stem), value)

    def shareable(self, kind, shape, make):
        """A constant of a kind, now and then one that others read too."""
        key = kind, tuple(shape)
        if key in self.shared and self.choices.chance(20):
            return self.shared[key]
        self.shared[key] = self.constant(make(), kind)
        return self.shared[key]

    def weight(self, shape, inputs):
        """Random elements, so large that outputs are about as large as inputs."""
        return self.shareable("w", shape, lambda: self.random.standard_normal(shape) / np.sqrt(inputs))

    def bias(self, channels):
        return self.shareable("b", [channels], lambda: self.random.standard_normal(channels))

    def factors(self, shape, positive=False):
        value = self.random.uniform(0.5, 1.5, shape)
        return value if positive else value * self.random.choice([-1, 1], shape)

    # Nodes

    def emit(self, operator, inputs, outputs=None, **attributes):
        return self.graph.node(operator, inputs, outputs or self.name("v"), **attributes)

    def through(self, value, operator, extra=(), shape=None, label=None, name=None, **attributes):
        """The value behind one more operator."""
        name = name or self.emit(operator, [value.name, *extra], **attributes)
        return replace(value, name=name, shape=tuple(shape or value.shape), path=value.path | {label or operator})

    def axes(self, operator, value, axes, shape):
        """Squeeze or Unsqueeze, whose axes are an attribute before opset 13."""
        if self.opset < 13:
            return self.through(value, operator, shape=shape, axes=list(axes))
        return self.through(value, operator, [self.constant(ints(*axes))], shape)

    def norm(self, value, scales="either", shift=True, given=None, **options):
        """A norm with random parameters; `scales` are "either", "positive" or "negative"; gives its output's name."""
        c, given = value.channels, dict(given or {})
        sign = {"either": None, "positive": 1, "negative": -1}[scales]
        if sign is not None and "gamma" not in given:
            given["gamma"] = self.constant(sign * self.factors([c], True), "gamma")
        if not shift:
            given |= {kind: self.constant(np.zeros(c), kind) for kind in ("mean", "beta")}
        for kind in PARAMETERS:
            if kind not in given:
                given[kind] = self.shareable(kind, [c], lambda kind=kind: self.graph.parameter(kind, c))
        name = self.name("n")
        return self.graph.norm(value.name, name, c, name=f"{name}_node", **given, **options)

    def input(self, shape, dtype=None):
        return Value(self.graph.input(self.name("x"), list(shape), dtype), tuple(shape))
