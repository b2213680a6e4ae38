"""Operators that hand their input on as it is, by their constants, attributes or the shape that it has anyway."""

import numpy as np
import pytest

from builders import TYPES
from flow import HERE, Flow, ints
from surroundings import AXIS, NOWHERE, assert_case, case

C = 4
# Conv makes [2, 4, 4, 4] of it, or [N, 4, H, W] of unknown sizes.
FIXED, OPEN = [2, 3, 6, 6], ["N", 3, "H", "W"]
STAYS = AXIS | {NOWHERE, "type-mismatch", "padding-with-shift"}


def flow(shape=FIXED, opset=18, dtype="float32"):
    return Flow(shape, opset=opset, dtype=dtype)


def scalar(number, dtype=np.float32):
    return np.array(number, dtype)


def shaped(f):
    """Expand to the shape that there is."""
    value = f.value
    return f.at(value).step("Expand", f.node("Shape", [value], f.fresh("s")))


def liked(f, other=None):
    return f.step("CastLike", other or "x")


def scattered(f, places, rows=2, **attributes):
    """Puts what there is over rows of zeros."""
    return f.step("ScatterND", np.zeros((rows, 4, 4, 4)), ints(*places).reshape(-1, 1), HERE, **attributes)


def sequence(f, *others, at=0):
    """One value of a sequence that begins with what there is."""
    return f.step("SequenceConstruct", *others).step("SequenceAt", np.array(at))


# Each takes a flow at a value of the shape [2, 4, 4, 4] and hands that on.
UNCHANGED = {
    "Expand to [1]": lambda f: f.step("Expand", ints(1)),
    "Expand to ones": lambda f: f.step("Expand", ints(1, 1, 1, 1)),
    "Expand to its shape": lambda f: f.step("Expand", ints(2, 4, 4, 4)),
    "Expand to a part of its shape": lambda f: f.step("Expand", ints(4, 1)),
    "Tile by ones": lambda f: f.step("Tile", ints(1, 1, 1, 1)),
    "Pow by 1": lambda f: f.step("Pow", scalar(1.0)),
    "Pow by an integer 1": lambda f: f.step("Pow", scalar(1, np.int64)),
    "Pow by ones [H,W]": lambda f: f.step("Pow", np.ones((4, 4))),
    "CastLike a graph input": liked,
    "CastLike a constant": lambda f: liked(f, f.constant(np.zeros([]))),
    "ReduceSum of no axes": lambda f: f.step("ReduceSum", ints(), noop_with_empty_axes=1),
    "ReduceSum of axes that are left out": lambda f: f.step("ReduceSum", noop_with_empty_axes=1),
    "ReduceMean of no axes": lambda f: f.step("ReduceMean", ints(), noop_with_empty_axes=1, keepdims=0),
    "ReduceMax of no axes": lambda f: f.step("ReduceMax", ints(), noop_with_empty_axes=1),
    "ReduceMin of no axes": lambda f: f.step("ReduceMin", ints(), noop_with_empty_axes=1),
    "ReduceProd of no axes": lambda f: f.step("ReduceProd", ints(), noop_with_empty_axes=1),
    **{f"{name} of one value": lambda f, n=name: f.step(n) for name in ("Mean", "Max", "Min", "Sum")},
    "Concat of one value": lambda f: f.step("Concat", axis=1),
    "Concat of one value along another axis": lambda f: f.step("Concat", axis=-1),
    "Transpose to the order that there is": lambda f: f.step("Transpose", perm=[0, 1, 2, 3]),
    "Slice of everything": lambda f: f.step("Slice", ints(0, 0), ints(4, 2**31 - 1), ints(1, 2)),
    "Slice of everything, counted from the end": lambda f: f.step("Slice", ints(-4), ints(2**63 - 1), ints(1)),
    "Pad by nothing": lambda f: f.step("Pad", ints(*[0] * 8), scalar(7.0)),
    "Pad by nothing, reflecting": lambda f: f.step("Pad", ints(*[0] * 8), mode="reflect"),
    "ScatterND over all rows": lambda f: scattered(f, [0, 1]),
    "Dropout of nothing that trains": lambda f: f.step("Dropout", scalar(0.0), np.array(True)),
}  # fmt: skip

