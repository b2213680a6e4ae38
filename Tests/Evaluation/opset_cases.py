"""Models of one node in the forms that operator sets have had, from 1 on, as a table.

A row is an operator, the operator sets whose definition of it the row is a model of, its inputs and its attributes.
None is an input that is left out.
"""

import zlib
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper

FLOAT, FLOAT16, INT32, BOOL = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT32, TensorProto.BOOL

# Inputs: what is not an array is drawn with the case's own generator.


def normal(*shape, dtype=np.float32):
    return lambda random: random.standard_normal(shape).astype(dtype)


def uniform(low, high, *shape):
    return lambda random: random.uniform(low, high, shape).astype(np.float32)


def integers(low, high, *shape, dtype=np.int64):
    return lambda random: random.integers(low, high, shape).astype(dtype)


def booleans(*shape):
    return lambda random: random.integers(0, 2, shape).astype(bool)


def floats(*values):
    return np.array(values, np.float32)


def ints(*values):
    return np.array(values, np.int64)


def scalar(value, dtype=np.int64):
    return np.array(value, dtype)


@dataclass
class OpsetCase:
    """One model: the operator in one operator set."""

    name: str
    operator: str
    opset: int
    inputs: tuple
    outputs: int
    attributes: dict

    def feeds(self):
        """The inputs by name."""
        random = np.random.default_rng(zlib.crc32(self.name.encode()))
        made = [value(random) if callable(value) else value for value in self.inputs]
        return {f"x{index}": value for index, value in enumerate(made) if value is not None}

    def model(self, feeds):
        """The model. The types of its outputs are left out: onnxruntime infers them."""
        names = [f"x{index}" if value is not None else "" for index, value in enumerate(self.inputs)]
        results = [f"y{index}" for index in range(self.outputs)]
        taken = names[:1] if self.operator == "If" else names  # the others are captured by its branches
        node = helper.make_node(self.operator, taken, results, **self.attributes)
        infos = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
            for name, value in feeds.items()
        ]
        graph = helper.make_graph([node], "opset", infos, [onnx.ValueInfoProto(name=name) for name in results])
        opsets = [helper.make_opsetid("", self.opset)]
        version = helper.find_min_ir_version_for(opsets, ignore_unknown=True)
        return helper.make_model(graph, opset_imports=opsets, ir_version=version)


CASES = []


def row(operator, opsets, *inputs, outputs=1, **attributes):
    """Adds a case for each operator set; cases of the same name are numbered."""
    for opset in opsets:
        alike = sum(case.operator == operator and case.opset == opset for case in CASES)
        name = f"{operator}-{opset}" + (f"-{alike + 1}" if alike else "")
        CASES.append(OpsetCase(name, operator, opset, inputs, outputs, attributes))


def branch(operator):
    """A subgraph that applies an operator to the captured value x1."""
    value = helper.make_tensor_value_info("b", FLOAT, [2, 3])
    return helper.make_graph([helper.make_node(operator, ["x1"], ["b"])], operator, [], [value])


BRANCHES = {"then_branch": branch("Softplus"), "else_branch": branch("Softsign")}


# Element by element

for operator in ("Abs", "Ceil", "Exp", "Floor", "Neg", "Sigmoid", "Tanh"):
    row(operator, [6, 13], normal(2, 3, 4))
for operator in ("Log", "Reciprocal", "Sqrt"):
    row(operator, [6, 13], uniform(0.1, 4, 2, 3, 4))
for operator in ("Elu", "Selu", "HardSigmoid"):
    row(operator, [6, 22], normal(3, 4), alpha=0.3)
for operator in ("Softplus", "Softsign"):
    row(operator, [1, 22], normal(3, 4))
for operator in ("Cos", "Sin"):
    row(operator, [7, 22], normal(3, 4))
for operator in ("Erf", "Sign"):
    row(operator, [9, 13], normal(3, 4))
