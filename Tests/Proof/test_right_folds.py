"""A right fold is equivalent, every time, whoever made it."""

import numpy as np
import onnx
import onnxruntime
import pytest

from checking import ROOT, CheckFailed, checked, fused, saved, together
from networks import Network, network

SEEDS = 60


def outcomes(cases, *options):
    """The reasons of all checks that did not say `equivalent`, of pairs of models with a seed."""
    def reason(case):
        original, candidate, seed = case
        try:
            status, check = checked(original, candidate, "--seed", str(seed), *options)
        except CheckFailed as failure:
            return f"{original.name}, seed {seed}: {failure}"
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


LEVELS = {
    "basic": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
}


def optimized(original, path, level="basic"):
    """The model as onnxruntime's own fusions leave it."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = LEVELS[level]
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(original), options, providers=["CPUExecutionProvider"])
    return path


def operators_of(path):
    """Domain and kind of each node of the main graph."""
    return [(node.domain, node.op_type) for node in onnx.load(path).graph.node]


def is_of_onnx(path):
    """Whether all operators are ONNX's own; onnxruntime's extended fusions make others."""
    return all(domain in ("", "ai.onnx") for domain, _ in operators_of(path))


def folded_by_onnxruntime(folder, name, model, level="basic"):
    """The model and what onnxruntime makes of it, which has fewer norms."""
    original = saved(model, folder / f"{name}.onnx")
    candidate = optimized(original, folder / f"{name}.other.onnx", level)
    before, after = ([kind for _, kind in operators_of(path)].count("BatchNormalization")
                     for path in (original, candidate))
    assert after < before, "onnxruntime has folded something"
    return original, candidate


def test_of_this_program(tmp_path, rates):
    pairs = [pair(tmp_path, str(seed), network(seed)) for seed in range(SEEDS)]
    judge(rates, "ours", pairs, 20, "--max-ulp", "1")


def test_of_onnxruntime(tmp_path, rates):
    pairs = [folded_by_onnxruntime(tmp_path, str(seed), network(seed)) for seed in range(SEEDS)]
    judge(rates, "onnxruntime's", pairs, 10)


def test_of_onnxruntime_extended(tmp_path, rates):
    """Where its further fusions leave operators of ONNX's own alone, which these activations are for."""
    pairs = [folded_by_onnxruntime(
        tmp_path, str(seed), network(seed, activations=["HardSwish", "Elu", "Softplus"]), "extended")
        for seed in range(SEEDS)]
    pairs = [pair for pair in pairs if is_of_onnx(pair[1])]
    assert len(pairs) > SEEDS / 2
    judge(rates, "onnxruntime's extended", pairs, 10)


@pytest.mark.parametrize("who", ["ours", "onnxruntime's"])
def test_of_the_digits(tmp_path, rates, who):
    model = onnx.load(ROOT / "Fixtures" / "digits" / "digits.onnx")
    found = pair(tmp_path, "digits", model) if who == "ours" else folded_by_onnxruntime(tmp_path, "digits", model)
    judge(rates, f"digits, {who}", [found], 50, "--input-shape", "image=2,1,8,8")


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
    "gammas of 0": {"dead": 0.3},
}


@pytest.mark.parametrize("title", EXTREMES)
def test_of_extreme_statistics(tmp_path, rates, title):
    pairs = [pair(tmp_path, str(seed), network(seed, **EXTREMES[title])) for seed in range(40)]
    judge(rates, title, pairs, 10, "--max-ulp", "1")


@pytest.mark.parametrize("title", EXTREMES)
def test_of_extreme_statistics_by_onnxruntime(tmp_path, rates, title):
    """It folds in single precision, so its parameters are some units off."""
    pairs = [folded_by_onnxruntime(tmp_path, str(seed), network(seed, **EXTREMES[title])) for seed in range(20)]
    judge(rates, f"onnxruntime's, {title}", pairs, 10)


def test_of_norms_that_onnxruntime_leaves(tmp_path, rates):
    """It folds none behind a Gemm; where it has folded another one, it writes the defaults of attributes out."""
    pairs = []
    for seed in range(20):
        graph = Network(seed, channels=4, size=6)
        graph.convolution().norm().append("Relu")
        graph.flatten(axis=1).gemm(7, transposed=bool(seed % 2)).norm()
        pairs.append(folded_by_onnxruntime(tmp_path, str(seed), graph.model()))
    judge(rates, "norms that onnxruntime leaves", pairs, 5)


def test_the_same_model_twice(tmp_path, rates):
    models = [saved(network(seed), tmp_path / f"{seed}.onnx") for seed in range(10)]
    judge(rates, "a model and itself", [(model, model) for model in models], 5, "--max-ulp", "0")
