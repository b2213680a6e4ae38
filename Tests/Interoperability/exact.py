"""Exact folds in multi-precision arithmetic, and their correct rounding to a storage type.

Everything is computed from the stored bits with 640 bits and brought to 480 before it is rounded, so that results
which are exact in real arithmetic (ties, cancellation to zero) come out exact although the square roots are not.
"""

import ml_dtypes
import numpy as np
from mpmath import libmp, mp, mpf

mp.prec = 640
KEPT = 480
NOISE = mpf(2) ** -560

# significand digits, exponent of the smallest subnormal, exponent of the largest power of two
FORMATS = {
    np.dtype(np.float64): (53, -1074, 1023),
    np.dtype(np.float32): (24, -149, 127),
    np.dtype(np.float16): (11, -24, 15),
    np.dtype(ml_dtypes.bfloat16): (8, -133, 127),
}


def exact(values):
    """An object array of the multi-precision values of floating-point elements."""
    wide = np.asarray(values).astype(np.float64)
    out = np.empty(wide.shape, object)
    flat = out.reshape(-1)
    for i, v in enumerate(wide.reshape(-1).tolist()):
        flat[i] = mpf(v)
    return out


def quantum(value, dtype):
    """The exponent of the last place that `value` has in `dtype`."""
    digits, lowest, _ = FORMATS[np.dtype(dtype)]
    _, man, exp, bits = value._mpf_
    return lowest if not man else max(exp + bits - digits, lowest)


def rounded(value, dtype):
    """The element of `dtype` nearest to a multi-precision value, ties to even, as a float."""
    digits, _, top = FORMATS[np.dtype(dtype)]
    sign, man, exp, bits = libmp.mpf_pos(value._mpf_, KEPT, "n")
    if not man:
        return 0.0
    place = quantum(value, dtype)
    if exp < place:
        shift = place - exp
        man, rest = divmod(man, 1 << shift) if shift < bits + 2 else (0, 1)
        half = 1 << (shift - 1)
        if shift < bits + 2 and (rest > half or (rest == half and man & 1)):
            man += 1
        exp = place
    if man.bit_length() + exp > top + 1:
        return -np.inf if sign else np.inf
    return float(libmp.to_float((sign, man, exp, man.bit_length()) if man else libmp.fzero, strict=False))


def error_in_ulps(stored, value, dtype):
    """How far a stored element is from the exact value, in units of the last place of the exact value."""
    if not np.isfinite(stored):
        return np.inf
    return float(abs(mpf(float(stored)) - value) / mpf(2) ** quantum(value, dtype))


class Affine:
    """`y = scale · x + shift` in real arithmetic; scale per channel, shift broadcast to the value's rank."""

    def __init__(self, scale, shift):
        self.scale, self.shift = scale, shift


def normed(affine, channel_axis_shape, gamma, beta, mean, variance, epsilon):
    """`affine` followed by an inference-mode norm; `channel_axis_shape` is like `(1, C, 1, 1)`."""
    epsilon = mpf(float(np.float32(epsilon)))
    gamma, beta, mean, variance = (exact(p) for p in (gamma, beta, mean, variance))
    roots = np.array([mp.sqrt(v + epsilon) for v in variance] + [None], object)[:-1]
    across = lambda values: values.reshape(channel_axis_shape)  # noqa: E731
    centred = affine.shift - across(mean)
    centred = without_noise(centred, affine.shift, across(mean))
    moved = centred * across(gamma) / across(roots)
    shift = without_noise(moved + across(beta), moved, across(beta))
    return Affine(affine.scale * gamma / roots, shift)


def without_noise(total, *terms):
    """Zero where a sum is nothing but the error of its irrational terms."""
    size = sum(np.vectorize(abs, otypes=[object])(t) for t in terms)
    return np.where(np.vectorize(abs, otypes=[object])(total) <= size * NOISE, mpf(0), total)


def assert_rounded(stored, values, what):
    """Each stored element is its exact value, correctly rounded (float64: within 1 ulp).

    Returns the largest error in ulp.
    """
    dtype = stored.dtype
    most = 0.0
    for index, (have, value) in enumerate(zip(stored.astype(np.float64).reshape(-1).tolist(), values.reshape(-1))):
        found = error_in_ulps(have, value, dtype)
        most = max(most, found)
        if dtype == np.float64:
            right = found <= 1
        elif found < 0.4999:  # far from a midpoint there is nothing to decide
            right = True
        else:
            right = rounded(value, dtype) == have
        assert right, (
            f"{what}[{index}] of {dtype}: stored {have!r} ({float(have).hex()}), exact {mp.nstr(value, 25)}, "
            f"correctly rounded {rounded(value, dtype)!r}, {found:.6g} ulp off"
        )
    return most
