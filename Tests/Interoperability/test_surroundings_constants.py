"""Per-channel constants around a norm and alone behind a linear operator: Mul, Add, Sub, Div."""

import numpy as np
import pytest

from flow import HERE, Flow, k
from surroundings import AXIS, NOWHERE, assert_case, case

C = 4
PER_CHANNEL = {"scalar": (), "[1]": (1,), "[C,1,1]": (C, 1, 1), "[1,C,1,1]": (1, C, 1, 1), "[1,1,1,1]": (1, 1, 1, 1)}
# On an activation [4, 4, 4, 4] each of these has as many elements as there are channels, or more.
OTHER = {"[W]": (C,), "[1,W]": (1, C), "[1,1,H,1]": (1, 1, C, 1), "[H,1]": (C, 1), "[N,1,1,1]": (C, 1, 1, 1)}
STAYS = AXIS | {NOWHERE}


def image(**conv):
    """Conv to `[4, 4, 4, 4]`: as many channels as the batch is large and the image high and wide."""
    return Flow([4, 3, 6, 6]).conv(C, 3, **conv)


def operands(operator, constant):
    """The operands of each affine form of an operator, by name."""
    forms = {f"{operator} by": (constant,)}
    if operator != "Div":
        forms[f"{operator} from" if operator == "Sub" else f"{operator} of"] = (constant, HERE)
    return forms


def affine_cases():
    for operator in ("Mul", "Add", "Sub", "Div"):
        for shape, size in PER_CHANNEL.items():
            for form, given in operands(operator, k(*size)).items():
                step = lambda flow, operator=operator, given=given: flow.step(operator, *given)  # noqa: E731
                title = f"{form} {shape}"
                yield case(f"{title} before", lambda s=step: s(image()).bn().done(), 1, affine=1, becomes="Conv")
                if shape == "[C,1,1]":
                    after = lambda s=step: s(image().bn()).done()  # noqa: E731
                    between = lambda s=step: s(image().bn()).bn().done()  # noqa: E731
                    plain = lambda s=step: s(image(bias=False)).bn().done()  # noqa: E731
                    yield case(f"{title} after", after, 1, affine=1, becomes="Conv")
                    yield case(f"{title} between", between, 2, affine=1, becomes="Conv")
                    yield case(f"{title} before, without a bias", plain, 1, affine=1, becomes="Conv")
                yield case(f"{title} alone", lambda s=step: s(image()).done(), affine=1, becomes="Conv")


def other_cases():
    for operator in ("Mul", "Add", "Sub", "Div"):
        for shape, size in OTHER.items():
            for form, given in operands(operator, k(*size)).items():
                step = lambda flow, operator=operator, given=given: flow.step(operator, *given)  # noqa: E731
                becomes = f"Conv {operator}"
                yield case(f"{form} {shape} alone", lambda s=step: s(image()).done(), affine=0, becomes=becomes)
                folding = (1, ()) if operator in ("Add", "Sub") else (0, STAYS)
                # As a branch of a sum it may be scaled, though it then has a channel axis.
                otherwise = (STAYS,) if operator in ("Add", "Sub") else None
                yield case(
                    f"{form} {shape}", lambda s=step: s(image()).bn().done(), *folding, affine=0, otherwise=otherwise
                )


