"""Seeded networks of every kind of operator that a norm folds into, small enough to be checked in a few milliseconds."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

TYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "bfloat16": TensorProto.BFLOAT16,
         "float64": TensorProto.DOUBLE}


class Network:
    """A graph under construction: each method appends an operator behind the last value."""

    def __init__(self, seed, dtype="float32", channels=6, rank=2, size=9, batch=1):
        self.random = np.random.default_rng(seed)
        self.dtype, self.rank = dtype, rank
        self.shape = [batch, channels] + [size] * rank
        self.input_shape = list(self.shape)
        self.nodes, self.tensors, self.value, self.outputs = [], [], "x", []
        self.count = 0
        self.activations = ["Relu", "Sigmoid", "LeakyRelu", "Tanh", "HardSwish"]
        self.spread = {"gamma": (0.5, 2), "variance": (0.5, 2), "mean": 1, "epsilon": 1e-5, "dead": 0}

    @property
    def channels(self):
        return self.shape[1]

    def name(self):
        self.count += 1
        return f"v{self.count - 1}"

    def store(self, array):
        name = f"t{len(self.tensors)}"
        array = np.asarray(array, np.float64)
        self.tensors.append(
            helper.make_tensor(name, TYPES[self.dtype], array.shape, array.ravel())
            if self.dtype == "bfloat16" else numpy_helper.from_array(array.astype(self.dtype), name))
        return name

    def append(self, kind, inputs=None, **attributes):
        output = self.name()
        self.nodes.append(helper.make_node(kind, inputs or [self.value], [output], name=f"{kind}{output}", **attributes))
        self.value = output
        return output

    def weight(self, shape, fan):
        return self.store(self.random.normal(size=shape) / np.sqrt(fan))

    def bias(self, count):
        return [self.store(self.random.normal(size=count))] if self.random.random() < 0.5 else []

    def convolution(self, outputs=None, kernel=3, group=1, stride=1):
        outputs = outputs or self.channels
        shape = [outputs, self.channels // group] + [kernel] * self.rank
        self.append("Conv", [self.value, self.weight(shape, np.prod(shape[1:])), *self.bias(outputs)], group=group,
                    kernel_shape=shape[2:], strides=[stride] * self.rank, pads=[kernel // 2] * 2 * self.rank)
        self.shape = [self.shape[0], outputs] + [(size - 1) // stride + 1 for size in self.shape[2:]]
        return self

    def transposed(self, outputs=None, group=1):
        outputs = outputs or self.channels
        shape = [self.channels, outputs // group] + [2] * self.rank
        self.append("ConvTranspose", [self.value, self.weight(shape, self.channels), *self.bias(outputs)], group=group,
                    kernel_shape=shape[2:], strides=[2] * self.rank)
        self.shape = [self.shape[0], outputs] + [2 * size for size in self.shape[2:]]
        return self

    def flatten(self, **attributes):
        self.append("Flatten", **attributes)
        self.shape = [self.shape[0], int(np.prod(self.shape[1:]))]
        return self

    def gemm(self, outputs, transposed=False, alpha=1.0, beta=1.0, turned=False, shape=None):
        """`turned`: the activation comes with its axes exchanged; `shape`: of the bias, in place of the draw's own."""
        depth = self.shape[1]
        if turned:
            self.append("Transpose", perm=[1, 0])
        weight = self.weight([outputs, depth] if transposed else [depth, outputs], depth)
        bias = self.bias(outputs) if shape is None else [self.store(self.random.normal(size=shape))]
        self.append("Gemm", [self.value, weight, *bias], transA=int(turned), transB=int(transposed),
                    alpha=alpha, beta=beta)
        self.shape = [self.shape[0], outputs]
        return self

    def product(self, outputs, adds=True):
        depth = self.shape[1]
        self.append("MatMul", [self.value, self.weight([depth, outputs], depth)])
        if adds:
            self.append("Add", [self.value, self.store(self.random.normal(size=outputs))])
        self.shape = [self.shape[0], outputs]
        return self

    def norm(self):
        count, random, spread = self.channels, self.random, self.spread
        low, high = spread["gamma"]
        gamma = np.exp(random.uniform(np.log(low), np.log(high), count)) * random.choice([-1, 1], count, p=[0.2, 0.8])
        gamma *= random.random(count) >= spread["dead"]
        low, high = spread["variance"]
        variance = np.exp(random.uniform(np.log(low), np.log(high), count))
        parameters = gamma, random.normal(size=count), spread["mean"] * random.normal(size=count), variance
        self.append("BatchNormalization", [self.value, *map(self.store, parameters)], epsilon=spread["epsilon"])
        return self

    def activation(self):
        self.append(str(self.random.choice(self.activations)))
        return self

    def residual(self):
        """A norm behind a convolution, added to what went in."""
        before = self.value
        self.convolution().norm()
        self.append("Add", [before, self.value])
        return self

    def pool(self):
        kind = str(self.random.choice(["MaxPool", "AveragePool"]))
        self.append(kind, kernel_shape=[2] * self.rank, strides=[2] * self.rank)
        self.shape = self.shape[:2] + [size // 2 for size in self.shape[2:]]
        return self

    def branch(self):
        """An If whose bodies are a convolution and a norm each; which one runs depends on the data."""
        before, shape = self.value, list(self.shape)
        self.append("ReduceMax", keepdims=0)
        condition = self.append("Greater", [self.value, self.store(self.random.choice([-1000, 1000]))])
        bodies, outer = {}, self.nodes
        for name in ("then_branch", "else_branch"):
            self.nodes, self.value, self.shape = [], before, list(shape)
            self.convolution().norm()
            result = helper.make_tensor_value_info(self.value, TYPES[self.dtype], None)
            bodies[name] = helper.make_graph(self.nodes, name, [], [result])
        self.nodes = outer
        self.append("If", [condition], **bodies)
        return self

    def output(self):
        """The last value is one more output of the model."""
        self.outputs.append(self.value)
        return self

    def model(self):
        kind = TYPES[self.dtype]
        graph = helper.make_graph(
            self.nodes, "network", [helper.make_tensor_value_info("x", kind, self.input_shape)],
            [helper.make_tensor_value_info(name, kind, None) for name in [*self.outputs, self.value]], self.tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def random_layer(graph, random):
    """One operator of a kind that suits the shape, with its norm."""
    kind = random.choice(
        ["plain", "point", "depthwise", "grouped", "strided", "transposed", "transposed grouped", "residual", "branch"])
    if kind == "plain":
        graph.convolution(outputs=int(random.choice([4, 6, 8])) if graph.channels != 6 else None)
    elif kind == "point":
        graph.convolution(outputs=int(random.choice([4, 6, 8])), kernel=1)
    elif kind == "depthwise":
        graph.convolution(group=graph.channels)
    elif kind == "grouped":
        graph.convolution(group=2)
    elif kind == "strided" and min(graph.shape[2:]) > 4:
        graph.convolution(stride=2)
    elif kind.startswith("transposed") and max(graph.shape[2:]) < 16 and graph.rank < 3:
        graph.transposed(group=2 if kind.endswith("grouped") else 1)
    elif kind in ("residual", "branch"):
        return getattr(graph, kind)()
    else:
        graph.convolution()
    graph.norm()
    if random.random() < 0.15:
        graph.norm()
    return graph


def network(seed, dtype="float32", layers=4, activations=None, **spread):
    """A random stack of operators, each with one or two norms, and a classifier at its end."""
    random = np.random.default_rng(1000 + seed)
    rank = int(random.integers(1, 4))
    graph = Network(seed, dtype, rank=rank, size=5 if rank == 3 else 9, batch=int(random.choice([1, 3])))
    graph.spread.update(spread)
    graph.activations = activations or graph.activations
    for _ in range(layers):
        random_layer(graph, random).activation()
        if random.random() < 0.2:
            graph.output()
        if random.random() < 0.2 and min(graph.shape[2:]) > 3:
            graph.pool()
    graph.flatten()
    kind = random.choice(["gemm", "transposed", "factors", "turned", "row", "product", "product alone"])
    if kind.startswith("product"):
        graph.product(7, adds=kind == "product")
    elif kind == "factors":
        graph.gemm(7, alpha=0.7, beta=0.3)
    elif kind == "turned":
        graph.gemm(7, turned=True, alpha=1.5)
    elif kind == "row":
        graph.gemm(7, transposed=True, shape=[[1, 7], [1], [1, 1]][random.integers(3)], beta=2.0)
    else:
        graph.gemm(7, transposed=kind == "transposed")
    return graph.norm().model()
