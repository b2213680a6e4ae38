"""A source of decisions that remembers them, so that what they led to can be made again, and smaller."""

import time

import numpy as np


class Choices:
    """Numbers below bounds: from a seed, or replayed from a list and 0 after its end.

    Whatever uses them takes 0 for its simplest choice; then every list of numbers is a valid recipe, and a shorter or
    lower one makes something smaller.
    """

    def __init__(self, seed=None, recipe=None):
        self.random = None if seed is None else np.random.default_rng(seed)
        self.recipe, self.taken = recipe, []

    def below(self, bound):
        place = len(self.taken)
        if self.recipe is None:
            value = int(self.random.integers(bound))
        else:
            value = min(self.recipe[place], bound - 1) if place < len(self.recipe) else 0
        self.taken.append(value)
        return value

    def chance(self, percent):
        """Whether something happens that makes the result larger."""
        return self.below(100) >= 100 - percent

    def pick(self, options):
        return options[self.below(len(options))]


def passes(recipe):
    """Ways to make a recipe smaller, the boldest first; each is told at which place and gives what it makes there."""
    size = len(recipe)
    while size:
        yield size, lambda r, i, n=size: r[:i] + r[i + n :]
        # What a number counts is made after it: one less of it, and its own numbers gone.
        yield size, lambda r, i, n=size: [max(r[0] - 1, 0), *r[1:i], *r[max(i, 1) + n :]]
        size //= 2
    yield 1, lambda r, i: [*r[:i], 0, *r[i + 1 :]]
    yield 1, lambda r, i: [*r[:i], r[i] // 2, *r[i + 1 :]]
    yield 1, lambda r, i: [*r[:i], max(r[i] - 1, 0), *r[i + 1 :]]


def shrunk(recipe, fails, seconds=60):
    """A small recipe for which `fails` still holds; `fails` gives the recipe as it was really taken, or None."""
    end = time.monotonic() + seconds
    size = lambda r: (len(r), sum(r))  # noqa: E731
    tried, before = {tuple(recipe)}, None
    while recipe != before:
        before = recipe
        for stride, smaller in passes(recipe):
            place = 0
            while place < len(recipe) and time.monotonic() < end:
                candidate = smaller(recipe, place)
                taken = None if tuple(candidate) in tried else fails(candidate)
                tried.add(tuple(candidate))
                if taken is not None and size(taken) < size(recipe):
                    recipe = taken
                else:
                    place += stride
    return recipe