CHAINS = [
    case("Conv, Sub, Div", lambda: image().step("Sub", k(C, 1, 1)).step("Div", k(1, C, 1, 1)).done(), affine=2,
         becomes="Conv"),
    case("Conv, Sub, Mul, Add", lambda: image(bias=False).step("Sub", k(C, 1, 1)).step("Mul", k(C, 1, 1))
         .step("Add", k(1, C, 1, 1)).done(), affine=3, becomes="Conv"),
    case("Conv, Mul, BN, Add, BN, Div", lambda: image().step("Mul", k()).bn().step("Add", k(C, 1, 1), HERE).bn()
         .step("Div", k(C, 1, 1)).done(), 2, affine=3, becomes="Conv"),
    case("grouped Conv, Mul, Add", lambda: Flow([2, 4, 6, 6]).conv(8, 3, group=2).step("Mul", k(8, 1, 1))
         .step("Add", k(8, 1, 1)).done(), affine=2, becomes="Conv"),
    case("1-D Conv, Mul, Add", lambda: Flow([2, 3, 6]).conv(C, 3, rank=1).step("Mul", k(C, 1)).step("Add", k(1, C, 1))
         .done(), affine=2, becomes="Conv"),
    case("3-D Conv, Mul, Add", lambda: Flow([1, 2, 3, 4, 4]).conv(3, 2, rank=3).step("Mul", k(3, 1, 1, 1))
         .step("Add", k(1, 3, 1, 1, 1)).done(), affine=2, becomes="Conv"),
    case("ConvTranspose, Mul, Add", lambda: Flow([2, 3, 4, 4]).conv(C, 2, transposed=True, strides=[2, 2])
         .step("Mul", k(C, 1, 1)).step("Add", k(C, 1, 1)).done(), affine=2, becomes="ConvTranspose"),
    case("grouped ConvTranspose, Mul, Add", lambda: Flow([2, 4, 4, 4]).conv(6, 2, transposed=True, group=2)
         .step("Mul", k(6, 1, 1)).step("Add", k(6, 1, 1)).done(), affine=2, becomes="ConvTranspose"),
    case("Gemm, Mul, Sub", lambda: Flow([C, 3]).gemm(C).step("Mul", k(C)).step("Sub", k(1, C)).done(), affine=2,
         becomes="Gemm"),
    case("Gemm with factors, Mul, BN", lambda: Flow([5, 3]).gemm(C, alpha=0.5, beta=-2.0, transB=1).step("Mul", k(C))
         .bn().done(), 1, affine=1, becomes="Gemm"),
    case("MatMul, Mul, Add keeps its Add", lambda: Flow([5, 3]).matmul(C).step("Mul", k(C)).step("Add", k(C)).done(),
         becomes="MatMul Add"),
    case("MatMul, Add, Mul, BN keeps one Add", lambda: Flow([5, 3]).matmul(C).step("Add", k(C)).step("Mul", k(C)).bn()
         .done(), 1, becomes="MatMul Add"),
    case("MatMul of rank 3, Mul [C] along its last axis", lambda: Flow([2, C, 3]).matmul(C, 3).step("Mul", k(C)).done(),
         affine=1, becomes="MatMul"),
    case("BN, Conv with a Mul between", lambda: Flow([2, 3, 6, 6]).bn().step("Mul", k(3, 1, 1)).conv(C, 3).done(), 1,
         affine=1, direction="forward", becomes="Conv"),
    case("a channel multiplied by 0", lambda: image().step("Mul", np.array([0, 1, -2, 3.0]).reshape(C, 1, 1)).bn()
         .done(), 1, affine=1, becomes="Conv"),
]  # fmt: skip

