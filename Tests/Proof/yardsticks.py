"""What a mutation moves, and the yardsticks that it is judged by, found apart from the check's own report.

The yardsticks follow Documentation/evaluation.md. Of the program they take one thing: how far it is off in its own
types from itself in float64, value by value and channel by channel, which no other program's rounding can tell.
"""

import copy

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from checking import run_on_records, saved

FEWEST_ELEMENTS = 32
TELLING_ELEMENTS = 1024
RECENT_VALUES = 9
EPSILON = 2.0 ** -23


def session(model):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def channel_maxima(array, channels):
    """The largest magnitude of each channel, the second axis, or of all elements where they count as one."""
    rows = array.reshape(1, -1) if channels == 1 else np.moveaxis(array, 1, 0).reshape(channels, -1)
    return np.abs(rows).max(axis=1)


def channels_of(array):
    """How many channels a value is judged by."""
    return array.shape[1] if array.size // array.shape[1] >= FEWEST_ELEMENTS else 1


def with_all_values(model, names):
    """The model with further outputs, without what it says of them."""
    exposed = onnx.ModelProto.FromString(model.SerializeToString())
    given = {output.name for output in exposed.graph.output}
    exposed.graph.output.extend(
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names if name not in given)
    return exposed


def activations(model, inputs):
    """Every value of the main graph on recorded inputs, by onnxruntime."""
    names = [name for node in model.graph.node for name in node.output]
    exposed = with_all_values(model, names)
    del exposed.graph.output[:]
    booleans = {node.output[0] for node in model.graph.node if node.op_type == "Greater"}
    exposed.graph.output.extend(
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names if name not in booleans)
    running = session(exposed)
    found = running.run(None, inputs)
    return {**inputs, **{output.name: array for output, array in zip(exposed.graph.output, found)}}


def own_errors(original, values, names, folder):
    """By how much the program's own types are off, for each channel of each of the named values.

    Each channel becomes an output of its own.
    """
    exposed = with_all_values(original, [])
    places = {}
    for name in names:
        channels = channels_of(values[name])
        for channel in range(channels):
            output = f"{name}.channel{channel}"
            places[output] = name, channel
            if channels == 1:
                exposed.graph.node.append(helper.make_node("Identity", [name], [output]))
            else:
                index = numpy_helper.from_array(np.array([channel]), f"{output}.index")
                exposed.graph.initializer.append(index)
                exposed.graph.node.append(helper.make_node("Gather", [name, index.name], [output], axis=1))
            exposed.graph.output.append(helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None))
    errors = {name: np.zeros(channels_of(values[name])) for name in names}
    for output in run_on_records(saved(exposed, folder / "channels.onnx"), folder / "recorded", exposed, session):
        if output["name"] in places and output["precision"] == "float64":
            name, channel = places[output["name"]]
            errors[name][channel] = output["ownRounding"]
    return errors


def yardsticks(values, errors):
    """The yardstick of each channel of the folds' values, which are given in their order."""
    result, recent = {}, []
    for name, error in errors.items():
        magnitude = channel_maxima(values[name].astype(np.float64), error.size)
        is_telling = magnitude > 0
        typical = np.sqrt(np.mean((error[is_telling] / magnitude[is_telling]) ** 2)) if is_telling.any() else 0.0
        recent = recent[1 - RECENT_VALUES:] + [typical]
        expected = typical if values[name].size >= TELLING_ELEMENTS else max(recent)
        result[name] = np.maximum.reduce([error, expected * magnitude, EPSILON * magnitude])
    return result


class Mover:
    """By how much the channels of one fused operator's output move when its parameters are others.

    The operator is linear: what it makes of the difference of both parameters is the difference of what it makes,
    and single precision is then enough.
    """

    def __init__(self, operator, opset):
        nodes = [copy.deepcopy(node) for node in operator.nodes]
        nodes[0].input[:2] = ["x", "w"]
        if len(nodes) == 1:
            nodes[0].input[2] = "b"
        else:
            nodes[0].output[0] = nodes[1].input[0] = "p"
            nodes[1].input[1] = "b"
        nodes[-1].output[0] = "y"
        kind = onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            nodes, "one", [helper.make_tensor_value_info(name, kind, None) for name in "xwb"],
            [helper.make_tensor_value_info("y", kind, None)])
        self.session = session(helper.make_model(graph, opset_imports=opset, ir_version=8))
        self.right = operator

    def movement(self, operator, activation):
        weight, bias = operator.weight - self.right.weight, operator.bias - self.right.bias
        moved = self.session.run(None, {"x": activation, "w": weight, "b": bias})[0]
        return channel_maxima(moved, channels_of(moved))
