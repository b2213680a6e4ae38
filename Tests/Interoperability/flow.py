"""Builds graphs as a flow: each operator reads what the one before wrote, unless it is told otherwise."""

import zlib

import numpy as np
import onnx

from builders import TYPES, Graph, value_info

# Stands for the value that has been reached, among the operands of `Flow.step`.
HERE = object()


def k(*shape, low=0.5, high=2.0):
    """A constant of a shape: random elements of either sign, none of them near 0, and the same in every run."""
    random = np.random.default_rng(zlib.crc32(repr((shape, low, high)).encode()))
    return np.asarray(random.uniform(low, high, shape) * random.choice([-1, 1], shape))


def ints(*values):
    return np.array(values, np.int64)


class Flow(Graph):
    """A graph under construction that keeps the value it has reached, and how many channels that has."""

    def __init__(self, shape=(2, 3, 6, 6), **options):
        super().__init__(**{"seed": 5, **options})
        self.value, self.channels = self.input("x", list(shape)), shape[1] if len(shape) > 1 else 1
        self.functions = []

    def fresh(self, stem):
        return f"{stem}{next(self.names)}"

    def at(self, value, channels=None):
        """Goes on from another value."""
        self.value, self.channels = value, channels or self.channels
        return self

    def constant(self, value, stem="k"):
        value = np.asarray(value)
        value = value.astype(TYPES[self.dtype][0]) if value.dtype == np.float64 else value
        return self.initializer(self.fresh(stem), value)

    def operand(self, operand):
        if operand is HERE:
            return self.value
        return operand if isinstance(operand, str) else self.constant(operand)

    def step(self, operator, *operands, channels=None, outputs=None, domain="", **attributes):
        """A node; its operands are names, arrays that become constants, and HERE, first where it is not among them."""
        if not any(operand is HERE for operand in operands):
            operands = (HERE, *operands)
        names = [self.operand(operand) for operand in operands]
        outputs = outputs or [self.fresh(operator.lower()[:4])]
        return self.at(self.node(operator, names, outputs, domain=domain, **attributes), channels)

    def conv(self, outputs, size=1, bias=True, group=1, rank=2, transposed=False, weight=None, **attributes):
        """Conv or ConvTranspose with random parameters, or with a given weight."""
        outer, inner = (self.channels, outputs) if transposed else (outputs, self.channels)
        kernel = [size] * rank if isinstance(size, int) else list(size)
        w = self.array([outer, inner // group, *kernel]) if weight is None else weight
        names = [self.value, self.operand(w), *([self.constant(self.array([outputs]))] if bias else [])]
        operator = "ConvTranspose" if transposed else "Conv"
        attributes |= {"group": group} if group > 1 else {}
        return self.at(self.node(operator, names, self.fresh("c"), **attributes), outputs)

    def gemm(self, outputs, bias=True, inputs=None, **attributes):
        inputs = inputs or self.channels
        w = self.array([outputs, inputs] if attributes.get("transB") else [inputs, outputs])
        return self.step("Gemm", w, *([self.array([outputs])] if bias else []), channels=outputs, **attributes)

    def matmul(self, outputs, inputs=None, left=False):
        """MatMul with a constant right (or left) operand; `inputs` is the length of the axis that is contracted."""
        inputs = inputs or self.channels
        w = self.array([outputs, inputs] if left else [inputs, outputs])
        return self.step("MatMul", *([w, HERE] if left else [w]), channels=outputs)

    def bn(self, channels=None, scales="either", shift=True, **options):
        """A norm; its scales are of "either" sign, "positive", or "some zero"; without shift it maps 0 to 0."""
        channels = channels or self.channels
        if scales != "either" and "gamma" not in options:
            options["gamma"] = np.linspace(0.0 if scales == "some zero" else 0.5, 1.5, channels)
        if not shift:
            options |= {"mean": np.zeros(channels), "beta": np.zeros(channels)}
        return self.at(self.norm(self.value, self.fresh("y"), channels, **options), channels)

    def relu_(self):
        return self.step("Relu")

    def done(self, *values, rank=None, **fields):
        """The model, whose outputs are `values` or what was reached last; their shapes are inferred, or of a rank."""
        values = values or (self.value,)
        for value in values:
            self.proto.output.add(name=value)
        model = self.model(functions=self.functions, **fields)
        inferred = onnx.shape_inference.infer_shapes(model)
        known = {v.name: v for v in [*inferred.graph.output, *inferred.graph.value_info, *inferred.graph.input]}
        for output in model.graph.output:
            if output.name in known and known[output.name].type.tensor_type.HasField("shape"):
                output.type.CopyFrom(known[output.name].type)
            if not output.type.tensor_type.HasField("shape"):
                output.CopyFrom(value_info(output.name, [None] * rank, self.dtype))
        return model