STAYING = [
    case("constant / conv", lambda: Flow([1, 3, 4, 4]).conv(C, weight=np.ones([C, 3, 1, 1]), bias=False)
         .step("Add", np.full([], 9.0)).step("Div", k(C, 1, 1), HERE).bn().done(), 0, NOWHERE, affine=1,
         becomes="Conv Div BatchNormalization"),
    case("Gemm, Mul [N,1]", lambda: Flow([C, 3]).gemm(C).step("Mul", k(C, 1)).bn().done(), 0, STAYS, affine=0,
         becomes="Gemm Mul BatchNormalization"),
    case("Gemm, Mul [N,C]", lambda: Flow([C, 3]).gemm(C).step("Mul", k(C, C)).bn().done(), 0, STAYS, affine=0,
         becomes="Gemm Mul BatchNormalization"),
    case("MatMul of rank 3, Mul [T,1]", lambda: Flow([2, C, 3]).matmul(C, 3).step("Mul", k(C, 1)).done(), affine=0,
         becomes="MatMul Mul"),
    case("Mul [1,C,H,W]", lambda: image().step("Mul", k(1, C, 4, 4)).bn().done(), 0, STAYS, affine=0,
         becomes="Conv Mul BatchNormalization"),
    case("Mul [1,1,C,1,1] raises the rank", lambda: Flow([C, 3, 6, 6]).conv(C, 3).step("Mul", k(1, 1, C, 1, 1)).done(),
         becomes="Conv Mul", affine=0),
    case("Mul by a value", lambda: runtime("Mul").done(), 0, frozenset({NOWHERE, "bias-not-constant"}),
         becomes="Conv Mul BatchNormalization"),
    case("Add of a value", lambda: runtime("Add").done(), 0, frozenset({NOWHERE, "bias-not-constant"}),
         becomes="Conv Add BatchNormalization"),
    case("Conv with a second reader, Mul", lambda: shared().done("m", "r"), affine=0, becomes="Conv Mul Relu"),
    case("Conv as an output, Mul", lambda: output_too(), affine=0, becomes="Conv Mul"),
    case("Div by a channel of 0", lambda: image().step("Div", np.array([1, 0, 2, 3.0]).reshape(C, 1, 1)).bn().done(), 0,
         frozenset({NOWHERE, "overflows-storage"}), oracles=("onnxruntime",)),
]  # fmt: skip


def runtime(operator):
    flow = image()
    flow.input("z", [C, 1, 1])
    return flow.step(operator, "z").bn()


def shared():
    flow = image()
    conv = flow.value
    flow.step("Mul", k(C, 1, 1), outputs=["m"])
    return flow.at(conv).step("Relu", outputs=["r"])


def output_too():
    flow = image()
    conv = flow.value
    flow.step("Mul", k(C, 1, 1))
    return flow.done(conv, flow.value)


def spread(values, *shape):
    """A constant of a shape along which the values are the same but where they vary themselves."""
    return np.array(np.broadcast_to(values, shape))


# On an activation [4, 4, 4, 4], which all of them leave as large as it is.
EVEN = {"[C,H,W]": (C, 4, 4), "[1,C,H,1]": (1, C, 4, 1), "[N,C,H,W]": (4, C, 4, 4)}
SAME = {"[W]": (4,), "[H,W]": (4, 4), "[1,1,H,W]": (1, 1, 4, 4), "[N,1,1,1]": (4, 1, 1, 1), "[N,C,H,W]": (4, C, 4, 4)}


def even_cases():
    for operator in ("Mul", "Add", "Sub", "Div"):
        constants = {f"{shape} by channel": spread(k(C, 1, 1), *size) for shape, size in EVEN.items()}
        neutral = 1.0 if operator in ("Mul", "Div") else 0.0
        constants |= {f"{shape} of {neutral:g}": np.full(size, neutral) for shape, size in SAME.items()}
        constants["[W] of -2.5"] = np.full(4, -2.5)
        for title, constant in constants.items():
            for form, given in operands(operator, constant).items():
                step = lambda flow, operator=operator, given=given: flow.step(operator, *given)  # noqa: E731
                before, after = (lambda s=step: s(image()).bn().done()), (lambda s=step: s(image().bn()).done())
                yield case(f"{form} {title} before", before, 1, affine=1, becomes="Conv")
                # It stands behind the norm, which has gone when it is looked at alone.
                yield case(f"{form} {title} after", after, 1, affine=0, becomes=f"Conv {operator}")
                forward = lambda s=step: s(Flow([4, C, 4, 4]).bn()).conv(3, 2).done()  # noqa: E731
                yield case(f"{form} {title} between a norm and a Conv", forward, 1, affine=1, direction="forward",
                           becomes="Conv")  # fmt: skip


