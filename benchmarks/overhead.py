"""What a step costs besides arithmetic: a linear model on 13 features.

    python benchmarks/overhead.py [module ...]

Times `fit` at batch 32, `predict(x[:1])` and `model(x[:1])` for kerasish and for each
other Keras module named that can be imported (say `keras`, with `KERAS_BACKEND` set).
The modules take turns, and medians are printed.
"""

import importlib
import os
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

ROWS, FEATURES, BATCH, ROUNDS, CALLS = 4096, 13, 32, 5, 50


def build(keras):
    """Return a compiled linear model of a Keras module."""
    model = keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    return model


def seconds(function, repeat=1):
    """Return the mean seconds of some calls."""
    start = time.perf_counter()
    for _ in range(repeat):
        function()
    return (time.perf_counter() - start) / repeat


def main():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, FEATURES)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    models = {}
    for name in ["kerasish", *sys.argv[1:]]:
        models[name] = build(importlib.import_module(name))
        models[name].fit(x, y, batch_size=BATCH, verbose=0)
    rows = {name: [] for name in models}
    for _ in range(ROUNDS):
        for name, model in models.items():
            fit = seconds(lambda m=model: m.fit(x, y, batch_size=BATCH, verbose=0))
            predict = seconds(lambda m=model: m.predict(x[:1], verbose=0), CALLS)
            call = seconds(lambda m=model: np.asarray(m(x[:1])), CALLS)
            rows[name].append((ROWS / fit, 1e3 * predict, 1e3 * call))
    print(f"{'':12s} {'fit rows/s':>12s} {'predict(1) ms':>14s} {'model(1) ms':>12s}")
    for name, values in rows.items():
        fit, predict, call = (statistics.median(column) for column in zip(*values))
        print(f"{name:12s} {fit:12,.0f} {predict:14.3f} {call:12.3f}")


if __name__ == "__main__":
    main()
