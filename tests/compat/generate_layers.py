"""Writes `goldens/layers.npz` with real Keras on TensorFlow.

Run it in an environment with `keras`, `tf_keras` and `tensorflow`:

    KERAS_BACKEND=tensorflow python -m tests.compat.generate_layers
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from tests.compat.layer_case import RATE, STEPS, Case, projection, weight_values
from tests.compat.layer_cases import CASES

LIBRARIES = {"keras": keras, "tf_keras": tf_keras}


def flat(outputs: Any) -> list:
    """Return the tensors of a nested output."""
    return keras.tree.flatten(outputs)


def _variable(weight: Any) -> Any:
    """Return the variable of TensorFlow of a weight of either library."""
    return weight if isinstance(weight, tf.Variable) else weight.value


def run(name: str, case: Case) -> dict[str, np.ndarray]:
    """Return inputs, weights, outputs, gradients and later weights of a case."""
    layer = case.make(LIBRARIES[case.library].layers)
    arrays = case.inputs(name)
    arguments = case.arguments(name)

    def call(tensors: list) -> list:
        return flat(layer(*case.positional(tensors), **arguments))

    call([tf.constant(array) for array in arrays])
    values = weight_values(name, [(w.name, tuple(w.shape)) for w in layer.weights])
    layer.set_weights(values)
    tensors = [tf.constant(array) for array in arrays]
    variables = [_variable(w) for w in layer.trainable_weights]
    with tf.GradientTape() as tape:
        tape.watch([t for t in tensors if t.dtype.is_floating])
        outputs = call(tensors)
        loss = sum(tf.reduce_sum(out * projection(tuple(out.shape))) for out in outputs)
    floating = [t for t in tensors if t.dtype.is_floating]
    gradients = tape.gradient(loss, [*floating, *variables])
    found = {f"input{i}": array for i, array in enumerate(arrays)}
    found |= {f"weight{i}": value for i, value in enumerate(values)}
    found |= {f"output{i}": np.array(out) for i, out in enumerate(outputs)}
    for i, gradient in enumerate(gradients):
        if gradient is not None:
            found[f"gradient{i}"] = np.array(tf.convert_to_tensor(gradient))
    found |= {
        f"later{i}": np.array(_variable(w))
        for i, w in enumerate(layer.weights)
        if not w.trainable
    }
    if variables:
        layer.set_weights(values)
        trained = train(lambda: call(tensors), variables)
        found |= {f"trained{i}": value for i, value in enumerate(trained)}
    return found


def train(call: Callable[[], list], variables: list) -> list[np.ndarray]:
    """Return the weights after some steps towards the projection's factors."""
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = sum(
                tf.reduce_mean(tf.square(out - projection(tuple(out.shape))))
                for out in call()
            )
        for variable, gradient in zip(variables, tape.gradient(loss, variables)):
            if gradient is not None:
                variable.assign(variable - RATE * tf.convert_to_tensor(gradient))
    return [np.array(variable) for variable in variables]


def main() -> None:
    """Write the file."""
    stored: dict[str, np.ndarray] = {}
    for name, case in CASES.items():
        for key, value in run(name, case).items():
            stored[f"{name}/{key}"] = value
        sys.stdout.write(f"{name}\n")
    path = Path(__file__).parent / "goldens" / "layers.npz"
    np.savez_compressed(path, **stored)
    sys.stdout.write(
        f"{path}: {path.stat().st_size} bytes, Keras {keras.__version__}\n"
    )


if __name__ == "__main__":
    main()
