"""Train a small convolutional network on handwritten digits.

The model is stored in `digits.h5`, loaded again in a fresh process, and must predict
the same there; the training curve goes to `digits_training.svg`.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import kerasish as keras
from kerasish.datasets import digits

BATCH_SIZE = 32


def load_images():
    """The digits as float images of shape (n, 8, 8, 1) in [0, 1]."""
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = (x[..., None].astype("float32") / 16 for x in (x_train, x_test))
    return (x_train, y_train), (x_test, y_test)


def build_model():
    """Three convolutions around a pooling layer, dropout, one dense layer."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Dropout(0.25),
            keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def train(seed, epochs, verbose="auto"):
    """Train a new model; return it and its history."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), test = load_images()
    model = build_model()
    steps = epochs * -(-len(x_train) // BATCH_SIZE)
    model.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(0.003, decay_steps=steps)
        ),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(
        x_train,
        y_train,
        batch_size=BATCH_SIZE,
        epochs=epochs,
        validation_data=test,
        verbose=verbose,
    )
    return model, history


def check(model_file, predictions_file):
    """Load the model as a new process and compare its predictions."""
    model = keras.models.load_model(model_file)
    _, (x_test, _) = load_images()
    np.testing.assert_allclose(
        model.predict(x_test, verbose=0),
        np.load(predictions_file),
        rtol=1e-5,
        atol=1e-6,
    )


def check_in_fresh_process(model, x_test):
    """Store the model, and let a new process load it and compare."""
    model.save("digits.h5")
    with tempfile.TemporaryDirectory() as folder:
        expected = Path(folder) / "predictions.npy"
        np.save(expected, model.predict(x_test, verbose=0))
        command = [sys.executable, __file__, "--check", "digits.h5", str(expected)]
        subprocess.run(command, check=True)
    print("digits.h5 predicts the same in a fresh process")


def main():
    """Train, store, check, draw, and report the accuracy on the test data."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--check", nargs=2, metavar=("MODEL", "PREDICTIONS"))
    arguments = parser.parse_args()
    if arguments.check:
        check(*arguments.check)
        return
    _, (x_test, y_test) = load_images()
    model, history = train(arguments.seed, arguments.epochs)
    check_in_fresh_process(model, x_test)
    history.plot(["loss", "accuracy"]).save("digits_training.svg")
    print("the training curve is in digits_training.svg")
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
