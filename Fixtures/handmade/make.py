"""Writes the small models of this folder, and `expected.json`: what must become of each of their norms.

    python make.py [FOLDER]        # needs onnx and numpy; the same bytes on every run

Each function makes one model, named like the function. Its decorator says what is expected: a number of norms that
fold, and for each norm that does not, its output value and the code of the decline.
"""

import json
import pathlib
import sys
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, FLOAT16, BFLOAT16, DOUBLE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE
MODELS = {}


def model(folded=0, **declined):
    def register(function):
        expected = {"batchNorms": folded + len(declined), "folded": folded}
        expected["declined"] = {value: code.replace("_", "-") for value, code in declined.items()}
        MODELS[function.__name__] = (function, expected)
        return function

    return register


class Net:
    """Collects the parts of one graph. A method that adds a node returns the name of its output."""

    def __init__(self, name, opset=17, ir=8, kind=FLOAT):
        self.name, self.opset, self.ir, self.kind = name, opset, ir, kind
        # RandomState's numbers are promised to stay the same in all versions of numpy.
        self.random = np.random.RandomState(zlib.crc32(name.encode()))
        self.nodes, self.inputs, self.outputs, self.initializers, self.functions = [], [], [], [], []
        self.domains = {"": opset}

    def input(self, name, shape, kind=None):
        self.inputs.append(helper.make_tensor_value_info(name, kind or self.kind, shape))
        return name

    def output(self, name, shape, kind=None):
        self.outputs.append(helper.make_tensor_value_info(name, kind or self.kind, shape))

    def normal(self, *shape):
        return self.random.standard_normal(shape)

    def tensor(self, name, values, kind=None):
        return tensor(name, values, kind or self.kind)

    def constant(self, name, values, kind=None):
        self.initializers.append(self.tensor(name, values, kind))
        return name

    def node(self, op, inputs, output, **attributes):
        """Adds a node whose name is its output's and its operator's: 'y' of a Conv comes from 'y/Conv'."""
        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(helper.make_node(op, inputs, outputs, name=f"{outputs[0]}/{op}", **attributes))
        return outputs[0]

    def conv(self, x, output, weight, bias=True, op="Conv", channels=None, **attributes):
        """`weight` is a shape, or the name of a weight that exists."""
        if not isinstance(weight, str):
            channels = weight[0] if op == "Conv" else weight[1] * attributes.get("group", 1)
            weight = self.constant(f"{output}.weight", self.normal(*weight))
        inputs = [x, weight] + ([self.constant(f"{output}.bias", self.normal(channels))] if bias else [])
        return self.node(op, inputs, output, **attributes)

    def norm(self, x, output, channels, kind=None, shape=None, op="BatchNormalization", **attributes):
        return self.node(op, [x, *self.norm_constants(output, shape or (channels,), kind)], output, **attributes)

    def norm_constants(self, output, shape, kind=None):
        return [self.constant(f"{output}.{name}", values, kind) for name, values in self.norm_values(*shape).items()]

    def norm_values(self, *shape):
        gamma = self.random.uniform(0.5, 1.5, shape) * self.random.choice([-1, 1, 1, 1], shape)
        return {
            "gamma": gamma, "beta": self.normal(*shape), "mean": self.normal(*shape),
            "variance": self.random.uniform(0.05, 2, shape),
        }

    def graph(self):
        inputs = list(self.inputs)
        if self.ir < 4:
            # Below IR 4 every initializer is an input too.
            inputs += [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in self.initializers]
        return helper.make_graph(self.nodes, self.name, inputs, self.outputs, self.initializers)

    def model(self):
        imports = [helper.make_opsetid(domain, version) for domain, version in self.domains.items()]
        return helper.make_model(
            self.graph(), producer_name="bnfuse-fixtures", ir_version=self.ir, opset_imports=imports,
            functions=self.functions,
        )


def tensor(name, values, kind=FLOAT):
    values = np.asarray(values)
    if kind == BFLOAT16:
        bits = values.astype(np.float32).view(np.uint32) >> 16  # cut off, not rounded: any bits will do
        return helper.make_tensor(name, BFLOAT16, values.shape, bits.astype("<u2").tobytes(), raw=True)
    return numpy_helper.from_array(values.astype(helper.tensor_dtype_to_np_dtype(kind)), name)


# Operators and layouts


@model(folded=1)
def conv_bn(net):
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (5, 3, 3, 3), pads=[1, 1, 1, 1])
    net.norm("c", "y", 5)
    net.output("y", ["N", 5, 8, 8])