UNEVEN = [
    case("Mul by 1 of [H,W] widens W", lambda: Flow([2, 3, 4, 1]).conv(C).step("Mul", np.ones((4, 4))).bn().done(), 0,
         STAYS, affine=0, becomes="Conv Mul BatchNormalization"),
    case("Mul by 1 of [N,1,1,1] widens the batch", lambda: Flow([1, 3, 4, 4]).conv(C).step("Mul", np.ones((4, 1, 1, 1)))
         .bn().done(), 0, STAYS, affine=0, becomes="Conv Mul BatchNormalization"),
    case("Mul by 1 of [1,C,H,W] may widen W", lambda: Flow([2, 3, 4, None]).conv(C).step("Mul", np.ones((1, C, 4, 4)))
         .bn().done(rank=4), 0, STAYS, affine=0, becomes="Conv Mul BatchNormalization", feeds={"x": k(2, 3, 4, 1).astype(np.float32)}),
    case("Mul by 1 of rank 5", lambda: Flow([2, 3, 4, 4]).conv(C).step("Mul", np.ones((1, 1, 1, 4, 4))).done(), affine=0,
         becomes="Conv Mul"),
    case("one element of Mul [1,C,H,W] is another", lambda: image().step("Mul", dented((1, C, 4, 4))).bn().done(), 0,
         STAYS, affine=0, becomes="Conv Mul BatchNormalization"),
    case("Mul [H,W] by rows that differ, H = C", lambda: image().step("Mul", spread(k(C, 1), 4, 4)).bn().done(), 0,
         STAYS, affine=0, becomes="Conv Mul BatchNormalization"),
    case("one element of Add [1,C,H,W] is another", lambda: image().step("Add", dented((1, C, 4, 4))).bn().done(), 1,
         affine=0, becomes="Conv Add"),
]  # fmt: skip

HELD = [
    case("MatMul, Add of 0 [N,C], BN", lambda: Flow([5, 3]).matmul(C).step("Add", np.zeros((5, C))).bn().done(), 1,
         becomes="MatMul Add"),
    case("MatMul, Add [N,1] of one value, as many rows as channels", lambda: Flow([C, 3]).matmul(C)
         .step("Add", np.full((C, 1), 1.5)).bn().done(), 1, becomes="MatMul Add"),
    case("Gemm, Mul [N,C] by channel, BN", lambda: Flow([5, 3]).gemm(C).step("Mul", spread(k(C), 5, C)).bn().done(), 1,
         affine=1, becomes="Gemm"),
    case("Conv, Mul [1,C,H,W] by channel, ReLU between norms", lambda: image().step("Mul", spread(k(C, 1, 1), 1, C, 4, 4))
         .bn().step("Add", np.zeros((4, 4))).bn().step("Relu").done(), 2, affine=2, becomes="Conv Relu"),
    case("Conv, half-precision ones [1,C,H,W]", lambda: Flow([2, 3, 6, 6], dtype="float16").conv(C, 3)
         .step("Mul", np.ones((1, C, 4, 4))).bn().done(), 1, affine=1, becomes="Conv"),
]  # fmt: skip


def dented(shape):
    """Ones but for one element."""
    ones = np.ones(shape)
    ones.flat[-1] = 1.5
    return ones


@pytest.mark.parametrize("expected", list(even_cases()), ids=str)
def test_a_constant_of_several_axes_is_the_map_that_its_values_are(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", UNEVEN, ids=str)
def test_a_constant_that_widens_or_varies_along_another_axis_is_none(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", HELD, ids=str)
def test_what_holds_a_bias_then_holds_one_number_per_channel(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", list(affine_cases()), ids=str)
def test_a_constant_per_channel_folds_wherever_it_stands(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", list(other_cases()), ids=str)
def test_a_constant_along_another_axis_stays(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", CHAINS, ids=str)
def test_chains_of_constants_fold(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", STAYING, ids=str)
def test_what_is_no_map_per_channel_stays(expected):
    assert_case(expected)
