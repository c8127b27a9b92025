"""Samples of complex numbers."""

import numpy as np

from kerasish.backend import ops
from kerasish.backend.graph import OPS
from tests.backend.sample import Sample
from tests.backend.samples.arithmetic import COLUMN, ROW, each

X, Y = np.float32([0.5, -1.5, 0.75]), np.float32([1.25, 0.5, -0.5])
Z = np.complex64([[1 + 2j, -3j], [0.5, -1 - 1j]])


def _through_parts(x, y):
    """Arithmetic on complex numbers whose parts are the inputs."""
    z = OPS["complex"](x, y)
    product = OPS["multiply"](OPS["conj"](z), OPS["exp"](z))
    result = OPS["add"](OPS["divide"](product, z), OPS["multiply"](z, z))
    return ops.real(result), ops.imag(result)


def _through_numbers(x, y):
    z = x + 1j * y
    result = np.conj(z) * np.exp(z) / z + z * z
    return result.real.astype(x.dtype), result.imag.astype(x.dtype)


def _polar(x, y):
    z = OPS["conj"](OPS["complex"](x, y))
    return ops.hypot(ops.real(z), ops.imag(z)), ops.angle(z)


def _polar_numbers(x, y):
    return np.sqrt(x * x + y * y), np.arctan2(-y, x)


SAMPLES = {
    "real": [Sample(Z, reference=each(lambda z: z.real), gradient=False)],
    "imag": [Sample(Z, reference=each(lambda z: z.imag), gradient=False)],
    "conj": [
        Sample(Z, reference=each(lambda z: complex(z.real, -z.imag)), gradient=False)
    ],
    "complex": [
        Sample(X, Y, function=_polar, reference=_polar_numbers),
        # Arithmetic narrows complex numbers to single precision.
        Sample(X, Y, function=_through_parts, reference=_through_numbers, second=False),
        Sample(COLUMN, ROW, reference=each(complex), gradient=False),
        Sample(
            ROW.astype("float64"),
            ROW.astype("float64"),
            reference=each(complex),
            gradient=False,
        ),
    ],
}