@model(folded=1)
def conv1d_nobias(net):
    net.input("x", ["N", 3, 16])
    net.conv("x", "c", (4, 3, 5), bias=False, strides=[2])
    net.norm("c", "y", 4, epsilon=1e-3)
    net.output("y", ["N", 4, 6])


@model(folded=1)
def conv3d_grouped(net):
    net.input("x", [1, 4, 5, 5, 5])
    net.conv("x", "c", (6, 2, 3, 3, 3), group=2)
    net.norm("c", "y", 6)
    net.output("y", [1, 6, 3, 3, 3])


@model(folded=1)
def depthwise(net):
    net.input("x", ["N", 6, 8, 8])
    net.conv("x", "c", (6, 1, 3, 3), bias=False, group=6, auto_pad="SAME_UPPER")
    net.norm("c", "y", 6)
    net.output("y", ["N", 6, 8, 8])


@model(folded=1)
def convtranspose_grouped(net):
    net.input("x", ["N", 4, 5, 5])
    net.conv("x", "c", (4, 3, 2, 2), op="ConvTranspose", group=2, strides=[2, 2])
    net.norm("c", "y", 6)
    net.output("y", ["N", 6, 10, 10])


@model(folded=1)
def convtranspose_add_bn(net):
    net.input("x", ["N", 4, 5, 5])
    net.conv("x", "c", (4, 3, 2, 2), bias=False, op="ConvTranspose", strides=[2, 2])
    net.node("Add", ["c", net.constant("shift", net.normal(1, 3, 1, 1))], "a")
    net.norm("a", "y", 3)
    net.output("y", ["N", 3, 10, 10])


@model(folded=1)
def gemm_full(net):
    net.input("x", [7, 5])
    inputs = ["x", net.constant("weight", net.normal(4, 7)), net.constant("bias", net.normal(5, 4))]
    net.node("Gemm", inputs, "g", alpha=0.75, beta=-1.5, transA=1, transB=1)
    net.norm("g", "y", 4)
    net.output("y", [5, 4])


@model(folded=1)
def gemm_nobias(net):
    net.input("x", ["N", 7])
    net.node("Gemm", ["x", net.constant("weight", net.normal(7, 4))], "g")
    net.norm("g", "y", 4)
    net.output("y", ["N", 4])


@model(folded=1)
def matmul_bn(net):
    net.input("x", ["N", 7])
    net.node("MatMul", ["x", net.constant("weight", net.normal(7, 4))], "m")
    net.norm("m", "y", 4)
    net.output("y", ["N", 4])


@model(folded=1)
def matmul_add_bn(net):
    net.input("x", ["N", 7])
    net.node("MatMul", ["x", net.constant("weight", net.normal(7, 4))], "m")
    net.node("Add", [net.constant("bias", net.normal(4)), "m"], "a")
    net.norm("a", "y", 4)
    net.output("y", ["N", 4])


@model(folded=1)
def matmul_left_bn(net):
    net.input("x", ["N", 7, 9])
    net.node("MatMul", [net.constant("weight", net.normal(4, 7)), "x"], "m")
    net.norm("m", "y", 4)
    net.output("y", ["N", 4, 9])


# What surrounds a norm


@model(folded=3)
def chain(net):
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (4, 3, 1, 1))
    net.norm("c", "first", 4)
    net.node("Identity", ["first"], "same")
    net.norm("same", "second", 4)
    net.node("Dropout", ["second"], "kept")
    net.norm("kept", "y", 4)
    net.output("y", ["N", 4, 8, 8])


@model(folded=2)
def shared_weight(net):
    # The third reader has no norm: the weight must stay for it as it is.
    net.input("x", ["N", 3, 8, 8])
    net.constant("weight", net.normal(3, 3, 3, 3))
    for branch in ("a", "b"):
        net.conv("x", f"{branch}.conv", "weight", bias=branch == "b", channels=3)
        net.norm(f"{branch}.conv", branch, 3)
    net.conv("x", "c", "weight", bias=False)
    net.node("Sum", ["a", "b", "c"], "y")
    net.output("y", ["N", 3, 6, 6])


@model(y="activation_shared")
def two_readers(net):
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3))
    net.norm("c", "y", 4)
    net.node("Relu", ["c"], "z")
    net.output("y", ["N", 4, 6, 6])
    net.output("z", ["N", 4, 6, 6])


@model(y="activation_is_output")
def output_read(net):
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3))
    net.norm("c", "y", 4)
    net.output("c", ["N", 4, 6, 6])
    net.output("y", ["N", 4, 6, 6])


