"""Store what Keras on TensorFlow gives for `elementwise_cases.py`.

Run `python make_elementwise.py` where Keras and TensorFlow are. A case that Keras
refuses is left out.
"""

import json
import pathlib
import sys

import elementwise_cases
import numpy as np
import tensorflow as tf
from keras import ops


def weights(shape):
    return np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape)


def numbers(array):
    return [float(value) for value in np.asarray(array).astype("float64").ravel()]


def evaluate(expression):
    inputs = {n: tf.constant(v) for n, v in elementwise_cases.INPUTS.items()}
    names = compile(expression, "case", "eval").co_names
    watched = {n: t for n, t in inputs.items() if n in names and t.dtype == tf.float32}
    with tf.GradientTape() as tape:
        for tensor in watched.values():
            tape.watch(tensor)
        result = eval(expression, {"ops": ops, **inputs})
        loss = None
        if watched and result.dtype.is_floating:
            loss = tf.reduce_sum(result * weights(result.shape).astype("float32"))
    record = {
        "dtype": result.dtype.name,
        "shape": list(result.shape),
        "values": numbers(result),
    }
    if loss is not None:
        found = tape.gradient(loss, watched, unconnected_gradients="zero")
        record["gradients"] = {name: numbers(g) for name, g in found.items()}
    return record


def main():
    table = {}
    for expression in elementwise_cases.CASES:
        try:
            table[expression] = evaluate(expression)
        except Exception as error:
            print(expression, type(error).__name__, str(error)[:90], file=sys.stderr)
    path = pathlib.Path(__file__).with_name("elementwise.json")
    lines = (f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