row("Relu", [6, 13, 14], normal(3, 4))
row("LeakyRelu", [6, 16], normal(3, 4), alpha=0.2)
row("HardSwish", [14, 22], normal(3, 4))
row("Mish", [18, 22], normal(3, 4))
row("Celu", [12], normal(3, 4), alpha=0.7)
row("Gelu", [20], normal(3, 4))
row("Gelu", [20], normal(3, 4), approximate="tanh")
row("Round", [11, 22], floats(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.6, -2.4))
row("IsInf", [10, 20], floats(1, np.inf, -np.inf, np.nan), detect_negative=0)
row("IsNaN", [9, 13, 20], floats(1, np.inf, np.nan))
row("Not", [1], booleans(3, 4))
row("Clip", [6], normal(3, 4), min=-0.5, max=0.5)
row("Clip", [6], normal(3, 4), max=0.5)
row("Clip", [11, 12, 13], normal(3, 4), scalar(-0.5, np.float32), None)
row("Clip", [12], integers(-9, 9, 3, 4), scalar(-3), scalar(4))
row("Cast", [6, 9, 13, 19, 21], uniform(-9, 9, 3, 4), to=INT32)
row("Cast", [6, 13], uniform(-9, 9, 3, 4), to=FLOAT16)
row("Cast", [6, 13], integers(-1, 2, 3, 4), to=BOOL)
row("Cast", [9], np.array(["1.5", "-2", "3e2"], object), to=FLOAT)
row("CastLike", [15, 19], uniform(-9, 9, 3, 4), ints(0))
row("Dropout", [7, 10], normal(3, 4), ratio=0.3)  # their mask is not defined
row("Dropout", [12, 13, 22], normal(3, 4), scalar(0.3, np.float32), outputs=2)
row("Identity", [1, 13, 14, 16], normal(3, 4))

# Two values and more

for operator in ("Add", "Sub", "Mul", "Div"):
    row(operator, [7, 13, 14], normal(2, 3, 4), uniform(0.5, 2, 3, 1))
row("Div", [7, 14], integers(-9, 9, 3, 4, dtype=np.int32), np.array([2, -3, 4, 5], np.int32))
row("Mod", [10, 13], integers(-9, 9, 3, 4), ints(2, -3, 4, 5))
row("Mod", [10, 13], normal(3, 4), uniform(0.5, 2, 4), fmod=1)
row("Pow", [7, 12, 13, 15], uniform(0.1, 3, 3, 4), normal(4))
row("Pow", [12, 15], uniform(0.1, 3, 3, 4), integers(-2, 4, 4))
row("PRelu", [7, 9, 16], normal(2, 3, 4), normal(3, 1))
row("Equal", [7, 11, 13, 19], integers(0, 3, 3, 4), integers(0, 3, 4))
for operator in ("Greater", "Less"):
    row(operator, [7, 9, 13], normal(2, 3, 4), normal(3, 1))
for operator in ("GreaterOrEqual", "LessOrEqual"):
    row(operator, [12, 16], integers(0, 5, 2, 3, 4, dtype=np.int32), integers(0, 5, 4, dtype=np.int32))
for operator in ("And", "Or", "Xor"):
    row(operator, [7], booleans(3, 4), booleans(4))
for operator in ("Max", "Mean", "Min", "Sum"):
    row(operator, [6], normal(3, 4), normal(3, 4), normal(3, 4))
    row(operator, [8, 13], normal(3, 4), normal(4), normal(3, 1))
row("Max", [12], integers(-9, 9, 3, 4), integers(-9, 9, 4))
row("Where", [9, 16], booleans(3, 1), normal(3, 4), normal(4))
row("If", [1, 11, 13, 16], scalar(True, bool), normal(2, 3), **BRANCHES)
row("If", [1, 11, 13, 16], scalar(False, bool), normal(2, 3), **BRANCHES)

# Constants

