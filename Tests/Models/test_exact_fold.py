"""The checks themselves: they accept a right fold of every fixture and catch each kind of wrong one."""

import json
import pathlib

import mpmath
import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from exact_fold import Mismatch, check, nearest, rounded, wrong_elements
from toy_fuser import fuse
from unchanged import differences

FIXTURES = pathlib.Path(__file__).parents[2] / "Fixtures"
EXPECTED = json.loads((FIXTURES / "handmade" / "expected.json").read_text())
FOLDING = [name for name, expected in EXPECTED.items() if expected["folded"] and not expected["declined"]]


def handmade(name):
    return onnx.load(FIXTURES / "handmade" / f"{name}.onnx")


def edited(model, name, change):
    """Changes the contents of one initializer in place."""
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == name)
    values = numpy_helper.to_array(tensor).copy()
    changed = change(values)
    tensor.CopyFrom(numpy_helper.from_array(values if changed is None else changed, name))


@pytest.mark.parametrize("name", [*FOLDING, "digits"])
def test_a_right_fold_passes(name):
    original = onnx.load(FIXTURES / "digits" / "digits.onnx") if name == "digits" else handmade(name)
    fused, report = fuse(original, np.longdouble if name in ("float64", "typed_storage") else np.float64)
    onnx.checker.check_model(fused)
    found = check(original, fused, report)
    assert found.elements > 0
    assert found.wrong == []
    assert differences(original, fused, report) == []


@pytest.mark.parametrize(
    "name", ["conv_bn", "float16", "convtranspose_grouped", "gemm_full", "matmul_left_bn", "chain"]
)
@pytest.mark.parametrize("role", ["weight", "bias"])
def test_one_unit_in_the_last_place_is_caught(name, role):
    original = handmade(name)
    fused, report = fuse(original)

    def change(values):
        flat = values.reshape(-1)
        flat[3] = np.nextafter(flat[3], values.dtype.type(np.inf))

    edited(fused, f"y.folded_{role}", change)
    wrong = wrong_elements(original, fused, report)
    assert [element.role for element in wrong] == [role]
    assert 0.5 <= wrong[0].ulps <= 1.5


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_a_fold_in_single_precision_is_caught(kind):
    original = handmade("conv_bn" if kind is np.float32 else "float16")
    fused, report = fuse(original, arithmetic=kind)
    found = check(original, fused, report)
    assert 0.05 < len(found.wrong) / found.elements < 0.95


def test_an_epsilon_in_double_is_caught():
    # 1e-5 is not the float32 that the file holds; with small variances this shows.
    original = handmade("conv_bn")
    edited(original, "y.variance", lambda values: values * np.float32(1e-6))
    fused, report = fuse(original, epsilon_type=np.float64)
    assert wrong_elements(original, fused, report)
    fused, report = fuse(original)
    assert wrong_elements(original, fused, report) == []


def test_a_bias_near_the_mean_is_caught():
    # Multiplied out, b·scale + (beta − mean·scale) loses what (b − mean)·scale + beta keeps.
    original = handmade("conv_bn")
    edited(original, "y.mean", lambda values: values * 0 + np.float32(3.000001))
    edited(original, "c.bias", lambda values: values * 0 + np.float32(3))
    edited(original, "y.beta", lambda values: values * 0)
    fused, report = fuse(original)
    assert wrong_elements(original, fused, report) == []

    def change(values):
        gamma, variance = (parameter(original, f"y.{name}") for name in ("gamma", "variance"))
        scale = gamma / np.sqrt(variance + np.float32(1e-5))
        return (np.float32(3) * scale + (0 - np.float32(3.000001) * scale)).astype(np.float32)

    edited(fused, "y.folded_bias", change)
    assert max(element.ulps for element in wrong_elements(original, fused, report)) > 100


def parameter(model, name):
    return numpy_helper.to_array(next(tensor for tensor in model.graph.initializer if tensor.name == name))


def test_scales_on_the_wrong_axis_are_caught():
    original = handmade("convtranspose_grouped")
    fused, report = fuse(original)
    edited(fused, "y.folded_weight", lambda values: values[[2, 3, 0, 1]])
    assert len(wrong_elements(original, fused, report)) > 20


def test_a_second_rounding_is_caught():
    # Just above a midpoint of two halves, and nearer to it than float32 can tell.
    value = 1 + 2.0**-11 + 2.0**-30
    original = handmade("float16")
    edited(original, "c.weight", lambda values: values * 0 + np.float16(1))
    fused, report = fuse(original)
    assert wrong_elements(original, fused, report) == []
    assert rounded(np.array([value]), "float16")[0] == 1 + 2.0**-10
    assert float(np.float16(np.float32(value))) == 1.0


def test_rounding_agrees_with_the_machine():
    random = np.random.default_rng(5)
    values = random.standard_normal(20000) * 2.0 ** random.integers(-150, 130, 20000)
    with np.errstate(over="ignore", under="ignore"):
        assert np.array_equal(rounded(values, "float32"), values.astype(np.float32).astype(np.float64))
        halves = random.standard_normal(20000) * 2.0 ** random.integers(-28, 17, 20000)
        assert np.array_equal(rounded(halves, "float16"), halves.astype(np.float16).astype(np.float64))
    for kind, some in (("float32", values[:500]), ("float16", halves[:500]), ("bfloat16", values[500:1000])):
        assert [nearest(mpmath.mpf(float(v)), kind)[0] for v in some] == rounded(some, kind).tolist()


