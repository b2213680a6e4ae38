"""Models that the interoperability tests generate: random ones, and hostile ones."""

import pathlib
import random
import sys
from itertools import islice

sys.path.append(str(pathlib.Path(__file__).parents[1] / "Interoperability"))

import hostile
from builders import conv_norm
from random_components import together
from test_bad_graphs import WRONG, spoil
from test_bad_input import NO_MODELS, flip_sources, flipped, small
from test_random_graphs import drawn
from test_random_surroundings import batches
from test_same_refusals import BROKEN, SOUND

from inputs import model

SEED = 20  # not the one that BNFUSE_SEED gives the tests
GRAPHS = 90
BATCHES, COMPONENTS = 6, 4  # batches of components, and how many of those make one model
SIZE = 1 << 14  # bytes of small things in a hostile file
LIMITS = "--limit nodes=20000 --limit trips=2000"


def random_graphs():
    for number, built in islice(drawn(SEED), GRAPHS):
        name = f"graph {number:03}, opset {built.opset}, {built.dtype}"
        yield model(name, built.model().SerializeToString(), built.options)
    for number, batch in enumerate(islice(batches(SEED), BATCHES)):
        for first in range(0, len(batch), COMPONENTS):
            made, _, options = together(batch[first : first + COMPONENTS])
            name = f"components {number}-{first:02}, opset {batch[0].opset}, {batch[0].dtype}"
            yield model(name, made.SerializeToString(), options)


def hostile_files():
    files = (
        no_models(), deep(), small_things(), claimed(), huge_constants(), wrong_tensors(), changed("broken", BROKEN),
        changed("sound", SOUND), cut(), flips(),
    )  # fmt: skip
    for name, data in (each for kind in files for each in kind):
        yield model(name, data, more=LIMITS)


def no_models():
    return ((f"no model: {kind}", data) for kind, data in NO_MODELS.items())


def deep():
    for kind in hostile.DEEP:
        for levels in (40, 200):
            yield f"{kind} {levels} deep", hostile.deep(kind, levels)


def small_things():
    return ((f"many small things: {kind}", make(SIZE)) for kind, make in hostile.BOMBS.items())


def claimed():
    return ((f"a claimed length of {length}", hostile.claimed(length)) for length in hostile.CLAIMED)


def huge_constants():
    return ((f"a constant of the shape {shape}", hostile.huge_constant(shape)) for shape in hostile.HUGE)


def wrong_tensors():
    for kind, change in WRONG.items():
        for tensor in ("w", "b", "y_gamma"):
            yield f"tensor {tensor}: {kind}", spoil(tensor, change).SerializeToString()


def changed(title, changes):
    """`changes` has a function for each kind, alone or with the error that it must lead to."""
    for kind, change in changes.items():
        made = conv_norm()
        (change[0] if isinstance(change, tuple) else change)(made)
        yield f"{title}: {kind}", made.SerializeToString()


def cut():
    data = small().SerializeToString()
    return ((f"cut off after {length} bytes", data[:length]) for length in range(13, len(data), 41))


def flips():
    generator, sources = random.Random(SEED), list(flip_sources())
    for number in range(60):
        yield f"flipped bits {number:02}", flipped(sources[number % len(sources)], generator)
