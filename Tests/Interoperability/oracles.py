"""Runs original and fused models with several evaluators and compares what comes out.

An evaluator counts only where it runs the original and agrees there with this suite's own float64 evaluation, or, for
operators which that lacks, with another evaluator: all of them are wrong somewhere.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from numeric import Evaluator, Unsupported
from tracing import OWN, attributes_of, scopes

DIGITS = {TensorProto.FLOAT: 24, TensorProto.DOUBLE: 53, TensorProto.FLOAT16: 11, TensorProto.BFLOAT16: 8}


def session_options():
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return options


def with_onnxruntime(model, feeds):
    """Outputs by onnxruntime without its own optimizations; `model` is a message, or a path for external data."""
    source = model if isinstance(model, str) else model.SerializeToString()
    session = onnxruntime.InferenceSession(source, session_options(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def with_reference(model, feeds):
    return ReferenceEvaluator(model).run(None, feeds)


def with_own(model, feeds):
    return Evaluator(model).run(feeds)


ORACLES = {"own": with_own, "onnxruntime": with_onnxruntime, "reference": with_reference}


def feeds_for(model, seed=0, sizes=None):
    """Random inputs for every graph input without an initializer; unknown sizes are 2, or as in `sizes`."""
    random = np.random.default_rng(seed)
    given = {tensor.name for tensor in model.graph.initializer}
    feeds = {}
    for value in model.graph.input:
        if value.name in given:
            continue
        tensor = value.type.tensor_type
        shape = [
            d.dim_value if d.HasField("dim_value") else (sizes or {}).get(d.dim_param, 2) for d in tensor.shape.dim
        ]
        dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        if dtype.kind in "iub":
            feeds[value.name] = np.ones(shape, dtype)
        else:
            feeds[value.name] = random.uniform(-1, 1, shape).astype(dtype)
    return feeds


def digits_of(model):
    """The significand of the coarsest floating-point type that the model computes in."""
    used = {value.type.tensor_type.elem_type for value in [*model.graph.input, *model.graph.output]}
    used |= {tensor.data_type for tensor in model.graph.initializer}
    return min((DIGITS[t] for t in used if t in DIGITS), default=24)


def deviation(expected, actual):
    """The largest difference, relative to the largest expected magnitude (at least 1); NaN equals NaN.

    Infinite if the shapes differ.
    """
    expected, actual = np.asarray(expected), np.asarray(actual)
    if expected.shape != actual.shape:
        return np.inf
    if expected.dtype.kind in "iub":
        return float(np.any(expected != actual))
    expected, actual = expected.astype(np.float64), actual.astype(np.float64)
    same = (expected == actual) | (np.isnan(expected) & np.isnan(actual))
    if same.all():
        return 0.0
    finite = np.abs(expected[np.isfinite(expected)])
    with np.errstate(all="ignore"):
        difference = np.abs(expected - actual)[~same].max() / max(1.0, finite.max(initial=0))
    return float(difference) if np.isfinite(difference) else np.inf


def worst(expected, actual):
    assert len(expected) == len(actual)
    return max((deviation(e, a) for e, a in zip(expected, actual)), default=0.0)


def known_wrong(name, model):
    """Whether an oracle has a known defect on the model.

    The reference evaluator of onnx 1.23 adds a grouped ConvTranspose's bias wrongly, and knows nothing of the
    attributes by which operators broadcast before opset 7.
    """
    return name == "reference" and (
        any(o.domain in OWN and o.version < 7 for o in model.opset_import)
        or any(
            node.op_type == "ConvTranspose" and len(node.input) > 2 and attributes_of(node).get("group", 1) > 1
            for scope in scopes(model)
            for node in scope.graph.node
        )
    )


def attempt(name, model, feeds):
    """The outputs by one oracle, or None where it cannot run the model or is known to be wrong."""
    if known_wrong(name, model):
        return None
    try:
        with np.errstate(all="ignore"):
            return ORACLES[name](model, feeds)
    except Unsupported:
        return None
    except Exception:  # each evaluator has its own errors for what it lacks
        if name == "own":
            raise
        return None


def trusted(model, feeds, names=tuple(ORACLES)):
    """The oracles that are right on this model, with their outputs: at least two that agree, or the own one alone."""
    allowed = tolerance("", model)
    results = {name: attempt(name, model, feeds) for name in names}
    results = {name: outputs for name, outputs in results.items() if outputs is not None}
    if "own" in results:
        base = "own"
    else:
        base = next(
            (a for a in results for b in results if a != b and worst(results[a], results[b]) <= allowed), None
        )
        if base is None and len(results) == 1:
            base = next(iter(results))
    assert base is not None, f"no oracle can be trusted: {sorted(results)}"
    return {name: out for name, out in results.items() if worst(results[base], out) <= allowed}


def tolerance(name, model):
    """How far the outputs of original and fused may be apart, relative to their magnitude.

    This suite's own evaluation differs by the rounding of the stored weights alone, all others round at each step.
    """
    digits = digits_of(model)
    return (1024 if digits >= 24 and name != "own" else 64) * 2.0**-digits


def assert_equivalent(original, fused, feeds=None, names=tuple(ORACLES)):
    """Every oracle that is right on the original gives the same outputs for the fused model.

    Returns the names of the oracles that judged.
    """
    feeds = feeds_for(original) if feeds is None else feeds
    expected = trusted(original, feeds, names)
    expected = {name: outputs for name, outputs in expected.items() if not known_wrong(name, fused)}
    assert expected, "no oracle is right on both models"
    for name, outputs in expected.items():
        with np.errstate(all="ignore"):
            actual = ORACLES[name](fused, feeds)
        found, allowed = worst(outputs, actual), tolerance(name, original)
        assert found <= allowed, f"{name}: outputs differ by {found:.3g}, allowed {allowed:.3g}"
    return set(expected)


def check(model, like=None):
    """`onnx.checker` accepts the model, in full where it holds for `like` (the original) too."""
    full = True
    if like is not None:
        try:
            onnx.checker.check_model(like, full_check=True)
        except Exception:
            full = False
    onnx.checker.check_model(model, full_check=full)


def is_valid(model, full=False):
    try:
        onnx.checker.check_model(model, full_check=full)
    except Exception:
        return False
    return True