row("Constant", [1, 9, 11, 12, 13], value=helper.make_tensor("", FLOAT, [2, 2], [1, 2, 3, 4]))
row("Constant", [12, 13], value_floats=[1.0, 2.0, 3.0])
row("Constant", [12, 13], value_int=7)
row("ConstantOfShape", [9, 20], ints(2, 3), value=helper.make_tensor("", INT32, [1], [7]))
row("ConstantOfShape", [9], ints(2, 3))
row("Range", [11], scalar(10), scalar(-3), scalar(-4))
row("OneHot", [9, 11], ints(0, 4, 2, 1), scalar(5), floats(-1, 2))
row("OneHot", [11], ints(0, -1, 2, 7), scalar(5), floats(-1, 2), axis=0)
row("Shape", [1, 13], normal(2, 3, 4))
row("Shape", [15], normal(2, 3, 4), start=-2, end=3)
row("Size", [1, 13], normal(2, 3, 4))

# Products

row("Conv", [1, 11], normal(1, 2, 6, 6), normal(3, 2, 3, 3), normal(3), pads=[1, 0, 1, 2], strides=[2, 1])
row("Conv", [1, 11], normal(1, 4, 7), normal(4, 2, 3), group=2, dilations=[2])
row("Conv", [1, 11], normal(1, 2, 8), normal(4, 2, 4), strides=[3], auto_pad="SAME_LOWER")
row("ConvTranspose", [1, 11], normal(1, 2, 4, 4), normal(2, 3, 3, 3), strides=[2, 2], output_padding=[1, 0])
row("ConvTranspose", [1, 11], normal(1, 2, 4, 4), normal(2, 3, 3, 3), strides=[2, 2], output_shape=[8, 7])
row("Gemm", [7, 9, 11, 13], normal(4, 3), normal(5, 4), normal(5), alpha=0.5, beta=2.0, transA=1, transB=1)
row("Gemm", [11, 13], normal(3, 4), normal(4, 5))
row("MatMul", [1, 9, 13], normal(2, 1, 3, 4), normal(5, 4, 2))
row("MatMul", [9], integers(-9, 9, 3, 4, dtype=np.int32), integers(-9, 9, 4, dtype=np.int32))

# Recurrent: X [time, batch, 3] and 4 hidden elements

LENGTHS = np.array([5, 3], np.int32)
row("RNN", [7, 14, 22], normal(5, 2, 3), normal(1, 4, 3), normal(1, 4, 4), normal(1, 8), outputs=2, hidden_size=4)
row("RNN", [7], normal(5, 2, 3), normal(2, 4, 3), normal(2, 4, 4), None, LENGTHS, normal(2, 2, 4), outputs=2,
    hidden_size=4, direction="bidirectional", activations=["Relu", "Tanh"])
row("GRU", [7, 14, 22], normal(5, 2, 3), normal(1, 12, 3), normal(1, 12, 4), normal(1, 24), outputs=2, hidden_size=4)
row("GRU", [7, 14], normal(5, 2, 3), normal(2, 12, 3), normal(2, 12, 4), normal(2, 24), LENGTHS, outputs=2,
    hidden_size=4, linear_before_reset=1, direction="bidirectional")
row("LSTM", [7, 14, 22], normal(5, 2, 3), normal(1, 16, 3), normal(1, 16, 4), normal(1, 32), outputs=3, hidden_size=4,
    direction="reverse")
row("LSTM", [7, 14], normal(5, 2, 3), normal(2, 16, 3), normal(2, 16, 4), None, LENGTHS, normal(2, 2, 4),
    normal(2, 2, 4), normal(2, 12), outputs=3, hidden_size=4, direction="bidirectional")
row("LSTM", [7], normal(5, 2, 3), normal(1, 16, 3), normal(1, 16, 4), outputs=3, hidden_size=4, clip=0.4)

# Windows

