"""Store what Keras 3 computes for the cases of `number_cases`.

Run from the root of the project with a Python that has Keras and TensorFlow, and then
again with `KERAS_BACKEND=jax`: `python -m tests.compat.generate_numbers`. The second
run renews what on TensorFlow is computed with half-updated Variables.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from tests.compat import number_cases as cases

FOLDER = Path(__file__).parent / "goldens"


def loss(name, row, inputs):
    """Value of one loss."""
    cls, arguments, names = row
    made = getattr(keras.losses, cls, None) or keras.src.losses.losses.__dict__[cls]
    return {name: np.asarray(made(**arguments)(*(inputs[n] for n in names)))}


def metric(name, row, inputs):
    """Result of one metric after all batches, and the shapes of its state."""
    cls, arguments, batches = row
    made = getattr(keras.metrics, cls)(**arguments)
    for names in batches:
        weighted = names[-1].startswith(("weights", "sequence_weights"))
        values = [inputs[n] for n in (names[:-1] if weighted else names)]
        made.update_state(
            *values, sample_weight=inputs[names[-1]] if weighted else None
        )
    return {name: np.asarray(made.result())}


def optimizer(name, row, inputs, notes):
    """Variables and state after some steps; the names of the state."""
    cls, arguments = row
    arguments = cases.optimizer_arguments(arguments, keras.optimizers)
    made = getattr(keras.optimizers, cls)(**arguments)
    variables = [
        keras.Variable(inputs[f"start_{i}"], name=f"weight_{i}")
        for i in range(len(cases.SHAPES))
    ]
    for step in range(cases.steps_of(arguments)):
        made.apply(
            [inputs[f"gradient_{step}_{i}"] for i in range(len(variables))], variables
        )
    found = {f"{name}/weight/{i}": np.asarray(v) for i, v in enumerate(variables)}
    for i, v in enumerate(made.variables):
        found[f"{name}/state/{i}"] = np.asarray(v)
    notes[name] = {
        "state": [v.name for v in made.variables],
        "config": [key for key in made.get_config() if key != "name"],
    }
    return found


def decay(name, row, inputs):
    """Variables after some steps of an optimizer of tf.keras 2."""
    import tensorflow as tf
    import tf_keras

    cls, arguments = row
    made = getattr(tf_keras.optimizers.legacy, cls)(**arguments)
    variables = [tf.Variable(inputs[f"start_{i}"]) for i in range(len(cases.SHAPES))]
    for step in range(cases.STEPS):
        made.apply_gradients(
            (tf.constant(inputs[f"gradient_{step}_{i}"]), variable)
            for i, variable in enumerate(variables)
        )
    return {f"{name}/weight/{i}": v.numpy() for i, v in enumerate(variables)}


def schedule(name, row):
    """Learning rates at some steps."""
    cls, arguments = row
    made = getattr(keras.optimizers.schedules, cls)(**arguments)
    return {name: np.array([float(made(step)) for step in cases.SCHEDULE_STEPS])}


def renew():
    """Compute anew the cases whose optimizer reads Variables that it has changed."""
    path = FOLDER / "numbers.npz"
    found = dict(np.load(path))
    for name, row in cases.OPTIMIZERS.items():
        if row[0] == "ScheduleFreeAdamW":
            found.update(optimizer(name, row, cases.arrays(), {}))
    np.savez_compressed(path, **found)


def main():
    """Compute all and write two files."""
    if keras.backend.backend() == "jax":
        renew()
        return
    inputs, notes = cases.arrays(), {"keras": keras.__version__}
    found = {f"input/{name}": array for name, array in inputs.items()}
    for name, row in cases.LOSSES.items():
        found.update(loss(name, row, inputs))
    for name, row in cases.METRICS.items():
        found.update(metric(name, row, inputs))
    for name, row in cases.OPTIMIZERS.items():
        found.update(optimizer(name, row, inputs, notes))
    for name, row in cases.DECAYS.items():
        found.update(decay(name, row, inputs))
    for name, row in cases.SCHEDULES.items():
        found.update(schedule(name, row))
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / "numbers.npz", **found)
    text = json.dumps(notes, indent=1, sort_keys=True)
    (FOLDER / "numbers.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
