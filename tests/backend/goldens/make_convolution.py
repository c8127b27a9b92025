"""Store what Keras on TensorFlow gives for convolution and pooling of odd geometries.

Run with a Python that has keras and tensorflow:
`python -m tests.backend.goldens.make_convolution`. Inputs are small integers, so that
sums are exact; each result is stored as its shape and two checksums.
"""

from __future__ import annotations

import itertools
import json
import pathlib

import numpy as np

PATH = pathlib.Path(__file__).with_name("convolution.json")
SHAPES = [(2, 7, 2), (1, 10, 2), (1, 1, 2), (2, 7, 6, 2), (1, 5, 9, 2), (1, 5, 4, 6, 2)]


def integers(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Return integers from -4 to 4 as float32."""
    state = (np.arange(np.prod(shape)) + seed) * 2654435761 % 2**32 // 65536
    return (state % 9 - 4).reshape(shape).astype("float32")


def checksums(result: np.ndarray) -> list:
    """Return the shape, the sum, and a sum with weights that tell places apart."""
    flat = np.asarray(result, "float64").ravel()
    weights = np.arange(flat.size) % 101 + 1
    return [list(result.shape), round(flat.sum(), 3), round((flat * weights).sum(), 3)]


def cases():
    """Yield `(function, arguments, keywords)` of every case."""
    for shape, size, (stride, dilation), padding in itertools.product(
        SHAPES, (1, 2, 3, 4), ((1, 1), (2, 1), (3, 1), (1, 2)), ("valid", "same")
    ):
        rank = len(shape) - 2
        # Windows that do not fit are an error here. In three dimensions TensorFlow
        # shifts strides that are longer than the window.
        if padding == "valid" and (size - 1) * dilation >= min(shape[1:-1]):
            continue
        if rank == 3 and stride > size:
            continue
        x, window = integers(shape, 1), (size,) * rank
        options = {"strides": stride, "padding": padding}
        both = {**options, "dilation_rate": dilation}
        yield "conv", (x, integers((*window, 2, 3), 2)), both
        if dilation == 1:
            yield "max_pool", (x, size), options
            yield "average_pool", (x, size), options
        if rank < 3:
            yield "depthwise_conv", (x, integers((*window, 2, 2), 3)), both
        if dilation == 1:
            for extra in (None, 0, 1):
                if extra == 0 and padding == "same" and size % 2 == 0:
                    continue
                if extra is not None and extra >= stride:
                    continue
                keywords = {**options, "output_padding": extra}
                yield "conv_transpose", (x, integers((*window, 3, 2), 4)), keywords


def main() -> None:
    """Compute and store all cases."""
    import keras

    rows = [
        checksums(np.asarray(getattr(keras.ops, name)(*arguments, **keywords)))
        for name, arguments, keywords in cases()
    ]
    PATH.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main()
