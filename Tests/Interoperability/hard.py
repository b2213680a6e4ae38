"""Numbers on which ordinary arithmetic goes wrong: constants of one convolution and its norm, for each type."""

import numpy as np
from mpmath import mp, mpf

from exact import FORMATS, exact, quantum, rounded

KINDS = ("gamma", "beta", "mean", "variance")


class Case:
    """Weight `[C, K]`, bias and the norm's vectors, all of one type; epsilon is a float32."""

    def __init__(self, dtype, weight, bias, gamma, beta, mean, variance, epsilon=1e-3):
        self.dtype = np.dtype(dtype)
        store = lambda values: np.asarray(values, np.float64).astype(self.dtype)  # noqa: E731
        self.weight, self.bias = store(weight), store(bias)
        self.gamma, self.beta, self.mean, self.variance = map(store, (gamma, beta, mean, variance))
        self.epsilon = float(np.float32(epsilon))

    @property
    def parameters(self):
        return {kind: getattr(self, kind) for kind in KINDS}

    def naive(self):
        """What arithmetic in float64, rounded once at the end, would store."""
        wide = {kind: value.astype(np.float64) for kind, value in self.parameters.items()}
        scale = wide["gamma"] / np.sqrt(wide["variance"] + self.epsilon)
        weight = self.weight.astype(np.float64) * scale[:, None]
        bias = self.bias.astype(np.float64) * scale + (wide["beta"] - wide["mean"] * scale)
        return weight.astype(self.dtype), bias.astype(self.dtype)

    def through_float(self):
        """What arithmetic in float32 would store."""
        wide = {kind: value.astype(np.float32) for kind, value in self.parameters.items()}
        scale = wide["gamma"] / np.sqrt(wide["variance"] + np.float32(self.epsilon))
        weight = self.weight.astype(np.float32) * scale[:, None]
        return weight.astype(self.dtype), ((self.bias - wide["mean"]) * scale + wide["beta"]).astype(self.dtype)

    @property
    def scale(self):
        roots = [mp.sqrt(v + mpf(self.epsilon)) for v in exact(self.variance)]
        return np.array([g / r for g, r in zip(exact(self.gamma), roots)], object)


def digits(dtype):
    return FORMATS[np.dtype(dtype)][0]


def plain(random, dtype, channels, inputs):
    """Ordinary numbers, to be made hard in one respect by the callers."""
    return {
        "weight": random.standard_normal([channels, inputs]),
        "bias": random.standard_normal(channels),
        "gamma": random.uniform(0.5, 1.5, channels),
        "beta": random.standard_normal(channels),
        "mean": random.standard_normal(channels),
        "variance": random.uniform(0.5, 2, channels),
    }


def neighbours(values, dtype, steps):
    """The elements of `dtype` that are some steps away from `values`."""
    stored = np.asarray(values, np.float64).astype(dtype)
    unsigned = {2: np.uint16, 4: np.uint32, 8: np.uint64}[stored.dtype.itemsize]
    return (stored.view(unsigned) + np.asarray(steps).astype(unsigned)).view(stored.dtype).astype(np.float64)


def bias_near_mean(random, dtype, channels, inputs):
    """The bias is a few units in the last place away from the mean, or equal to it."""
    numbers = plain(random, dtype, channels, inputs)
    numbers["mean"] = random.choice([1.0, 100, 3e-3], channels) * random.uniform(1, 2, channels)
    numbers["bias"] = neighbours(numbers["mean"], dtype, random.integers(0, 4, channels))
    numbers["beta"] = numbers["beta"] * random.choice([0, 1, 1e-4, 1e-7], channels)
    return Case(dtype, **numbers)


def large_scales(random, dtype, channels, inputs):
    """Scales of several hundred, from tiny variances."""
    numbers = plain(random, dtype, channels, inputs)
    top = 1e2 if np.dtype(dtype) == np.float16 else 1e3
    numbers["gamma"] = random.uniform(0.3, 1, channels) * top / 10
    numbers["variance"] = random.uniform(1, 9, channels) * 1e-4
    numbers["epsilon"] = 1e-5
    numbers["weight"] *= 0.1
    numbers["mean"] = numbers["bias"] + random.standard_normal(channels) * 1e-3
    return Case(dtype, **numbers)


def exact_ties(random, dtype, channels, inputs):
    """The square root is a power of two and the products end in exactly half a unit of the last place."""
    numbers = plain(random, dtype, channels, inputs)
    numbers["gamma"] = random.choice([1.5, -0.75, 1.25, 3, 0.625, -1.125], channels)
    numbers["variance"] = random.choice([4.0, 1, 0.25, 16], channels)
    numbers["bias"] = np.round(numbers["bias"] * 64) / 64
    numbers["mean"] = np.round(numbers["mean"] * 64) / 64
    numbers["beta"] = 2.0 ** -digits(dtype) * random.integers(-3, 4, channels)
    return Case(dtype, **numbers, epsilon=0)


def exact_ties_with_epsilon(random, dtype, channels, inputs):
    """Variance and epsilon add up to a square that is not a power of two; the quotient is exact all the same."""
    numbers = plain(random, dtype, channels, inputs)
    numbers["gamma"] = random.choice([4.5, 9, -13.5, 2.25], channels)
    numbers["variance"] = np.full(channels, 8.75)
    return Case(dtype, **numbers, epsilon=0.25)


