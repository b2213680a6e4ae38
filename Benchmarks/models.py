"""Writes the models that are measured, piece by piece, so that no weight waits in memory for the others.

Seeded: the same model on every machine with the same numpy.
"""

import math
import os

import numpy as np
from onnx import TensorProto, helper

CHUNK = 1 << 20  # elements that are made and written at a time
ALIGNMENT = 4096  # of tensors in an external data file
OPSET = 17
IR_VERSION = 8


class Weight:
    """A place for a weight's elements among a model's bytes."""

    def __init__(self, shape):
        self.count = math.prod(shape)
        self.deviation = math.sqrt(2 / math.prod(shape[1:]))  # keeps activations in range, as training starts

    def __len__(self):
        return 4 * self.count

    def write(self, file, random):
        for start in range(0, self.count, CHUNK):
            elements = random.standard_normal(min(CHUNK, self.count - start), dtype=np.float32)
            file.write((elements * np.float32(self.deviation)).tobytes())


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def prefix(field, length):
    """The tag and length that precede a message or bytes field."""
    return varint(field << 3 | 2) + varint(length)


def message(field, value):
    content = value.SerializeToString()
    return prefix(field, len(content)) + content


def layers(size):
    """(input channels, output channels, kernel) of convolutions whose weights fill `size` bytes."""
    widths = (64,) if size < 10_000_000 else (256, 256, 512, 512, 1024, 512)
    kernels = (3, 3, 1)
    inputs, index = widths[0], 0
    while size > 0:
        kernel = kernels[index % len(kernels)]
        row = 4 * inputs * kernel * kernel
        outputs = min(widths[(index + 1) % len(widths)], size // row)
        if outputs == 0:
            return
        yield inputs, outputs, kernel
        size -= outputs * row
        inputs, index = outputs, index + 1


def norm(name, channels, random, input_, output, training=False):
    """A BatchNormalization node and its four initializers, of a kind that a long chain neither grows nor shrinks."""
    parameters = {
        "gamma": random.uniform(0.98, 1.02, channels),
        "beta": random.normal(0, 0.01, channels),
        "mean": random.normal(0, 0.01, channels),
        "variance": random.uniform(0.98, 1.02, channels),
    }
    names = [f"{name}.{parameter}" for parameter in parameters]
    attributes = {"training_mode": 1} if training else {}
    outputs = [output] + ([f"{name}.running_mean", f"{name}.running_variance"] if training else [])
    node = helper.make_node("BatchNormalization", [input_, *names], outputs, name=name, **attributes)
    tensors = [
        helper.make_tensor(parameter, TensorProto.FLOAT, [channels], values.astype(np.float32).tobytes(), raw=True)
        for parameter, values in zip(names, parameters.values())
    ]
    return node, tensors


def write_parts(path, parts, random):
    """Writes a whole model whose graph is `parts`, each bytes or a Weight; `path` exists only when complete."""
    head = helper.make_model(helper.make_graph([], "", [], []), producer_name="benchmark", ir_version=IR_VERSION)
    head.ClearField("graph")
    head.ClearField("opset_import")
    tail = type(head)(opset_import=[helper.make_opsetid("", OPSET)])
    partial = f"{path}.part"
    with open(partial, "wb") as file:
        file.write(head.SerializeToString() + prefix(7, sum(map(len, parts))))
        for part in parts:
            if isinstance(part, Weight):
                part.write(file, random)
            else:
                file.write(part)
        file.write(tail.SerializeToString())
    os.replace(partial, path)


def value(name, channels):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", channels, 32, 32])


def write_convolutions(path, size, folds=True, external=False):
    """Convolutions in a row, each with its norm: inference mode where `folds`, else training mode.

    With `external` the weights go to a file beside the model.
    """
    random = np.random.default_rng(size)
    nodes, initializers, weights, offset, channels = [], [], [], 0, []
    current = "input"
    for index, (inputs, outputs, kernel) in enumerate(layers(size)):
        shape = [outputs, inputs, kernel, kernel]
        name = f"conv{index}"
        pads = [kernel // 2] * 4
        nodes.append(helper.make_node(
            "Conv", [current, f"{name}.weight"], [name], name=name, kernel_shape=[kernel] * 2, pads=pads))
        tensor = TensorProto(name=f"{name}.weight", data_type=TensorProto.FLOAT, dims=shape)
        weight = Weight(shape)
        if external:
            entries = {"location": f"{os.path.basename(path)}.data", "offset": offset, "length": len(weight)}
            for key, entry in entries.items():
                tensor.external_data.add(key=key, value=str(entry))
            tensor.data_location = TensorProto.EXTERNAL
            initializers.append(message(5, tensor))
            weights.append((offset, weight))
            offset += -(-len(weight) // ALIGNMENT) * ALIGNMENT
        else:
            header = tensor.SerializeToString() + prefix(9, len(weight))
            initializers += [prefix(5, len(header) + len(weight)) + header, weight]
        node, tensors = norm(f"norm{index}", outputs, random, name, f"norm{index}", training=not folds)
        nodes.append(node)
        initializers += [message(5, tensor) for tensor in tensors]
        nodes.append(helper.make_node("Relu", [node.output[0]], [f"relu{index}"], name=f"relu{index}"))
        current = f"relu{index}"
        channels += [inputs, outputs]

    if external:
        with open(f"{path}.data", "wb") as file:
            for start, weight in weights:
                file.seek(start)
                weight.write(file, random)
    name = helper.make_graph([], "convolutions", [], []).SerializeToString()
    ends = [message(11, value("input", channels[0])), message(12, value(current, channels[-1]))]
    write_parts(path, [message(1, node) for node in nodes] + [name] + initializers + ends, random)
    return path


def write_chain(path, norms, channels=8):
    """One convolution and `norms` norms behind it, all of which fold into it."""
    random = np.random.default_rng(norms)
    nodes, tensors = [convolution("conv", "input", channels)], [small_weight("conv", channels, random)]
    for index in range(norms):
        node, parameters = norm(f"norm{index}", channels, random, nodes[-1].output[0], f"norm{index}")
        nodes.append(node)
        tensors += parameters
    return write_small(path, nodes, tensors, channels)


def write_blocks(path, count, channels=8):
    """`count` nodes in blocks of Conv, BatchNormalization, Relu and an Add that reads past the block."""
    random = np.random.default_rng(count)
    nodes, tensors, current = [], [], "input"
    for index in range(count // 4):
        conv, relu = f"conv{index}", f"relu{index}"
        nodes.append(convolution(conv, current, channels))
        tensors.append(small_weight(conv, channels, random))
        node, parameters = norm(f"norm{index}", channels, random, conv, f"norm{index}")
        tensors += parameters
        nodes += [
            node,
            helper.make_node("Relu", [f"norm{index}"], [relu], name=relu),
            helper.make_node("Add", [relu, current], [f"sum{index}"], name=f"sum{index}"),
        ]
        current = f"sum{index}"
    return write_small(path, nodes, tensors, channels)


def convolution(name, input_, channels):
    return helper.make_node("Conv", [input_, f"{name}.weight"], [name], name=name, kernel_shape=[1, 1])


def small_weight(name, channels, random):
    elements = random.normal(0, channels**-0.5, (channels, channels, 1, 1)).astype(np.float32)
    return helper.make_tensor(f"{name}.weight", TensorProto.FLOAT, elements.shape, elements.tobytes(), raw=True)


def write_small(path, nodes, tensors, channels):
    graph = helper.make_graph(
        nodes, "small", [value("input", channels)], [value(nodes[-1].output[0], channels)], tensors)
    model = helper.make_model(graph, ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", OPSET)])
    with open(f"{path}.part", "wb") as file:
        file.write(model.SerializeToString())
    os.replace(f"{path}.part", path)
    return path
