"""Fit a straight line with the graph alone: no layer, no model, no optimizer.

Placeholders stand for the data, Variables hold slope and intercept, `gradients` builds
the derivative as more graph, and a function with updates makes one step of descent.
"""

import numpy as np

import kerasish as keras
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import placeholder
from kerasish.backend.plan import Function

SLOPE, INTERCEPT = 2.0, -1.0


def make_data(samples=200, noise=0.1):
    """Points near a line, from a fixed seed."""
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, size=samples).astype("float32")
    y = SLOPE * x + INTERCEPT + noise * random.normal(size=samples)
    return x, y.astype("float32")


def build_step(slope, intercept, learning_rate):
    """A function of (x, y) that returns the loss and moves both Variables."""
    x, y = placeholder((None,), name="x"), placeholder((None,), name="y")
    error = x * slope.leaf + intercept.leaf - y
    loss = keras.ops.mean(error * error)
    derivatives = gradients(loss, [slope, intercept])
    updates = [
        (variable, variable.leaf - learning_rate * derivative)
        for variable, derivative in zip([slope, intercept], derivatives)
    ]
    return Function([x, y], [loss], updates)


def main(steps=200, learning_rate=0.3):
    """Fit, and print how the loss falls and what was found."""
    slope = keras.Variable(0.0, name="slope")
    intercept = keras.Variable(0.0, name="intercept")
    step = build_step(slope, intercept, learning_rate)
    x, y = make_data()
    for number in range(steps):
        (loss,) = step(x, y)
        if number % 50 == 0:
            print(f"step {number:3d}: loss {float(loss):.4f}")
    print(f"slope {float(slope):.2f}, intercept {float(intercept):.2f}")
    return float(slope), float(intercept)


if __name__ == "__main__":
    main()