@pytest.mark.parametrize("value, right", [(2.5, 2), (3.5, 4), (-2.5, -2), (-3.5, -4), (2.5000001, 3)])
def test_a_tie_goes_to_the_even_neighbour(value, right):
    smallest = 2.0**-149
    assert rounded(np.array([value * smallest]), "float32")[0] == right * smallest
    assert nearest(mpmath.mpf(value) * smallest, "float32")[0] == right * smallest


def test_a_third_that_is_a_tie_exactly_goes_to_the_even_neighbour():
    # weight · gamma / sqrt(9) with weight = 3 · midpoint: a third has no end in binary, the product is a tie.
    midpoint = mpmath.mpf(1) + mpmath.ldexp(1, -24)
    with mpmath.workprec(400):
        assert nearest(3 * midpoint * (1 / mpmath.sqrt(mpmath.mpf(9))), "float32")[0] == 1.0


def test_infinity_and_nan_are_caught():
    original = handmade("overflow_float16")
    with np.errstate(over="ignore"):
        fused, report = fuse(original)
    wrong = wrong_elements(original, fused, report)
    assert wrong and all(not np.isfinite(element.stored) for element in wrong)
    original = handmade("conv_bn")
    fused, report = fuse(original)
    edited(fused, "y.folded_weight", lambda values: values * np.float32(np.nan))
    assert len(wrong_elements(original, fused, report)) == 5 * 3 * 3 * 3


def test_a_report_that_does_not_tell_the_truth_is_a_mismatch():
    original = handmade("shared_weight")
    fused, report = fuse(original)
    with pytest.raises(Mismatch, match="reported as folded"):
        check(original, fused, {"folds": report["folds"][:1]})


def test_a_norm_that_vanished_without_a_fold_is_a_mismatch():
    original = handmade("two_readers")
    fused = handmade("two_readers")
    del fused.graph.node[1]
    with pytest.raises(Mismatch, match="not written by a linear operator"):
        check(original, fused, {"folds": [{"batchNorm": "y"}]})


def test_a_left_over_alpha_is_a_mismatch():
    original = handmade("gemm_full")
    fused, report = fuse(original)
    fused.graph.node[0].attribute.append(helper.make_attribute("alpha", 0.75))
    with pytest.raises(Mismatch, match="alpha"):
        check(original, fused, report)


# What changed beside the folds


def broken(name, change):
    original = handmade(name)
    fused, report = fuse(original)
    assert differences(original, fused, report) == []
    change(fused)
    return " / ".join(differences(original, fused, report))


def drop(field, index=0):
    del field[index]


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda m: m.ClearField("doc_string"), "model's own fields"),
        (lambda m: m.graph.ClearField("doc_string"), "its name, outputs, doc string"),
        (lambda m: drop(m.metadata_props), "model's own fields"),
        (lambda m: drop(m.graph.metadata_props), "metadata"),
        (lambda m: m.graph.node[1].ClearField("doc_string"), "is missing or changed"),
        (lambda m: m.graph.node[0].ClearField("doc_string"), "changed more than its constants"),
        (lambda m: drop(m.graph.node[0].metadata_props), "changed more than its constants"),
        (lambda m: setattr(m.graph.node[0], "name", "other"), "changed more than its constants"),
        (lambda m: m.graph.input[0].ClearField("doc_string"), "graph inputs changed"),
        (lambda m: m.graph.output[0].ClearField("doc_string"), "outputs"),
        (lambda m: drop(m.graph.value_info), "value_info of 'n' is missing"),
        (lambda m: m.graph.value_info.add(name="c"), "value_info of 'c' is left behind|value_info of 'c' is new"),
        (lambda m: drop(m.graph.quantization_annotation), "quantization_annotation of 'x' is missing"),
        (lambda m: drop(m.graph.initializer), "initializer 'y.weight' is missing"),
        (lambda m: m.graph.initializer[0].ClearField("doc_string"), "initializer 'y.weight' changed"),
        (lambda m: m.opset_import.add(domain="com.other", version=1), "model's own fields"),
        (lambda m: m.graph.initializer.add(name="stray"), "'stray' is new"),
        (lambda m: m.graph.initializer.append(m.graph.initializer.pop(0)), "order of the initializers"),
        (lambda m: m.graph.node.add(op_type="Relu", input=["y"], output=["z"]), "is new or changed"),
    ],
)
def test_a_change_beside_the_folds_is_named(change, says):
    found = broken("metadata", change)
    assert any(part in found for part in says.split("|")), found


def test_lost_unknown_fields_are_named():
    for clear in (lambda m: m, lambda m: m.graph, lambda m: m.graph.node[1], lambda m: m.graph.initializer[0]):
        assert broken("unknown_fields", lambda m: clear(m).DiscardUnknownFields())


def test_an_edited_shared_weight_is_named():
    def change(model):
        edited(model, "weight", lambda values: values * 2)

    assert "initializer 'weight' changed" in broken("shared_weight", change)


def test_dead_parameters_are_named():
    def change(model):
        model.graph.initializer.append(numpy_helper.from_array(np.zeros(5, np.float32), "y.gamma"))

    assert "left behind without a reader" in broken("conv_bn", change)
