"""Seeded networks of every kind of operator that a norm folds into, small enough to be checked in a few milliseconds."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

TYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "bfloat16": TensorProto.BFLOAT16,
         "float64": TensorProto.DOUBLE}


class Network:
    """A graph under construction: each method appends an operator behind the last value."""

    def __init__(self, seed, dtype="float32", channels=6, rank=2, size=9):
        self.random = np.random.default_rng(seed)
        self.dtype, self.rank = dtype, rank
        self.shape = [1, channels] + [size] * rank
        self.input_shape = list(self.shape)
        self.nodes, self.tensors, self.value = [], [], "x"
        self.spread = {"gamma": (0.5, 2), "variance": (0.5, 2), "mean": 1, "epsilon": 1e-5}

    @property
    def channels(self):
        return self.shape[1]

    def store(self, array):
        name = f"t{len(self.tensors)}"
        array = np.asarray(array, np.float64)
        self.tensors.append(
            helper.make_tensor(name, TYPES[self.dtype], array.shape, array.ravel())
            if self.dtype == "bfloat16" else numpy_helper.from_array(array.astype(self.dtype), name))
        return name

    def append(self, kind, inputs=None, **attributes):
        output = f"v{len(self.nodes)}"
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
        self.shape = [1, outputs] + [(size - 1) // stride + 1 for size in self.shape[2:]]
        return self

    def transposed(self, outputs=None, group=1):
        outputs = outputs or self.channels
        shape = [self.channels, outputs // group] + [2] * self.rank
        self.append("ConvTranspose", [self.value, self.weight(shape, self.channels), *self.bias(outputs)], group=group,
                    kernel_shape=shape[2:], strides=[2] * self.rank)
        self.shape = [1, outputs] + [2 * size for size in self.shape[2:]]
        return self

    def flatten(self):
        self.append("Flatten")
        self.shape = [1, int(np.prod(self.shape[1:]))]
        return self

    def gemm(self, outputs, transposed=False, alpha=1.0, beta=1.0):
        depth = self.shape[1]
        shape = [outputs, depth] if transposed else [depth, outputs]
        self.append("Gemm", [self.value, self.weight(shape, depth), *self.bias(outputs)], transB=int(transposed),
                    alpha=alpha, beta=beta)
        self.shape = [1, outputs]
        return self

    def product(self, outputs, adds=True):
        depth = self.shape[1]
        self.append("MatMul", [self.value, self.weight([depth, outputs], depth)])
        if adds:
            self.append("Add", [self.value, self.store(self.random.normal(size=outputs))])
        self.shape = [1, outputs]
        return self

    def norm(self):
        count, random, spread = self.channels, self.random, self.spread
        low, high = spread["gamma"]
        gamma = np.exp(random.uniform(np.log(low), np.log(high), count)) * random.choice([-1, 1], count, p=[0.2, 0.8])
        low, high = spread["variance"]
        variance = np.exp(random.uniform(np.log(low), np.log(high), count))
        parameters = gamma, random.normal(size=count), spread["mean"] * random.normal(size=count), variance
        self.append("BatchNormalization", [self.value, *map(self.store, parameters)], epsilon=spread["epsilon"])
        return self

    def activation(self):
        self.append(str(self.random.choice(["Relu", "Sigmoid", "LeakyRelu", "Tanh"])))
        return self

    def model(self):
        kind = TYPES[self.dtype]
        graph = helper.make_graph(
            self.nodes, "network", [helper.make_tensor_value_info("x", kind, self.input_shape)],
            [helper.make_tensor_value_info(self.value, kind, None)], self.tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def network(seed, dtype="float32", layers=4, **spread):
    """A random stack of operators, each with one or two norms, and a classifier at its end."""
    random = np.random.default_rng(1000 + seed)
    graph = Network(seed, dtype, rank=int(random.integers(1, 3)))
    graph.spread.update(spread)
    for _ in range(layers):
        kind = random.choice(["plain", "point", "depthwise", "grouped", "strided", "transposed", "transposed grouped"])
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
        elif kind.startswith("transposed") and max(graph.shape[2:]) < 16:
            graph.transposed(group=2 if kind.endswith("grouped") else 1)
        else:
            graph.convolution()
        graph.norm()
        if random.random() < 0.15:
            graph.norm()
        graph.activation()
    graph.flatten()
    kind = random.choice(["gemm", "transposed", "factors", "product", "product alone"])
    if kind.startswith("product"):
        graph.product(7, adds=kind == "product")
    else:
        graph.gemm(7, transposed=kind == "transposed", alpha=0.7 if kind == "factors" else 1.0)
    return graph.norm().model()
