"""Samples of conversions between data types."""

import numpy as np

from tests.backend.sample import Sample

X = np.float32([[1.7, -1.7, 0.0], [2.5, 200.0, -0.4]])


def converted(x, dtype):
    kinds = {"b": bool, "i": int, "u": int, "f": float}
    convert = kinds[np.dtype(dtype).kind]
    values = [convert(value) for value in x.ravel().tolist()]
    return np.array(values, dtype).reshape(x.shape)


SAMPLES = {
    "cast": [
        Sample(X, reference=converted, dtype="float64"),
        Sample(X, reference=converted, gradient=False, dtype="int32"),
        Sample(X, reference=converted, gradient=False, dtype="bool"),
        Sample(X > 0, reference=converted, dtype="float32"),
        Sample(
            np.complex64([1 + 2j, 0j]),
            reference=lambda x, dtype: np.float32([1.0, 0.0]),
            gradient=False,
            dtype="float32",
        ),
    ],
    "view": [
        Sample(
            np.float32([[1.0, -2.0]]),
            reference=lambda x, dtype: np.array([[0x3F800000, -(2**30)]], "int32"),
            gradient=False,
            dtype="int32",
        ),
        Sample(
            np.array([[1, 2], [255, 0]], "uint8"),
            reference=lambda x, dtype: np.array([[513], [255]], "uint16"),
            dtype="uint16",
        ),
        Sample(
            np.array([513, 255], "uint16"),
            reference=lambda x, dtype: np.array([1, 2, 255, 0], "uint8"),
            dtype="uint8",
        ),
    ],
}
