"""Builds small models: a graph under construction, its constants, its norms, its operators."""

import itertools

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {
    "float32": (np.dtype(np.float32), TensorProto.FLOAT),
    "float64": (np.dtype(np.float64), TensorProto.DOUBLE),
    "float16": (np.dtype(np.float16), TensorProto.FLOAT16),
    "bfloat16": (np.dtype(ml_dtypes.bfloat16), TensorProto.BFLOAT16),
    "int64": (np.dtype(np.int64), TensorProto.INT64),
    "bool": (np.dtype(np.bool_), TensorProto.BOOL),
}

PARAMETERS = ("gamma", "beta", "mean", "variance")


def typed_tensor(value, name):
    """A tensor in the typed field of its element type instead of `raw_data`."""
    element = numpy_helper.from_array(value).data_type
    if element in (TensorProto.FLOAT16, TensorProto.BFLOAT16):
        tensor = TensorProto(name=name, data_type=element, dims=value.shape)
        tensor.int32_data.extend(value.view(np.uint16).reshape(-1).tolist())
        return tensor
    return helper.make_tensor(name, element, value.shape, value.reshape(-1).tolist())


def value_info(name, shape, dtype="float32"):
    return helper.make_tensor_value_info(name, TYPES[dtype][1], shape)


class Graph:
    """A graph under construction; also the body of an If, a Loop, a Scan or a function.

    Everything random comes from `seed`, in the order of the calls.
    """

    def __init__(self, name="graph", opset=17, dtype="float32", seed=1, typed=False):
        self.proto = onnx.GraphProto(name=name)
        self.opset = opset
        self.dtype = dtype
        self.typed = typed
        self.random = np.random.default_rng(seed)
        self.names = itertools.count()

    # Values

    def input(self, name, shape, dtype=None):
        self.proto.input.append(value_info(name, shape, dtype or self.dtype))
        return name

    def output(self, name, shape=None, dtype=None):
        if shape is None:
            shape = [None] * 4
        self.proto.output.append(value_info(name, shape, dtype or self.dtype))
        return name

    def info(self, name, shape, dtype=None):
        self.proto.value_info.append(value_info(name, shape, dtype or self.dtype))
        return name

    # Constants

    def array(self, shape, dtype=None, low=None, high=None):
        if low is None:
            value = self.random.standard_normal(shape)
        else:
            value = self.random.uniform(low, high, shape)
        return np.asarray(value).astype(TYPES[dtype or self.dtype][0])

    def initializer(self, name, value, typed=None):
        value = np.asarray(value)
        typed = self.typed if typed is None else typed
        tensor = typed_tensor(value, name) if typed else numpy_helper.from_array(value, name)
        self.proto.initializer.append(tensor)
        return name

    def weight(self, name, shape, **options):
        """An initializer of random elements."""
        return self.initializer(name, self.array(shape, **options))

    # Nodes

    def node(self, operator, inputs, outputs, name=None, domain="", **attributes):
        outputs = [outputs] if isinstance(outputs, str) else list(outputs)
        name = f"{operator}_{outputs[0]}" if name is None else name
        self.proto.node.append(
            helper.make_node(operator, list(inputs), outputs, name=name, domain=domain, **attributes)
        )
        return outputs[0]

    def relu(self, x, y):
        return self.node("Relu", [x], y)

    def norm_parameters(self, y, channels, dtypes=None, **given):
        """Adds gamma, beta, mean and variance as initializers; `given` are arrays, or names that exist already."""
        names = []
        for index, kind in enumerate(PARAMETERS):
            value = given.get(kind)
            if isinstance(value, str):
                names.append(value)
                continue
            dtype = (dtypes or {}).get(kind, self.dtype)
            if value is None:
                value = self.parameter(kind, channels)
            names.append(self.initializer(f"{y}_{kind}", np.asarray(value).astype(TYPES[dtype][0])))
        return names

    def parameter(self, kind, channels):
        shape = channels if isinstance(channels, (tuple, list)) else (channels,)
        if kind == "variance":
            return self.random.uniform(0.5, 2, shape)
        if kind == "gamma":
            return self.random.uniform(0.5, 1.5, shape) * self.random.choice([-1, 1], shape)
        return self.random.standard_normal(shape)

    def norm(
        self, x, y, channels, outputs=None, name=None, domain="", attributes=None, epsilon=1e-3, dtypes=None, **given
    ):
        """An inference-mode BatchNormalization by the rules of the graph's opset."""
        parameters = self.norm_parameters(y, channels, dtypes, **given)
        wanted = {} if epsilon is None else {"epsilon": epsilon}
        if self.opset < 7:
            wanted["is_test"] = 1
        if self.opset < 6:
            wanted["consumed_inputs"] = [0, 0, 0, 1, 1]
        wanted.update(attributes or {})
        wanted = {key: value for key, value in wanted.items() if value is not None}
        self.node("BatchNormalization", [x, *parameters], outputs or y, name=name, domain=domain, **wanted)
        return y

    def convolution(self, x, y, weight, bias=None, name=None, transposed=False, **attributes):
        """Conv or ConvTranspose; `bias` is None, the name of a value, or the empty string."""
        inputs = [x, weight] if bias is None else [x, weight, bias]
        return self.node("ConvTranspose" if transposed else "Conv", inputs, y, name=name, **attributes)

    # The whole

    def model(self, ir=8, domains=(), functions=(), **fields):
        """The model; with IR below 4 every initializer is also listed as a graph input."""
        model = onnx.ModelProto(ir_version=ir, producer_name="interoperability", **fields)
        model.opset_import.add(domain="", version=self.opset)
        for domain in domains:
            model.opset_import.add(domain=domain, version=1)
        model.functions.extend(functions)
        model.graph.CopyFrom(self.proto)
        if ir < 4:
            listed = {value.name for value in model.graph.input}
            for tensor in model.graph.initializer:
                if tensor.name not in listed:
                    info = helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims))
                    model.graph.input.append(info)
        return model


def conv_norm(opset=17, dtype="float32", channels=4, bias=True, ir=8, seed=1, typed=False, dtypes=None, **norm):
    """x → Conv → BatchNormalization → y, the model that most tests vary; node names `conv` and `bn`."""
    graph = Graph(opset=opset, dtype=dtype, seed=seed, typed=typed)
    graph.input("x", [2, 3, 6, 6])
    graph.weight("w", [channels, 3, 3, 3])
    if bias:
        graph.weight("b", [channels])
    graph.convolution("x", "c", "w", "b" if bias else None, name="conv")
    graph.norm("c", "y", norm.pop("size", channels), name="bn", dtypes=dtypes, **norm)
    graph.output("y", [2, channels, 4, 4])
    return graph.model(ir=ir)


def find(model, output):
    """The node of the main graph that writes `output`."""
    return next(node for node in model.graph.node if output in node.output)


def tensor(model, name):
    """The elements of an initializer of the main graph."""
    return numpy_helper.to_array(next(t for t in model.graph.initializer if t.name == name))


def replace(model, name, value):
    """Gives an initializer other elements, and another shape or type with them."""
    target = next(t for t in model.graph.initializer if t.name == name)
    target.CopyFrom(numpy_helper.from_array(np.asarray(value), name))
    return model


def operators(model):
    """The operator types of the main graph, in order."""
    return [node.op_type for node in model.graph.node]


def norms(model):
    """The output values of the norms of the main graph."""
    return [node.output[0] for node in model.graph.node if node.op_type == "BatchNormalization"]