@model(folded=2)
def if_bodies(net):
    net.input("x", ["N", 3, 8, 8])
    net.input("flag", [], TensorProto.BOOL)
    own, outer = Net("own_weights"), Net("outer_weights")
    own.conv("x", "own.conv", (4, 3, 3, 3))
    own.norm("own.conv", "own.y", 4)
    own.output("own.y", ["N", 4, 6, 6])
    outer.conv("x", "outer.conv", net.constant("outer.weight", net.normal(4, 3, 3, 3)), bias=False)
    outer.node("BatchNormalization", ["outer.conv", *net.norm_constants("outer.y", (4,))], "outer.y")
    outer.output("outer.y", ["N", 4, 6, 6])
    net.node("If", ["flag"], "y", then_branch=own.graph(), else_branch=outer.graph())
    net.output("y", ["N", 4, 6, 6])


@model(folded=1)
def loop_body(net):
    net.input("x", ["N", 3, 8])
    body = Net("body")
    body.input("turn", [], TensorProto.INT64)
    body.input("going", [], TensorProto.BOOL)
    body.input("state", ["N", 3, 8])
    body.conv("state", "c", (3, 3, 3), pads=[1, 1])
    body.norm("c", "next", 3)
    body.node("Identity", ["going"], "still_going")
    body.output("still_going", [], TensorProto.BOOL)
    body.output("next", ["N", 3, 8])
    turns = net.constant("turns", np.array(2), TensorProto.INT64)
    net.node("Loop", [turns, "", "x"], "y", body=body.graph())
    net.output("y", ["N", 3, 8])


@model(folded=1)
def scan_body(net):
    net.input("x", ["T", 2, 3, 8])
    body = Net("body")
    body.input("now", [2, 3, 8])
    body.conv("now", "c", (4, 3, 3), bias=False)
    body.norm("c", "normed", 4)
    body.output("normed", [2, 4, 6])
    net.node("Scan", ["x"], "y", body=body.graph(), num_scan_inputs=1)
    net.output("y", ["T", 2, 4, 6])


# Where constants come from


@model(folded=1)
def constants_in_nodes(net):
    net.input("x", ["N", 3, 8, 8])
    for name, values in {"weight": net.normal(4, 3, 3, 3), "bias": net.normal(4)}.items():
        net.node("Constant", [], name, value=net.tensor(name, values))
    values = net.norm_values(4)
    net.node("Constant", [], "gamma", value_floats=[float(v) for v in values["gamma"].astype(np.float32)])
    for name in ("beta", "mean", "variance"):
        net.node("Constant", [], name, value=net.tensor("", values[name]))
    net.node("Identity", ["mean"], "same_mean")
    net.node("Identity", ["weight"], "same_weight")
    net.node("Conv", ["x", "same_weight", "bias"], "c")
    net.node("BatchNormalization", ["c", "gamma", "beta", "same_mean", "variance"], "y")
    net.output("y", ["N", 4, 6, 6])


@model(folded=1)
def constant_of_shape(net):
    net.input("x", ["N", 3, 8, 8])
    for name, shape, value in [("weight", (4, 3, 3, 3), 0.02), ("variance", (4,), 0.5), ("mean", (4,), None)]:
        given = {} if value is None else {"value": net.tensor("", [value])}
        net.node("ConstantOfShape", [net.constant(f"{name}.shape", shape, TensorProto.INT64)], name, **given)
    values = net.norm_values(4)
    gamma, beta = net.constant("gamma", values["gamma"]), net.constant("beta", values["beta"])
    net.conv("x", "c", "weight", bias=False)
    net.node("BatchNormalization", ["c", gamma, beta, "mean", "variance"], "y")
    net.output("y", ["N", 4, 6, 6])


@model(folded=1)
def external(net):
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3))
    net.norm("c", "r", 4)
    net.node("Relu", ["r"], "n")
    net.conv("n", "y", (2, 4, 3, 3))
    net.output("y", ["N", 2, 4, 4])


@model(folded=1)
def ir3(net):
    net.opset, net.ir, net.domains = 8, 3, {"": 8}
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3))
    net.norm("c", "y", 4)
    net.output("y", ["N", 4, 6, 6])


@model(y="overridable_initializer")
def overridable(net):
    net.input("x", ["N", 3, 8, 8])
    net.input("c.weight", [4, 3, 3, 3])
    net.conv("x", "c", (4, 3, 3, 3))
    net.norm("c", "y", 4)
    net.output("y", ["N", 4, 6, 6])


@model(folded=1)
def sparse_initializer(net):
    # The fold has nothing to do with it; it must come through.
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3))
    net.norm("c", "n", 4)
    net.node("Mul", ["n", "sparse"], "y")
    net.output("y", ["N", 4, 6, 6])


