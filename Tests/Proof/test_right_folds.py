"""A right fold is equivalent, every time, whoever made it."""

import numpy as np
import onnx
import onnxruntime
import pytest

from checking import checked, fused, saved, together
from networks import Network, network

SEEDS = 60


def outcomes(cases, *options):
    """The reasons of all checks that did not say `equivalent`, of pairs of models with a seed."""
    def reason(case):
        original, candidate, seed = case
        status, check = checked(original, candidate, "--seed", str(seed), *options)
        return None if status == 0 else f"{original.name}, seed {seed}: {check['reason']}"

    return [found for found in together(reason, cases) if found]


def judge(rates, title, pairs, seeds, *options):
    cases = [(*pair, seed) for pair in pairs for seed in range(seeds)]
    wrong = outcomes(cases, *options)
    rates[f"right folds, {title}"] = f"{len(cases) - len(wrong)} of {len(cases)} equivalent"
    assert wrong == []


def pair(folder, name, model):
    original = saved(model, folder / f"{name}.onnx")
    return original, fused(original, folder / f"{name}.fused.onnx")


def optimized(original, path):
    """The model as onnxruntime's own fusions leave it, in ONNX's operators."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(original), options, providers=["CPUExecutionProvider"])
    return path


def test_of_this_program(tmp_path, rates):
    pairs = [pair(tmp_path, str(seed), network(seed)) for seed in range(SEEDS)]
    judge(rates, "ours", pairs, 20, "--max-ulp", "1")


def test_of_onnxruntime(tmp_path, rates):
    pairs = []
    for seed in range(SEEDS):
        original = saved(network(seed), tmp_path / f"{seed}.onnx")
        candidate = optimized(original, tmp_path / f"{seed}.other.onnx")
        left = [node for node in onnx.load(candidate).graph.node if node.op_type == "BatchNormalization"]
        original_count = sum(node.op_type == "BatchNormalization" for node in onnx.load(original).graph.node)
        assert len(left) < original_count, "onnxruntime has folded something"
        pairs.append((original, candidate))
    judge(rates, "onnxruntime's", pairs, 10)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_in_other_types(tmp_path, rates, dtype):
    pairs = [pair(tmp_path, f"{dtype}-{seed}", network(seed, dtype)) for seed in range(SEEDS)]
    judge(rates, dtype, pairs, 10, "--max-ulp", "1")


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_of_150_layers(tmp_path, rates, dtype):
    pairs = []
    for seed in range(4):
        graph = Network(seed, dtype, channels=8, size=8)
        for _ in range(150):
            graph.convolution().norm()
            graph.append("Relu")
        pairs.append(pair(tmp_path, f"deep-{seed}", graph.model()))
    judge(rates, f"150 layers of {dtype}", pairs, 5, "--max-ulp", "1")


EXTREMES = {
    "variances of 1e-12": {"variance": (1e-12, 1e-10), "gamma": (1e-6, 1e-5), "epsilon": 1e-12},
    "scales of several hundred": {"gamma": (200, 900)},
    "means of 1000": {"mean": 1000},
    "tiny gammas": {"gamma": (1e-8, 1e-2)},
    "unequal channels": {"gamma": (1e-3, 1e3), "variance": (1e-3, 1e3)},
}


@pytest.mark.parametrize("title", EXTREMES)
def test_of_extreme_statistics(tmp_path, rates, title):
    pairs = [pair(tmp_path, str(seed), network(seed, **EXTREMES[title])) for seed in range(40)]
    judge(rates, title, pairs, 10, "--max-ulp", "1")


def test_the_same_model_twice(tmp_path, rates):
    models = [saved(network(seed), tmp_path / f"{seed}.onnx") for seed in range(10)]
    judge(rates, "a model and itself", [(model, model) for model in models], 5, "--max-ulp", "0")
