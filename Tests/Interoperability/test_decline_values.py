"""Norms that their numbers or element types keep from folding: variances, overflow, what is not finite, mixed types."""

import numpy as np
import pytest

from builders import PARAMETERS, conv_norm, find, replace, tensor
from command import fuse
from judge import assert_unchanged, judge


@pytest.mark.parametrize("value", [-0.5, -1e-3, np.nan, -np.inf])
def test_invalid_variance(value):
    variance = np.ones(4)
    variance[2] = value
    model = conv_norm(variance=variance)
    assert_unchanged(model, fuse(model), "invalid-variance")


def test_invalid_variance_of_a_zero_denominator():
    model = conv_norm(variance=np.array([1.0, 0, 1, 1]), epsilon=0.0)
    assert_unchanged(model, fuse(model), "invalid-variance")


@pytest.mark.parametrize("epsilon", [-2.0, np.nan])
def test_an_epsilon_that_leaves_no_square_root_is_not_folded(epsilon):
    model = conv_norm(epsilon=epsilon)
    result = fuse(model)
    assert result.exit == 0 and result.data == model.SerializeToString()


@pytest.mark.parametrize("kind", ["gamma", "beta", "mean"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_parameter_that_is_not_finite_is_not_folded(kind, value):
    model = conv_norm(**{kind: np.array([1, value, 1, 1])})
    result = fuse(model)
    assert result.exit == 0 and result.data == model.SerializeToString()


@pytest.mark.parametrize("name", ["w", "b"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_weight_that_is_not_finite_stays_or_folds_without_spreading(name, value):
    model = conv_norm()
    elements = tensor(model, name).copy()
    elements.reshape(-1)[0] = value
    replace(model, name, elements)
    result = fuse(model)
    assert result.exit == 0
    if result.report["summary"]["folded"] == 0:
        assert result.data == model.SerializeToString()
    else:
        for index in (1, 2):
            before, after = (tensor(m, find(m, v).input[index]) for m, v in ((model, "c"), (result.model, "y")))
            assert np.array_equal(np.isfinite(before), np.isfinite(after))


@pytest.mark.parametrize(
    ("dtype", "scale"), [("float16", 4e3), ("float32", 1e38), ("float64", 1e308), ("bfloat16", 1e38)]
)
def test_overflows_storage_of_the_weight(dtype, scale):
    gamma = np.array([1, 1, scale, 1])
    variance = np.array([1, 1, 1e-4, 1]) if dtype != "float64" else np.ones(4)
    model = conv_norm(opset=22, ir=10, dtype=dtype, gamma=gamma, variance=variance, epsilon=1e-6)
    weight = tensor(model, "w").astype(np.float64)
    weight[2] = 50
    replace(model, "w", weight.astype(tensor(model, "w").dtype))
    assert_unchanged(model, fuse(model), "overflows-storage")


def test_overflows_storage_though_every_output_of_the_original_is_small():
    """The weight would be 70,000 in half precision; the input that meets it is tiny."""
    model = conv_norm(dtype="float16", gamma=np.full(4, 300.0), variance=np.full(4, 0.09), epsilon=1e-5, bias=False)
    replace(model, "w", np.full([4, 3, 3, 3], 70, np.float16))
    assert_unchanged(model, fuse(model), "overflows-storage")


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_overflows_storage_of_the_bias_alone(dtype):
    large = 6e4 if dtype == "float16" else 3e38
    model = conv_norm(dtype=dtype, mean=np.full(4, -large), beta=np.full(4, large), gamma=np.ones(4))
    assert_unchanged(model, fuse(model), "overflows-storage")


def test_the_largest_number_that_does_not_overflow_folds():
    """65519 rounds to 65504, the largest number of half precision; 65520 to infinity."""
    for product in (65519, 65520):
        wide = dict.fromkeys(PARAMETERS, "float32")
        model = conv_norm(
            dtype="float16", dtypes=wide, gamma=np.full(4, product / 1024), variance=np.ones(4), epsilon=0.0,
            mean=np.zeros(4), beta=np.zeros(4), bias=False,
        )  # fmt: skip
        replace(model, "w", np.full([4, 3, 3, 3], 1024, np.float16))
        result = fuse(model)
        if product == 65519:
            judge(model, result, folded=1, oracles=())
        else:
            assert_unchanged(model, result, "overflows-storage")


@pytest.mark.parametrize(
    ("opset", "change"),
    [
        (9, {"w": "float64", "b": "float64"}),
        (9, {"b": "float64"}),
        (9, dict.fromkeys((f"y_{kind}" for kind in PARAMETERS), "float64")),
        (13, {"y_gamma": "float16"}),
        (14, {"y_gamma": "float16", "y_beta": "float16"}),
    ],
    ids=str,
)
def test_type_mismatch(opset, change):
    """Types that the operators' specification does not allow together."""
    model = conv_norm(opset=opset)
    for name, dtype in change.items():
        replace(model, name, tensor(model, name).astype(dtype))
    assert_unchanged(model, fuse(model), "type-mismatch")
