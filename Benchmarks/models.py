"""Writes the models that are measured: seeded, and piece by piece, so that no weight waits in memory for others."""

import itertools
import math
import os

import numpy as np
from onnx import GraphProto, ModelProto, TensorProto, helper

CHUNK = 1 << 20  # elements that are made and written at a time
ALIGNMENT = 4096  # of tensors in an external data file
WIDTHS = 64, 128, 256, 512, 1024, 512, 256, 128
KERNELS = 3, 3, 1


class Weight:
    """Stands for a convolution's weight among the bytes of a model."""

    def __init__(self, shape):
        self.count = math.prod(shape)
        self.deviation = np.float32(math.sqrt(2 / math.prod(shape[1:])))

    def __len__(self):
        return 4 * self.count

    def write(self, file, random):
        for start in range(0, self.count, CHUNK):
            elements = random.standard_normal(min(CHUNK, self.count - start), dtype=np.float32)
            file.write((elements * self.deviation).tobytes())


def varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def prefix(field, length):
    """The tag and length that precede a message or bytes field."""
    return varint(field << 3 | 2) + varint(length)


def message(field, value):
    content = value.SerializeToString()
    return prefix(field, len(content)) + content


def value(name, channels):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", channels, 32, 32])


class Graph:
    """Nodes in a row, kept as serialized pieces; the weights go to the file `external` where there is one."""

    def __init__(self, seed, channels, external=None):
        self.random = np.random.default_rng(seed)
        self.external = external
        self.nodes, self.tensors = [], []
        self.input, self.output, self.channels = value("input", channels), "input", channels

    def append(self, operator, parameters=(), results=(), **attributes):
        """Appends a node that reads the one before it; `parameters` and `results` are named after it."""
        name = f"{operator.lower()}{len(self.nodes)}"
        inputs = [self.output, *(f"{name}.{parameter}" for parameter in parameters)]
        outputs = [name, *(f"{name}.{result}" for result in results)]
        self.nodes.append(message(1, helper.make_node(operator, inputs, outputs, name=name, **attributes)))
        self.output = name

    def append_convolution(self, channels, kernel):
        shape = [channels, self.channels, kernel, kernel]
        self.append("Conv", ["weight"], kernel_shape=[kernel] * 2, pads=[kernel // 2] * 4)
        self.channels = channels
        tensor = TensorProto(name=f"{self.output}.weight", data_type=TensorProto.FLOAT, dims=shape)
        weight = Weight(shape)
        if self.external:
            offset = self.external.seek(-(-self.external.tell() // ALIGNMENT) * ALIGNMENT)
            weight.write(self.external, self.random)
            entries = {"location": os.path.basename(self.external.name), "offset": offset, "length": len(weight)}
            for key, entry in entries.items():
                tensor.external_data.add(key=key, value=str(entry))
            tensor.data_location = TensorProto.EXTERNAL
            self.tensors.append(message(5, tensor))
        else:
            header = tensor.SerializeToString() + prefix(9, len(weight))
            self.tensors += [prefix(5, len(header) + len(weight)) + header, weight]

    def append_norm(self, training=False):
        """Appends a norm so close to the identity that a long chain of them neither grows nor vanishes."""
        centers = {"gamma": 1, "beta": 0, "mean": 0, "variance": 1}
        results = ["running_mean", "running_variance"] if training else []
        self.append("BatchNormalization", centers, results, **({"training_mode": 1} if training else {}))
        for name, center in centers.items():
            raw = self.random.uniform(center - 0.02, center + 0.02, self.channels).astype(np.float32).tobytes()
            self.tensors.append(message(5, TensorProto(
                name=f"{self.output}.{name}", data_type=TensorProto.FLOAT, dims=[self.channels], raw_data=raw)))

    def write(self, path):
        if self.external:
            self.external.close()
        ends = GraphProto(input=[self.input], output=[value(self.output, self.channels)])
        parts = [*self.nodes, GraphProto(name="graph").SerializeToString(), *self.tensors, ends.SerializeToString()]
        with open(f"{path}.part", "wb") as file:
            file.write(ModelProto(ir_version=8, producer_name="benchmark").SerializeToString())
            file.write(prefix(7, sum(map(len, parts))))
            for part in parts:
                if isinstance(part, Weight):
                    part.write(file, self.random)
                else:
                    file.write(part)
            file.write(ModelProto(opset_import=[helper.make_opsetid("", 17)]).SerializeToString())
        os.replace(f"{path}.part", path)


def write_convolutions(path, size, training=False, external=False):
    """Convolutions whose weights fill `size` bytes, each with its norm."""
    widths = WIDTHS if size >= 10_000_000 else WIDTHS[:1]
    graph = Graph(size, widths[0], open(f"{path}.data", "wb") if external else None)
    for width, kernel in zip(itertools.cycle(widths[1:] + widths[:1]), itertools.cycle(KERNELS)):
        row = 4 * graph.channels * kernel * kernel
        if size < row:
            break
        channels = min(width, size // row)
        size -= channels * row
        graph.append_convolution(channels, kernel)
        graph.append_norm(training)
        graph.append("Relu")
    graph.write(path)


def write_chain(path, norms):
    """One convolution and `norms` norms behind it, all of which fold into it."""
    graph = Graph(norms, 8)
    graph.append_convolution(8, kernel=1)
    for _ in range(norms):
        graph.append_norm()
    graph.write(path)


def write_blocks(path, nodes):
    """Convolution, norm and Relu in turn, `nodes` in all."""
    graph = Graph(nodes, 4)
    steps = [lambda: graph.append_convolution(4, kernel=1), graph.append_norm, lambda: graph.append("Relu")]
    for index in range(nodes):
        steps[index % len(steps)]()
    graph.write(path)
