"""How the cost of training grows with batch, width, depth, length and data.

    python benchmarks/growth.py

Prints JSON: for each axis the sizes, and milliseconds for each; `run.py` makes a table
of them. Milliseconds are those of a step, with the axis `data` those of an epoch.
"""

import json
import time

import numpy as np

import kerasish as keras

STEPS, ROUNDS = 4, 3


def dense(width=128, depth=2):
    """A stack of dense layers."""
    layers = [keras.layers.Dense(width, activation="relu") for _ in range(depth)]
    return keras.Sequential([keras.Input((64,)), *layers, keras.layers.Dense(1)])


def recurrent(length):
    """A recurrent layer over some steps of time."""
    layers = [keras.layers.LSTM(64), keras.layers.Dense(1)]
    return keras.Sequential([keras.Input((length, 32)), *layers])


def convolutional(size):
    """Two convolutions on square images."""
    layers = [keras.layers.Conv2D(32, 3, activation="relu") for _ in range(2)]
    layers += [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)]
    return keras.Sequential([keras.Input((size, size, 3)), *layers])


# Axis: sizes, the model of a size, and the rows of a step.
AXES = {
    "batch": ((32, 128, 512, 2048), lambda size: dense(), lambda size: size),
    "width": ((64, 256, 1024), lambda size: dense(size), lambda size: 128),
    "depth": ((2, 8, 32, 64), lambda size: dense(depth=size), lambda size: 128),
    "length": ((10, 40, 160), recurrent, lambda size: 32),
    "pixels": ((16, 32, 64), convolutional, lambda size: 8),
    "data": ((1000, 10_000, 100_000), lambda size: dense(), lambda size: 128),
}


def milliseconds(model, x, y, batch):
    """The least milliseconds of an epoch."""
    model.fit(x, y, batch_size=batch, verbose=0)
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        model.fit(x, y, batch_size=batch, verbose=0)
        spent.append(time.perf_counter() - start)
    return 1e3 * min(spent)


def main():
    rng, found = np.random.default_rng(0), {}
    for axis, (sizes, build, rows_of_step) in AXES.items():
        found[axis] = []
        for size in sizes:
            model, batch = build(size), rows_of_step(size)
            model.compile("adam", "mse")
            rows = size if axis == "data" else batch * STEPS
            x = rng.normal(size=(rows, *model.input_shape[1:])).astype("float32")
            y = rng.normal(size=(rows, 1)).astype("float32")
            steps = 1 if axis == "data" else STEPS
            found[axis].append((size, milliseconds(model, x, y, batch) / steps))
    print("ANSWER " + json.dumps(found))


if __name__ == "__main__":
    main()
