"""Store what Keras on TensorFlow gives for `neural_cases.py`.

Run `python make_neural.py` where Keras and TensorFlow are.
"""

import json
import pathlib

import neural_cases
import numpy as np
import tensorflow as tf
from keras import ops


def weights(shape):
    return np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape).astype("float32")


def flat(result):
    parts = result if isinstance(result, (tuple, list)) else [result]
    return [tf.convert_to_tensor(part) for part in parts]


def numbers(array):
    return [float(f"{value:.8g}") for value in np.asarray(array, "float64").ravel()]


def evaluate(expression):
    inputs = {n: tf.constant(v) for n, v in neural_cases.INPUTS.items()}
    watched = {n: t for n, t in inputs.items() if t.dtype == tf.float32}
    with tf.GradientTape() as tape:
        for tensor in watched.values():
            tape.watch(tensor)
        results = flat(eval(expression, {"ops": ops, **inputs}))
        floats = [result for result in results if result.dtype == tf.float32]
        loss = sum(tf.reduce_sum(r * weights(r.shape)) for r in floats)
    record = {"results": [[r.dtype.name, list(r.shape), numbers(r)] for r in results]}
    if floats:
        found = tape.gradient(loss, watched)
        record["gradients"] = {
            name: numbers(tf.convert_to_tensor(g))
            for name, g in found.items()
            if g is not None
        }
    return record


def main():
    table = {expression: evaluate(expression) for expression in neural_cases.CASES}
    path = pathlib.Path(__file__).with_name("neural.json")
    lines = (f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
