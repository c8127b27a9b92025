"""Samples of complex numbers."""

import numpy as np

from tests.backend.sample import Sample
from tests.backend.samples.arithmetic import COLUMN, ROW, each

Z = np.complex64([[1 + 2j, -3j], [0.5, -1 - 1j]])

SAMPLES = {
    "real": [Sample(Z, reference=each(lambda z: z.real), gradient=False)],
    "imag": [Sample(Z, reference=each(lambda z: z.imag), gradient=False)],
    "conj": [
        Sample(Z, reference=each(lambda z: complex(z.real, -z.imag)), gradient=False)
    ],
    "complex": [
        Sample(COLUMN, ROW, reference=each(complex), gradient=False),
        Sample(
            ROW.astype("float64"),
            ROW.astype("float64"),
            reference=each(complex),
            gradient=False,
        ),
    ],
}