# Those that stay in the graph, though a map passes them.
PASSED = {
    "a sequence of one value": sequence,
    "a sequence of one value, counted from the end": lambda f: sequence(f, at=-1),
    "Expand to Shape": shaped,
    "Resize by ones": lambda f: f.step("Resize", "", np.ones(4, np.float32), mode="linear"),
    "ReduceSum of axes of one place": lambda f: f.step("Unsqueeze", ints(4)).step("ReduceSum", ints(4), keepdims=0),
    "ReduceProd of an axis of one place": lambda f: f.step("Unsqueeze", ints(0)).step("ReduceProd", ints(0), keepdims=0),
}  # fmt: skip

# Those that stay where sizes are not known.
SIZED = {"Expand to its shape", "Expand to a part of its shape", "Pow by ones [H,W]"}


def unchanged_cases():
    for title, step in UNCHANGED.items():
        yield case(f"Conv, {title}, BN", lambda s=step: s(flow().conv(C, 3)).bn().done(), 1, becomes="Conv")
        yield case(f"BN, {title}, Conv", lambda s=step: s(flow([2, 4, 4, 4]).bn()).conv(3, 2).done(), 1,
                   direction="forward", becomes=None)  # fmt: skip
        if title not in SIZED:
            yield case(f"Conv of unknown sizes, {title}, BN", lambda s=step: s(flow(OPEN).conv(C, 3)).bn()
                       .done(rank=4), 1, becomes="Conv", sizes={"N": 2, "H": 6, "W": 6})  # fmt: skip
    for title, step in PASSED.items():
        yield case(f"Conv, {title}, BN", lambda s=step: s(flow().conv(C, 3)).bn().done(), 1)
        yield case(f"BN, {title}, Conv", lambda s=step: s(flow([2, 4, 4, 4]).bn()).conv(3, 2).done(), 1,
                   direction="forward")  # fmt: skip
    yield case("Conv of unknown sizes, Expand to Shape, BN", lambda: shaped(flow(OPEN).conv(C, 3)).bn().done(rank=4), 1,
               sizes={"N": 2, "H": 6, "W": 6})  # fmt: skip
    yield case("BN, Cast to the type of the graph input, Conv", lambda: flow([2, 4, 4, 4]).bn()
               .step("Cast", to=TYPES["float32"][1]).conv(3, 2).done(), 1, direction="forward")  # fmt: skip


def computed(f, stem, shape, dtype="int64"):
    """A graph input that an operator reads beside its value."""
    return f.input(stem, shape, dtype)


def half_like(f):
    """CastLike to float16 and back."""
    return f.step("CastLike", f.input("h", [1], "float16")).step("Cast", to=TYPES["float32"][1])


def half_before_cast(opset):
    """A norm of float16, a Cast to float32 and a Conv of that."""
    f = Flow([2, 4, 4, 4], opset=opset, dtype="float16").bn()
    f.dtype = "float32"
    return f.step("Cast", to=TYPES["float32"][1]).conv(3, 2).done()