row("MaxPool", [1, 8, 10, 11, 12], normal(1, 2, 7, 7), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 0, 0])
row("MaxPool", [8, 11], normal(1, 2, 6, 5), kernel_shape=[2, 2], outputs=2, storage_order=1)
row("MaxPool", [10, 12], normal(1, 2, 8), kernel_shape=[3], dilations=[2], strides=[2], ceil_mode=1)
row("AveragePool", [7, 10, 11], normal(1, 2, 7, 7), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
row("AveragePool", [7, 11], normal(1, 2, 7), kernel_shape=[4], strides=[2], pads=[1, 2], count_include_pad=1)
row("AveragePool", [10, 11], normal(1, 2, 8), kernel_shape=[3], strides=[2], ceil_mode=1)
row("AveragePool", [19], normal(1, 2, 9), kernel_shape=[3], dilations=[2])
for operator in ("GlobalAveragePool", "GlobalMaxPool"):
    row(operator, [1, 22], normal(2, 3, 4, 5))
row("LRN", [1, 13], normal(1, 6, 3, 3), size=3, alpha=0.1, beta=0.6, bias=1.5)

# Norms

row("BatchNormalization", [7], normal(2, 3, 4), *[normal(3)] * 3, uniform(0.5, 2, 3), epsilon=1e-3)
row("BatchNormalization", [7], normal(2, 3, 4), *[normal(3, 4)] * 3, uniform(0.5, 2, 3, 4), spatial=0)
row("BatchNormalization", [9, 14, 15], normal(2, 3, 4), *[normal(3)] * 3, uniform(0.5, 2, 3), momentum=0.5)
row("InstanceNormalization", [6, 22], normal(2, 3, 4, 4), normal(3), normal(3), epsilon=1e-3)
row("LayerNormalization", [17], normal(2, 3, 4), normal(3, 4), normal(3, 4), axis=1)
row("GroupNormalization", [18], normal(2, 4, 3), normal(2), normal(2), num_groups=2)
row("GroupNormalization", [21], normal(2, 4, 3), normal(4), normal(4), num_groups=2)
row("LpNormalization", [1, 22], normal(2, 3, 4), axis=1, p=1)
for operator in ("Softmax", "LogSoftmax"):
    row(operator, [1, 11, 13], normal(2, 3, 4))
    row(operator, [1, 11, 13], normal(2, 3, 4), axis=0)
    row(operator, [11], normal(2, 3, 4, 2), axis=-2)

# Along axes

for operator in ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare"):
    name, values = f"Reduce{operator}", uniform(0.1, 2, 2, 3, 4)
    row(name, [1], values, axes=[0, 2], keepdims=0)
    row(name, [1], values)
    row(name, [11], values, axes=[-1])
    if operator == "Sum":
        row(name, [13], values, ints(-1, 0), keepdims=0)
        row(name, [13], values, noop_with_empty_axes=1)
    else:
        row(name, [13], values, axes=[-2])
        row(name, [18], values, ints(-1, 0), keepdims=0)
for operator in ("ReduceMax", "ReduceMin"):
    row(operator, [12], integers(-9, 9, 3, 4, dtype=np.int8), axes=[1])
    row(operator, [20], booleans(3, 4), ints(1))
for operator in ("ArgMax", "ArgMin"):
    row(operator, [1, 11], integers(0, 4, 3, 5, dtype=np.int32), axis=1, keepdims=0)
    row(operator, [12, 13], integers(0, 4, 3, 5, dtype=np.int32), axis=-1, select_last_index=1)
row("CumSum", [11, 14], normal(3, 4), scalar(1), exclusive=1, reverse=1)
row("TopK", [1], normal(3, 6), k=2, axis=1, outputs=2)
row("TopK", [10], normal(3, 6), ints(2), axis=0, outputs=2)
row("TopK", [11], normal(3, 6), ints(4), axis=-1, largest=0, outputs=2)

# Shapes

row("Reshape", [5, 13], normal(2, 3, 4), ints(0, -1, 2))
row("Reshape", [14], normal(0, 3, 4), ints(3, 4, 0), allowzero=1)
row("Flatten", [1, 9, 11, 13], normal(2, 3, 4), axis=2)
row("Flatten", [1, 9], normal(2, 3, 4), axis=0)
row("Flatten", [11, 13], normal(2, 3, 4), axis=-1)
row("Transpose", [1, 13], normal(2, 3, 4))
row("Transpose", [1, 13], normal(2, 3, 4), perm=[1, 2, 0])
row("Squeeze", [1], normal(1, 3, 1, 4), axes=[0, 2])
row("Squeeze", [1], normal(1, 3, 1, 4))
row("Squeeze", [11], normal(1, 3, 1, 4), axes=[-2])
row("Squeeze", [13], normal(1, 3, 1, 4), ints(-2))
row("Unsqueeze", [1], normal(3, 4), axes=[0, 3])
row("Unsqueeze", [11], normal(3, 4), axes=[-1, 1])
row("Unsqueeze", [13], normal(3, 4), ints(-1, 1))
row("Expand", [8, 13], normal(3, 1), ints(2, 1, 4))
row("Tile", [6, 13], normal(2, 3), ints(2, 3))
row("Concat", [4, 11, 13], normal(2, 3), normal(2, 4), axis=1)
row("Concat", [11], normal(2, 3), normal(1, 3), axis=-2)
row("Split", [2], normal(6, 4), axis=0, split=[1, 2, 3], outputs=3)
row("Split", [2, 11, 13], normal(6, 4), outputs=2)
row("Split", [11], normal(6, 4), axis=-1, split=[1, 3], outputs=2)
row("Split", [13], normal(6, 4), ints(1, 3), axis=-1, outputs=2)
row("Split", [18], normal(7, 4), num_outputs=3, outputs=3)
row("Slice", [1], normal(5, 6, 7), starts=[1, -4], ends=[3, 1000], axes=[0, 2])
row("Slice", [1], normal(5, 6), starts=[1, 2], ends=[-1, 5])
row("Slice", [10], normal(5, 6), ints(-1), ints(-1000), ints(1), ints(-2))
row("Slice", [11, 13], normal(5, 6), np.array([4], np.int32), np.array([0], np.int32), np.array([-2], np.int32),
    np.array([-1], np.int32))
row("Pad", [2], normal(3, 4), pads=[0, 1, 2, 0], value=1.5)
row("Pad", [2], normal(3, 4), pads=[1, 2, 0, 1], mode="reflect")
row("Pad", [2], normal(3, 4), pads=[0, -1, 2, 0], mode="edge")
row("Pad", [11, 13], normal(3, 4), ints(0, 1, 2, 0), scalar(1.5, np.float32))
row("Pad", [18], normal(3, 4), ints(1, 2), None, ints(-1), mode="reflect")
row("Pad", [19], normal(3, 4), ints(1, 2, 0, 1), mode="wrap")
row("DepthToSpace", [1, 11, 13], normal(1, 8, 2, 3), blocksize=2)
row("DepthToSpace", [11, 13], normal(1, 8, 2, 3), blocksize=2, mode="CRD")
row("SpaceToDepth", [1, 13], normal(1, 2, 4, 6), blocksize=2)
row("Trilu", [14], normal(3, 4), scalar(-1), upper=0)

# By index

row("Gather", [1, 11, 13], normal(3, 4), ints(2, 0, 2), axis=1)
row("Gather", [11, 13], normal(3, 4), np.array([[-1, 0]], np.int32))
row("GatherElements", [11, 13], normal(3, 4), integers(-3, 3, 2, 4))
row("GatherND", [11, 13], normal(3, 4), integers(-3, 3, 2, 2))
row("GatherND", [12, 13], normal(3, 4, 2), integers(-4, 4, 3, 1), batch_dims=1)
row("Scatter", [9], normal(3, 4), ints([2, 0, 1, 2]), normal(1, 4))
row("ScatterElements", [11, 13], normal(3, 4), ints([-1, 0, 1, 2]), normal(1, 4))
row("ScatterElements", [16], normal(3, 4), ints([2, 2], [0, 0]), normal(2, 2), axis=1, reduction="add")
row("ScatterElements", [18], normal(3, 4), ints([2, 2], [0, 0]), normal(2, 2), axis=1, reduction="max")
row("ScatterND", [11, 13], normal(3, 4), ints([2], [0]), normal(2, 4))
row("ScatterND", [16], normal(3, 4), ints([2], [2]), normal(2, 4), reduction="mul")
row("ScatterND", [18], normal(3, 4), ints([2], [2]), normal(2, 4), reduction="min")
row("NonZero", [9, 13], integers(0, 2, 3, 4))
BOXES = np.array([[[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 2, 1, 3], [0, 2.1, 1, 3.2]]], np.float32)
row("NonMaxSuppression", [10, 11], BOXES, uniform(0, 1, 1, 2, 4), scalar(3), scalar(0.5, np.float32),
    scalar(0.1, np.float32))
row("NonMaxSuppression", [10, 11], BOXES, uniform(0, 1, 1, 2, 4), scalar(3), scalar(0.5, np.float32),
    center_point_box=1)

# Resampling

row("Upsample", [7], normal(1, 2, 3, 4), scales=[1.0, 1.0, 2.0, 3.0])
row("Upsample", [7], normal(1, 2, 3, 4), scales=[1.0, 1.0, 2.0, 2.0], mode="linear")
row("Upsample", [9], normal(1, 2, 3, 4), floats(1, 1, 2, 3))
row("Upsample", [9], normal(1, 2, 3, 4), floats(1, 1, 2, 2), mode="linear")
row("Resize", [10], normal(1, 2, 4, 4), floats(1, 1, 0.5, 2))
row("Resize", [10], normal(1, 2, 4, 4), floats(1, 1, 0.6, 1.5), mode="linear")
row("Resize", [11], normal(1, 1, 4, 4), floats(), floats(1, 1, 2, 1.5))
row("Resize", [13], normal(1, 1, 4, 4), None, floats(1, 1, 2, 1.5))
row("Resize", [11], normal(1, 1, 4, 4), floats(), floats(), ints(1, 1, 7, 5), mode="linear")
row("Resize", [13], normal(1, 1, 4, 4), None, None, ints(1, 1, 7, 5), mode="linear")
row("Resize", [11], normal(1, 1, 4, 4), floats(), floats(1, 1, 2, 2), mode="cubic", cubic_coeff_a=-0.5)
row("Resize", [11], normal(1, 1, 4, 4), floats(), floats(), ints(1, 1, 7, 3), mode="linear",
    coordinate_transformation_mode="align_corners")
row("Resize", [11], normal(1, 1, 4, 4), floats(), floats(1, 1, 1.7, 0.6), nearest_mode="floor",
    coordinate_transformation_mode="asymmetric")
row("Resize", [18], normal(1, 1, 8, 8), None, None, ints(4, 5), mode="linear", axes=[2, 3], antialias=1)
row("Resize", [19], normal(1, 1, 4, 6), None, None, ints(8, 9), axes=[2, 3],
    keep_aspect_ratio_policy="not_larger")

# Quantization

ZERO = scalar(100, np.uint8)
row("QuantizeLinear", [10, 13, 19], normal(3, 4), scalar(0.05, np.float32), ZERO)
row("QuantizeLinear", [13, 19, 21], normal(3, 4), uniform(0.01, 0.1, 3), np.zeros(3, np.int8), axis=0)
row("QuantizeLinear", [21], normal(3, 4), uniform(0.01, 0.1, 3, 2), np.zeros((3, 2), np.int8), axis=1, block_size=2)
row("DequantizeLinear", [10, 13, 19], integers(0, 256, 3, 4, dtype=np.uint8), scalar(0.05, np.float32), ZERO)
row("DequantizeLinear", [13, 19, 21], integers(-128, 128, 3, 4, dtype=np.int8), uniform(0.01, 0.1, 3), axis=0)
row("DequantizeLinear", [21], integers(-128, 128, 3, 4, dtype=np.int8), uniform(0.01, 0.1, 3, 2), axis=1, block_size=2)
