"""Train with SIGINT at random moments; report what was left behind as JSON.

Run as: python interrupted_fit.py SEED COUNT
"""

import json
import os
import random
import signal
import sys
import threading
import time

import numpy as np

import kerasish as keras


class Snapshots(keras.callbacks.Callback):
    """Keeps the state after each whole step, by the number of the step."""

    def __init__(self, model):
        super().__init__()
        self.states = {steps_of(model): state(model)}

    def on_train_batch_end(self, batch, logs=None):
        self.states[steps_of(self.model)] = state(self.model)


def steps_of(model):
    return int(model.optimizer.iterations.numpy())


def state(model):
    arrays = model.get_weights() + [v.numpy() for v in model.optimizer.variables]
    return [array.tobytes() for array in arrays]


def replay(model, start, x, y, batch_size):
    """Returns the state that one whole step from `start` gives, for each batch."""
    arrays = model.weights + model.optimizer.variables
    now = [variable.numpy() for variable in arrays]
    results = []
    for first in range(0, len(x), batch_size):
        for variable, old in zip(arrays, start, strict=True):
            variable.assign(np.frombuffer(old, variable.dtype).reshape(variable.shape))
        rows = slice(first, first + batch_size)
        model.train_on_batch(x[rows], y[rows])
        results.append(state(model))
    for variable, value in zip(arrays, now, strict=True):
        variable.assign(value)
    return results


def main(seed, count):
    random.seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((96, 6)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(5, "tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(x, y, batch_size=32, verbose=0)
    report = {"interrupted": 0, "whole": 0, "history": 0, "threads": 0}
    for _ in range(count):
        snapshots = Snapshots(model)
        delay = random.uniform(0.002, 0.06)

        def strike(delay=delay):
            time.sleep(delay)
            os.kill(os.getpid(), signal.SIGINT)

        killer = threading.Thread(target=strike)
        try:
            killer.start()
            model.fit(
                x,
                y,
                batch_size=32,
                epochs=100_000,
                shuffle=False,
                callbacks=[snapshots],
                verbose=random.choice([0, 1, 2]),
            )
        except KeyboardInterrupt:
            report["interrupted"] += 1
        killer.join()
        steps = steps_of(model)
        known = snapshots.states
        if steps in known:
            possible = [known[steps]]
        else:
            possible = replay(model, known[steps - 1], x, y, 32)
        report["whole"] += state(model) in possible
        history = model.history
        report["history"] += len(history.epoch) == len(history.history.get("loss", []))
        report["threads"] += threading.active_count() == 1
    final = model.fit(x, y, batch_size=32, epochs=2, verbose=0).history["loss"]
    report["goes_on"] = bool(np.isfinite(final).all())
    print("\n" + json.dumps(report))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
