"""Runs models with onnxruntime, its own optimizations off, and compares what they compute."""

import numpy as np
import onnx
import onnxruntime
from onnx import TypeProto, helper

from graphs import is_a

# What has no size in the model gets this one, unless the caller says better.
SIZE = 2


def inputs(model, shapes=None, values=None, seed=7):
    """Seeded random contents for the inputs that a caller must give."""
    random = np.random.default_rng(seed)
    stored = {tensor.name for tensor in model.graph.initializer}
    feeds = {}
    for value in model.graph.input:
        if value.name in stored:
            continue
        kind = helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
        sizes = [d.dim_value or SIZE for d in value.type.tensor_type.shape.dim]
        sizes = (shapes or {}).get(value.name, sizes)
        drawn = random.standard_normal(sizes)
        feeds[value.name] = np.array((values or {}).get(value.name, drawn > 0 if kind == bool else drawn)).astype(kind)
    return feeds


def norm_outputs(model):
    """The values that the norms of the main graph write."""
    return [node.output[0] for node in model.graph.node if is_a(node, "BatchNormalization")]


def run(model, feeds, also=()):
    """The model's outputs and the values named in `also`, by name."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    kinds = {value.name: value.type.tensor_type.elem_type for value in copy.graph.output}
    kind = next(iter(kinds.values()))
    for name in also:
        if name not in kinds:
            tensor = TypeProto(tensor_type=TypeProto.Tensor(elem_type=kind))
            copy.graph.output.append(onnx.ValueInfoProto(name=name, type=tensor))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(copy.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds)))


def deviation(before, after, scale=None):
    """The largest difference, relative to `scale`, or else to the range of the values.

    Where the values are all alike their range says nothing, and their size is taken.
    """
    assert before.shape == after.shape and before.dtype == after.dtype
    before, after = before.astype(np.float64), after.astype(np.float64)
    if before.size == 0:
        return 0.0
    assert np.isfinite(before).all() and np.isfinite(after).all(), "a value is not finite"
    if scale is None:
        spread, size = np.ptp(before), np.abs(before).max()
        scale = spread if spread > 1e-3 * size else size
    difference = np.abs(after - before).max()
    return float(difference / scale) if scale > 0 else float(difference > 0)