def cancelled(random, dtype, channels, inputs):
    """`(bias − mean) · scale + beta` is exactly zero, or all but zero."""
    numbers = plain(random, dtype, channels, inputs)
    numbers["gamma"] = random.choice([1.0, 2, -0.5], channels)
    numbers["variance"] = random.choice([4.0, 1, 0.25], channels)
    numbers["bias"] = np.round(numbers["bias"] * 16) / 16
    numbers["mean"] = np.round(numbers["mean"] * 16) / 16
    scale = numbers["gamma"] / np.sqrt(numbers["variance"])
    numbers["beta"] = -(numbers["bias"] - numbers["mean"]) * scale
    almost = random.random(channels) < 0.5
    numbers["beta"] = np.where(almost, neighbours(numbers["beta"], dtype, np.ones(channels)), numbers["beta"])
    return Case(dtype, **numbers, epsilon=0)


def nearly_cancelled(random, dtype, channels, inputs):
    """beta is the rounded opposite of an irrational term: of the sum only the rounding error is left."""
    case = Case(dtype, **plain(random, dtype, channels, inputs))
    terms = (exact(case.bias) - exact(case.mean)) * case.scale
    case.beta = np.array([-rounded(t, dtype) for t in terms]).astype(dtype)
    return case


def subnormal(random, dtype, channels, inputs):
    """Results below the smallest normal number, ties among them, and results that vanish."""
    _, lowest, _ = FORMATS[np.dtype(dtype)]
    numbers = plain(random, dtype, channels, inputs)
    unit = 2.0 ** (lowest // 2)
    numbers["weight"] = random.integers(-40, 41, [channels, inputs]) * unit / 4
    numbers["gamma"] = random.choice([0.5, 1, 3, 2.5], channels) * unit
    numbers["variance"] = random.choice([1.0, 4, 0.25], channels)
    numbers["bias"] = random.integers(-9, 10, channels) * unit
    numbers["mean"] = random.integers(-9, 10, channels) * unit / 2
    numbers["beta"] = random.integers(-1, 2, channels) * 2.0**lowest
    return Case(dtype, **numbers, epsilon=0)


def wide_exponents(random, dtype, channels, inputs):
    """Significands and exponents from everywhere, as far as nothing overflows."""
    span = {11: 5, 8: 40, 24: 40, 53: 300}[digits(dtype)]
    power = lambda shape, s: 2.0 ** random.integers(-s, s, shape)  # noqa: E731
    numbers = plain(random, dtype, channels, inputs)
    numbers["weight"] *= power([channels, inputs], span)
    numbers["gamma"] *= power(channels, span // 2)
    numbers["variance"] *= power(channels, span // 2)
    for kind in ("bias", "mean", "beta"):
        numbers[kind] *= power(channels, span)
    return Case(dtype, **numbers, epsilon=1e-12)


def first_multiple_within(step, modulus, low, high):
    """The smallest `x ≥ 0` with `low ≤ x · step mod modulus ≤ high`, or None; in the manner of Euclid."""
    if low == 0:
        return 0
    if step == 0:
        return None
    x = -(-low // step)
    if x * step <= high:
        return x
    y = first_multiple_within(modulus % step, step, step - high % step, step - low % step)
    return None if y is None else -(-(low + modulus * y) // step)


# how near to a midpoint, as a power of two of the last place, and in how many channels
NEARNESS = {11: (-15, 60), 8: (-18, 4), 24: (-31, 24)}


def near_midpoints(random, dtype, channels, inputs):
    """In each of the first channels one weight whose exact product with the scale is next to a midpoint, not on it.

    Arithmetic in double precision is not exact enough to decide these in float32, and rounding by way of float32
    sends those of the short types to the wrong side.
    """
    case = Case(dtype, **plain(random, dtype, channels, inputs))
    count = digits(dtype)
    nearness, hard_channels = NEARNESS[count]
    first, modulus = 1 << (count - 1), 1 << 96
    radius = 1 << (96 + nearness)
    for channel in range(hard_channels):
        found = None
        while found is None or found > first // 2:  # further on the product might pass a power of two
            gamma, variance = random.uniform(0.5, 2, 2).astype(dtype)
            scale = mpf(float(gamma)) / mp.sqrt(mpf(float(variance)) + mpf(case.epsilon))
            product = scale * first
            unit = mpf(2) ** quantum(product, np.float32) * mpf(2) ** (24 - count)
            if product / unit * 3 > first * 4:
                continue
            start, step = (int(mp.floor(v / unit % 1 * modulus)) for v in (product, scale))
            low, high = ((modulus // 2 + side - start) % modulus for side in (-radius, radius))
            found = 0 if low > high else first_multiple_within(step, modulus, low, high)
        case.gamma[channel], case.variance[channel] = gamma, variance
        case.weight[channel, 0] = np.asarray((first + found) * 2.0 ** (1 - count)).astype(dtype)
    return case


def bias_near_midpoints(random, dtype, channels, inputs):
    """beta brings the bias next to a midpoint; of many values of the mean, the one that comes nearest is taken."""
    numbers = plain(random, dtype, channels, inputs)
    numbers["bias"] = 2 + np.abs(numbers["bias"])
    case = Case(dtype, **numbers)
    for channel, scale in enumerate(case.scale):
        best = None
        for mean in random.uniform(-1, 1, 24).astype(dtype):
            term = (mpf(float(case.bias[channel])) - mpf(float(mean))) * scale
            place = mpf(2) ** quantum(term, dtype)
            midpoint = (mp.floor(term / place) + mpf(1) / 2) * place
            beta = rounded(midpoint - term, dtype)
            distance = abs(term + mpf(beta) - midpoint) / place
            if distance and (best is None or distance < best[0]):
                best = distance, mean, beta
        _, case.mean[channel], case.beta[channel] = best
    return case