CHANGED = [
    case("Expand that widens W, as wide as there are channels", lambda: flow([2, 3, 6, 1]).conv(C, (3, 1))
         .step("Expand", ints(4)).bn().done(), 1, becomes="Conv Expand"),
    case("Expand that makes channels of one", lambda: flow().conv(1, 3).step("Expand", ints(1, C, 1, 1)).bn(C).done(),
         0, STAYS),
    case("Expand to another rank", lambda: flow([4, 3, 6, 6]).conv(C, 3).step("Expand", ints(2, 4, 1, 1, 1)).bn(C)
         .done(), 0, STAYS),
    case("Pow by 2", lambda: flow().conv(C, 3).step("Pow", scalar(2.0)).bn().done(), 0, STAYS),
    case("Pow by nearly 1", lambda: flow().conv(C, 3).step("Pow", np.nextafter(np.float32(1), np.float32(2))).bn()
         .done(), 0, STAYS),
    case("Pow by ones but one", lambda: flow().conv(C, 3).step("Pow", np.array([1, 1, 1, 2.0])).bn().done(), 0, STAYS),
    case("Pow by ones that widens W", lambda: flow([2, 3, 6, 1]).conv(C, (3, 1)).step("Pow", np.ones(4)).bn().done(), 0,
         STAYS),
    case("Pow of a constant 1", lambda: powered().done(), 0, STAYS),
    case("CastLike another type", lambda: half_like(flow().conv(C, 3)).bn().done(), 0, STAYS, oracles=("onnxruntime",)),
    case("ReduceSum of all axes", lambda: flow().conv(C, 3).step("ReduceSum", ints()).bn().done(rank=4), 0, STAYS,
         oracles=()),
    case("ReduceSum of an axis that is C long", lambda: flow().conv(C, 3).step("ReduceSum", ints(2)).bn().done(), 0,
         STAYS),
    case("ReduceProd of an axis", lambda: flow().conv(C, 3).step("ReduceProd", ints(3)).bn().done(), 0, STAYS),
    case("ReduceL1 of no axes", lambda: flow().conv(C, 3).step("ReduceL1", ints(), noop_with_empty_axes=1).bn().done(),
         0, STAYS, oracles=()),
    case("ReduceSum of axes that a caller gives", lambda: summed().done(rank=4), 0, STAYS, oracles=()),
    case("Max of two values", lambda: maximum().done(), 0, STAYS),
    case("Mean with a constant", lambda: flow().conv(C, 3).step("Mean", np.zeros(1)).bn().done(), 0, STAYS),
    case("Transpose that swaps axes as long as the channels", lambda: flow([4, 3, 6, 6]).conv(C, 3)
         .step("Transpose", perm=[1, 0, 2, 3]).bn().done(), 0, STAYS),
    case("Slice of all channels backwards", lambda: flow().conv(C, 3).step("Slice", ints(-1), ints(-9), ints(1),
         ints(-1)).bn().done(), 1, becomes="Conv Slice"),
    case("Slice of every other place", lambda: flow().conv(C, 3).step("Slice", ints(0), ints(4), ints(2), ints(2)).bn()
         .done(), 1, becomes="Conv Slice"),
    case("Pad on one side and cut on the other", lambda: flow().conv(C, 3).step("Pad", ints(0, 0, 1, 0, 0, 0, -1, 0))
         .bn().done(), 0, STAYS),
    case("ScatterND over rows in another order", lambda: scattered(flow().conv(C, 3), [1, 0]).bn().done(), 0, STAYS),
    case("ScatterND over some rows", lambda: scattered(flow().conv(C, 3), [0, 1], 3).bn().done(), 0, STAYS),
    case("ScatterND that adds", lambda: scattered(flow().conv(C, 3), [0, 1], reduction="add").bn().done(), 0, STAYS),
    case("a sequence of two values", lambda: sequence(flow().conv(C, 3), HERE, "x").bn().done(rank=4), 0, STAYS),
    case("BN of float16, Cast to float32, Conv", lambda: half_before_cast(15), 0, STAYS, oracles=("onnxruntime",)),
]  # fmt: skip


def powered():
    """A constant to the power of what a Conv makes."""
    f = flow().conv(C, 3)
    return f.at(f.node("Pow", [f.constant(np.ones([])), f.value], f.fresh("p"))).bn()


def summed():
    f = flow().conv(C, 3)
    return f.step("ReduceSum", computed(f, "axes", [0]), noop_with_empty_axes=1).bn()


def maximum():
    f = flow().conv(C, 3)
    return f.step("Max", f.input("z", [2, 4, 4, 4])).bn()


@pytest.mark.parametrize("expected", list(unchanged_cases()), ids=str)
def test_a_norm_passes_what_changes_nothing(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", CHANGED, ids=str)
def test_what_changes_something_is_not_taken_for_nothing(expected):
    assert_case(expected)
