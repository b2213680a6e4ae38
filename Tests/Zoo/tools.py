"""The tools that the zoo compares: each writes what it makes of a model to another file."""

import json
import os
import subprocess
from importlib.metadata import version


def run_bnfuse(original, result):
    report = f"{result}.json"
    command = [os.environ["BNFUSE"], original, "-o", result, "--report", report, "-q"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"status {done.returncode}: {done.stderr.strip()}")
    with open(report) as file:
        return [decline["code"] for decline in json.load(file)["declined"]]


def run_onnxruntime(original, result):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = result
    options.log_severity_level = 4
    onnxruntime.InferenceSession(original, options, providers=["CPUExecutionProvider"])


def run_onnxsim(original, result):
    import onnx
    import onnxsim

    onnx.save(onnxsim.simplify(onnx.load(original))[0], result)


def run_onnxslim(original, result):
    import onnx
    import onnxslim

    onnx.save(onnxslim.slim(onnx.load(original)), result)


def run_onnxoptimizer(original, result):
    import onnx
    import onnxoptimizer

    onnx.save(onnxoptimizer.optimize(onnx.load(original), ["fuse_bn_into_conv"]), result)


def run_onnxscript(original, result):
    """Its optimizer, and then the rules for norms once more by themselves."""
    import onnx
    from onnxscript import optimizer, rewriter
    from onnxscript.rewriter.rules import common

    rules = [
        common.fuse_batchnorm_into_conv_rule, common.fuse_batchnorm_into_conv_transpose_rule,
        common.fuse_batchnorm_into_gemm_rule,
    ]
    optimized = optimizer.optimize(onnx.load(original))
    onnx.save(rewriter.rewrite(optimized, pattern_rewrite_rules=rules), result)


RIVALS = {
    "onnxruntime": run_onnxruntime, "onnxsim": run_onnxsim, "onnxslim": run_onnxslim,
    "onnxoptimizer": run_onnxoptimizer, "onnxscript": run_onnxscript,
}
TOOLS = {"bnfuse": run_bnfuse, **RIVALS}


def versions():
    return {name: version(name) for name in RIVALS}
