"""Store what Keras 2 on TensorFlow gives for `keras_function_cases.py`.

Run `TF_USE_LEGACY_KERAS=1 python make_keras_functions.py` where tf_keras is.
"""

import json
import pathlib

import keras_function_cases as cases
import numpy as np
import tensorflow as tf
from tf_keras.src import backend


def numbers(array):
    if array.dtype.kind == "f":
        return [float(f"{value:.7g}") for value in array.astype("float64").ravel()]
    return [int(value) for value in array.ravel()]


def evaluate(expression):
    names = {**vars(cases), "K": backend, "c": tf.constant}
    found = [np.asarray(x) for x in tf.nest.flatten(eval(expression, names))]
    return [[x.dtype.name, list(x.shape), numbers(x)] for x in found]


def main():
    table = {expression: evaluate(expression) for expression in cases.CASES}
    path = pathlib.Path(__file__).with_name("keras_functions.json")
    lines = (f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