def finish_sparse_initializer(made, folder):
    values = tensor("sparse", [1.5, -2.0, 0.25])
    indices = numpy_helper.from_array(np.array([1, 8, 35], np.int64))
    made.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [6, 6]))


@model(folded=1)
def sparse_weight(net):
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", "sparse", bias=False)
    net.norm("c", "y", 4)
    net.output("y", ["N", 4, 6, 6])


def finish_sparse_weight(made, folder):
    values = tensor("sparse", [1.5, -2.0, 0.25])
    indices = numpy_helper.from_array(np.array([1, 40, 107], np.int64))
    made.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4, 3, 3, 3]))


# Element types and storage


def conv_of(net, kind):
    net.kind = kind
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3))
    net.norm("c", "y", 4)
    net.output("y", ["N", 4, 6, 6])


@model(folded=1)
def float16(net):
    conv_of(net, FLOAT16)


@model(folded=1)
def bfloat16(net):
    # From opset 22 on, Conv has bfloat16.
    net.opset, net.ir, net.domains = 22, 10, {"": 22}
    conv_of(net, BFLOAT16)


@model(folded=1)
def float64(net):
    conv_of(net, DOUBLE)


@model(folded=2)
def mixed_types(net):
    net.opset, net.domains = 15, {"": 15}
    net.kind = FLOAT16
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "a", (4, 3, 3, 3))
    net.norm("a", "b", 4, kind=FLOAT)
    net.conv("b", "c", (3, 4, 3, 3), bias=False)
    values = net.norm_values(3)
    kinds = {"gamma": FLOAT16, "beta": FLOAT16, "mean": FLOAT, "variance": FLOAT}
    parameters = [net.constant(f"y.{name}", values[name], kind) for name, kind in kinds.items()]
    net.node("BatchNormalization", ["c", *parameters], "y")
    net.output("y", ["N", 3, 4, 4])


@model(folded=3)
def typed_storage(net):
    for kind, name in ((FLOAT, "single"), (FLOAT16, "half"), (DOUBLE, "double")):
        net.kind = kind
        net.input(f"{name}.x", ["N", 2, 6, 6])
        net.conv(f"{name}.x", f"{name}.c", (3, 2, 3, 3))
        net.norm(f"{name}.c", f"{name}.y", 3)
        net.output(f"{name}.y", ["N", 3, 4, 4])


def finish_typed_storage(made, folder):
    for stored in made.graph.initializer:
        values = numpy_helper.to_array(stored)
        stored.CopyFrom(helper.make_tensor(stored.name, stored.data_type, values.shape, values.ravel()))
        assert not stored.raw_data


@model(y="overflows_storage")
def overflow_float16(net):
    # Scale 400 and weights up to 200: with inputs below 0.1 the outputs are finite, but a folded weight is not.
    net.kind = FLOAT16
    net.input("x", ["N", 3, 8, 8])
    net.constant("c.weight", net.random.uniform(-200, 200, (4, 3, 1, 1)))
    net.conv("x", "c", "c.weight", bias=False)
    parameters = {"gamma": 4.0, "beta": 0.5, "mean": 0.0, "variance": 1e-4}
    inputs = [net.constant(f"y.{name}", np.full(4, value)) for name, value in parameters.items()]
    net.node("BatchNormalization", ["c", *inputs], "y", epsilon=1e-8)
    net.output("y", ["N", 4, 8, 8])


# Opsets and modes


@model(folded=1)
def opset1(net):
    old_conv_bn(net, 1, is_test=1, consumed_inputs=[0, 0, 0, 1, 1], spatial=1)


@model(folded=1)
def opset6_test(net):
    old_conv_bn(net, 6, is_test=1)


@model(y="training_mode")
def opset6_training(net):
    old_conv_bn(net, 6)


@model(y="non_spatial")
def opset7_spatial0(net):
    old_conv_bn(net, 7, shape=(4, 6, 6), spatial=0)


@model(folded=1)
def opset9(net):
    old_conv_bn(net, 9, ir=4, momentum=0.75)


def old_conv_bn(net, opset, ir=3, shape=(4,), **attributes):
    net.opset, net.ir, net.domains = opset, ir, {"": opset}
    net.input("x", [2, 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3), kernel_shape=[3, 3])
    net.norm("c", "y", 4, shape=shape, **attributes)
    net.output("y", [2, 4, 6, 6])


@model(y="training_mode")
def training_mode(net):
    net.input("x", [2, 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3))
    inputs = ["c", *net.norm_constants("y", (4,))]
    net.node("BatchNormalization", inputs, ["y", "new_mean", "new_variance"], training_mode=1)
    net.output("y", [2, 4, 6, 6])


