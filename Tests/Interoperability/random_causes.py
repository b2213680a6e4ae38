"""Random sites whose norm must stay, each for one reason; what stays is an output, so that nothing behind takes it."""

from dataclasses import replace

import numpy as np
from onnx import helper

from builders import PARAMETERS, TYPES, Graph
from flow import ints
from random_parts import Value
from random_sites import NOWHERE, Sites

AXIS = {"channel-axis-differs", "channel-mismatch", "rank-unknown"}
# Each cause with the code that it is met under, and the first opset that has it.
CAUSES = {
    "no-linear-producer": 11, "activation-shared": 11, "activation-is-output": 11, "activation-captured": 11,
    "padding-with-shift": 11, "padding-before": 11, "shift-not-uniform": 11, "negative-scale": 11,
    "channel-axis-differs": 11, "rank-unknown": 11, "weight-quantized": 13, "parameter-not-constant": 11,
    "weight-not-constant": 11, "bias-not-constant": 11, "overridable-initializer": 11, "invalid-variance": 11,
    "overflows-storage": 11, "dropout-not-inference": 12, "value-pinned": 11, "excluded": 11, "function-parameter": 13,
}  # fmt: skip


class Causes(Sites):
    """One method for each cause."""

    def staying_site(self):
        cause = self.choices.pick([cause for cause, first in CAUSES.items() if self.opset >= first])
        getattr(self, cause.replace("-", "_"))()

    def fitting(self, value, **options):
        """A norm that would fold if it were not for the cause."""
        return self.norm(value, "positive" if value.positive else "either", not value.unshifted, **options)

    def stay(self, name, *codes, output=True):
        self.stays[name] = set(codes)
        if output:
            self.output(name)

    def no_linear_producer(self):
        value = self.absorbing(self.choices.below(2))
        self.stay(self.norm(replace(value, name=self.graph.relu(value.name, self.name("r")))), NOWHERE)

    def activation_shared(self):
        value = self.absorbing(self.choices.below(3))
        self.output(self.graph.relu(value.name, self.name("r")))
        self.stay(self.fitting(value), "activation-shared")

    def activation_is_output(self):
        value = self.absorbing(self.choices.below(3))
        self.output(value.name)
        self.stay(self.fitting(value), "activation-is-output")

    def activation_captured(self):
        value = self.absorbing(self.choices.below(2))
        which = self.input([], "bool").name
        self.feeds[which] = np.array(True)
        bodies = {}
        for branch in ("then_branch", "else_branch"):
            body = Graph(name=branch, opset=self.opset, dtype=self.dtype)
            body.output(body.relu(value.name, self.name("r")), value.shape)
            bodies[branch] = body.proto
        self.output(self.emit("If", [which], **bodies))
        self.stay(self.fitting(value), "activation-captured")

    def padding_with_shift(self):
        value = self.absorbing(self.choices.below(2))
        padded = self.pad_with_zeros(value) or self.counted_average(value)
        if padded is None or not padded.certain:
            padded = self.pad_with_zeros(self.linear(self.input((2, 4, 6, 6)), "none"))
        if padded is None:
            return
        scales = "positive" if padded.positive else "either"
        self.stay(self.norm(padded, scales), "padding-with-shift")

    def padding_before(self):
        """A norm before a convolution that pads."""
        name = self.norm(self.input((2, 4, 6, 6)))
        w = self.weight([3, 4, 3, 3], 36)
        pads = self.choices.pick([[1, 1, 1, 1], [0, 0, 0, 1], [0, 1, 0, 0]])
        self.finish(self.made(self.emit("Conv", [name, w], pads=pads), [2, 3, 5, 5], "Conv"))
        self.plains.pop()
        self.stay(name, "padding-with-shift", output=False)

    def shift_not_uniform(self):
        name = self.norm(self.input((2, 4, 3, 3)))
        w = self.weight([4, 3, 2, 2], 4)
        y = self.emit("ConvTranspose", [name, w], strides=self.choices.pick([[1, 1], [2, 2]]))
        self.output(self.graph.relu(y, self.name("r")))
        self.stay(name, "shift-not-uniform", output=False)

    def negative_scale(self):
        value = self.maximum(self.branch((2, 4, 5, 5)))
        value = self.step(value, ["identity", "average", "reshape", "cut", "maximum"])
        self.stay(self.norm(value, "negative"), NOWHERE, "scale-not-positive")

    def channel_axis_differs(self):
        size = self.choices.pick([4, 3])
        x = self.input([size, 2])
        gemm = self.emit("Gemm", [x.name, self.weight([2, size], 2)])
        turned = self.emit("Transpose", [gemm], perm=[1, 0])
        self.stay(self.norm(Value(turned, (size, size))), *AXIS)

    def rank_unknown(self):
        """A MatMul whose operand has the rank that an input's length says."""
        x, shape = self.input([3, 4]), self.input(["rank"], "int64").name
        self.feeds[shape] = ints(3, 4)
        product = self.emit("MatMul", [self.emit("Reshape", [x.name, shape]), self.weight([4, 5], 4)])
        self.stay(self.norm(Value(product, (3, 5))), "rank-unknown")

    def weight_quantized(self):
        """A scale of 0."""
        value = self.quantized_convolution(self.input((2, 4, 6, 6)), None)
        gamma = self.factors([value.channels])
        gamma[0] = 0
        self.stay(self.norm(value, given={"gamma": self.constant(gamma)}), "weight-quantized")

    def parameter(self, shape):
        """An input where a constant should be."""
        self.has_parameters = True
        return self.input(shape).name

    def parameter_not_constant(self):
        value = self.absorbing(self.choices.below(2))
        kind = self.choices.pick(PARAMETERS[:3])
        self.stay(self.norm(value, given={kind: self.parameter([value.channels])}), "parameter-not-constant")

    def weight_not_constant(self):
        x = self.input((2, 4, 6, 6))
        name = self.emit("Conv", [x.name, self.parameter([3, 4, 1, 1])])
        self.stay(self.norm(Value(name, (2, 3, 6, 6))), "weight-not-constant")

    def bias_not_constant(self):
        x = self.input((2, 4, 6, 6))
        name = self.emit("Conv", [x.name, self.weight([3, 4, 1, 1], 4), self.parameter([3])])
        self.stay(self.norm(Value(name, (2, 3, 6, 6))), "bias-not-constant")

    def overridable_initializer(self):
        self.is_open = True
        x = self.input((2, 4, 6, 6))
        w = self.constant(self.random.standard_normal([3, 4, 1, 1]), "o")
        self.graph.input(w, [3, 4, 1, 1])
        self.stay(self.norm(Value(self.emit("Conv", [x.name, w]), (2, 3, 6, 6))), "overridable-initializer")

    def invalid_variance(self):
        value = self.absorbing(self.choices.below(2))
        variance = self.constant(np.full(value.channels, self.choices.pick([-1.0, np.nan])))
        self.stay(self.norm(value, given={"variance": variance}), "invalid-variance")

    def overflows_storage(self):
        """The mean and beta are near the largest number of the type; their sum with the rest is beyond it."""
        value = self.linear(self.input((2, 4, 6, 6)), "none")
        most = float(np.finfo(TYPES[self.dtype][0]).max) * 0.9
        sides = {"mean": -most, "beta": most, "gamma": 1.4, "variance": 1.0}
        given = {kind: self.constant(np.full(value.channels, v)) for kind, v in sides.items()}
        self.stay(self.norm(value, given=given), "overflows-storage")

    def dropout_not_inference(self):
        value = self.absorbing(self.choices.below(2))
        mode = self.input([], "bool").name
        self.feeds[mode] = np.array(False)
        dropped = replace(value, name=self.emit("Dropout", [value.name, "", mode]))
        self.stay(self.fitting(dropped), "dropout-not-inference")

    def value_pinned(self):
        self.is_open = True
        value = self.absorbing(self.choices.below(2))
        self.options += ["--keep-value", value.name]
        self.stay(self.fitting(value), "value-pinned")

    def excluded(self):
        self.is_open = True
        name = self.fitting(self.absorbing(self.choices.below(2)))
        self.options += ["--skip", name]
        self.stay(name, "excluded")

    def function_parameter(self):
        """Conv and a norm in a function whose caller gives the weight."""
        self.is_open = True
        x, y = self.input((2, 4, 6, 6)), self.name("n")
        body = Graph(opset=self.opset, dtype=self.dtype, seed=self.count)
        body.norm("fc", y, 3)
        constants = [helper.make_node("Constant", [], [t.name], value=t) for t in body.proto.initializer]
        conv = helper.make_node("Conv", ["fx", "fw"], ["fc"])
        imports = [helper.make_opsetid("", self.opset)]
        nodes = [*constants, conv, *body.proto.node]
        self.functions.append(helper.make_function("local", self.name("F"), ["fx", "fw"], [y], nodes, imports))
        w = self.weight([3, 4, 1, 1], 4)
        self.output(self.graph.node(self.functions[-1].name, [x.name, w], self.name("v"), domain="local"))
        self.stay(y, "function-parameter", output=False)