@model(y="invalid_variance")
def negative_variance(net):
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3))
    values = net.norm_values(4)
    values["variance"][2] = -0.5
    net.node("BatchNormalization", ["c", *[net.constant(f"y.{k}", v) for k, v in values.items()]], "y")
    net.output("y", ["N", 4, 6, 6])


# What must come through


@model(folded=1)
def unknown_fields(net):
    conv_relu_conv(net)


def finish_unknown_fields(made, folder):
    # Field 1999 as text, field 2000 as a number; the parser keeps what it does not know.
    note, number = b"\xfa\x7c\x07unknown", b"\x80\x7d\x2a"
    for place in (made, made.graph, *made.graph.node, *made.graph.initializer, *made.graph.input, *made.opset_import):
        place.MergeFromString(note + number)
    assert made.SerializeToString().count(note) == 4 + len(made.graph.node) + len(made.graph.initializer)


@model(folded=1)
def metadata(net):
    net.opset, net.ir, net.domains = 21, 10, {"": 21}
    conv_relu_conv(net)
    net.constant("step", 0.05)
    net.constant("zero", 0, TensorProto.INT8)


def finish_metadata(made, folder):
    graph = made.graph
    shapes = {"c": ["N", 4, 6, 6], "n": ["N", 4, 6, 6], "r": ["N", 4, 6, 6]}
    graph.value_info.extend(helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in shapes.items())
    for name in ("x", "c", "n", "r", "y"):
        note = graph.quantization_annotation.add(tensor_name=name)
        note.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="step")
        note.quant_parameter_tensor_names.add(key="ZERO_POINT_TENSOR", value="zero")
    made.domain, made.model_version = "com.example.nets", 7
    messages = [made, graph, *graph.node, *graph.initializer, *graph.input, *graph.output, *graph.value_info]
    for message in messages:
        name = getattr(message, "name", "model")
        message.doc_string = f"What '{name}' is for."
        message.metadata_props.add(key="origin", value=f"fixture {name}")
        message.metadata_props.add(key="empty", value="")


def conv_relu_conv(net):
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3))
    net.norm("c", "n", 4)
    net.node("Relu", ["n"], "r")
    net.conv("r", "y", (2, 4, 3, 3))
    net.output("y", ["N", 2, 4, 4])


@model(normed="function_parameter")
def local_function(net):
    net.input("x", ["N", 3, 8, 8])
    parameters = ["gamma", "beta", "mean", "variance"]
    body = [
        helper.make_node("Conv", ["data", "weight"], ["convolved"]),
        helper.make_node("BatchNormalization", ["convolved", *parameters], ["normed"]),
    ]
    imports = [helper.make_opsetid("", 17)]
    inputs = ["data", "weight", *parameters]
    net.functions.append(helper.make_function("com.example.blocks", "ConvNorm", inputs, ["normed"], body, imports))
    net.domains["com.example.blocks"] = 1
    weight = net.constant("w", net.normal(4, 3, 3, 3))
    net.node("ConvNorm", ["x", weight, *net.norm_constants("y", (4,))], "y", domain="com.example.blocks")
    net.output("y", ["N", 4, 6, 6])


@model(y="foreign_domain")
def foreign_domain(net):
    net.input("x", ["N", 3, 8, 8])
    net.conv("x", "c", (4, 3, 3, 3))
    net.norm("c", "y", 4, domain="com.example")
    net.domains["com.example"] = 1
    net.output("y", ["N", 4, 6, 6])


@model(folded=1)
def unicode_names(net):
    net.input("画像 入力", ["N", 3, 8, 8])
    net.conv("画像 入力", "畳み込み/ß", (4, 3, 3, 3))
    net.norm("畳み込み/ß", "Ausgabe 🙂 é", 4)
    net.output("Ausgabe 🙂 é", ["N", 4, 6, 6])


FINISH = {name.removeprefix("finish_"): value for name, value in globals().items() if name.startswith("finish_")}


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, (function, _) in MODELS.items():
        net = Net(name)
        function(net)
        made = net.model()
        if name in FINISH:
            FINISH[name](made, folder)
        if name == "external":
            data = folder / "external.data"
            data.unlink(missing_ok=True)  # onnx would append to it
            onnx.save(
                made, folder / "external.onnx", save_as_external_data=True, location=data.name, size_threshold=0
            )
        else:
            (folder / f"{name}.onnx").write_bytes(made.SerializeToString(deterministic=True))
    lines = [f"  {json.dumps(name)}: {json.dumps(expected)}" for name, (_, expected) in sorted(MODELS.items())]
    (folder / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
