"""Write training.json: small trainings as real Keras does them.

Run with a Python that has Keras 3: python tests/training/goldens/generate_training.py
"""

import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

HERE = pathlib.Path(__file__).parent
RANDOM = np.random.default_rng(7)


def numbers(*shape):
    return RANDOM.standard_normal(shape).astype("float32")


X = numbers(16, 5)
TARGETS = numbers(16, 1)
LABELS = RANDOM.integers(0, 3, 16)
WEIGHTS = RANDOM.uniform(0.2, 2.0, 16).astype("float32")
STARTS = [numbers(5, 4) * 0.5, numbers(4) * 0.1, numbers(4, 3) * 0.5, numbers(3) * 0.1]
HEAD = [numbers(4, 1) * 0.5, numbers(1) * 0.1]
OPTIMIZERS = {
    "SGD": {"learning_rate": 0.1},
    "SGD momentum": {"learning_rate": 0.1, "momentum": 0.9},
    "SGD nesterov": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    "RMSprop": {"learning_rate": 0.01},
    "Adam": {"learning_rate": 0.01},
    "Adam clipnorm": {"learning_rate": 0.01, "clipnorm": 0.1},
}


def classifier():
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(
                4, "tanh", kernel_regularizer=keras.regularizers.L2(0.01)
            ),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    model.set_weights(STARTS)
    return model


def two_heads():
    inputs = keras.Input((5,), name="features")
    hidden = keras.layers.Dense(4, "tanh", name="hidden")(inputs)
    kind = keras.layers.Dense(3, "softmax", name="kind")(hidden)
    size = keras.layers.Dense(1, name="size")(hidden)
    model = keras.Model(inputs, [kind, size])
    model.set_weights(STARTS + HEAD)
    return model


def plain(values):
    return [np.asarray(value).tolist() for value in values]


def three_steps(name, options):
    model = classifier()
    kind = getattr(keras.optimizers, name.split()[0])
    model.compile(
        kind(**options), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    logs = [
        model.train_on_batch(X, LABELS, sample_weight=WEIGHTS, return_dict=True)
        for _ in range(3)
    ]
    return {"options": options, "logs": logs, "weights": plain(model.get_weights())}


def fits():
    results = {}
    model = classifier()
    model.compile(
        keras.optimizers.SGD(0.1),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        weighted_metrics=["accuracy", "sparse_categorical_crossentropy"],
    )
    history = model.fit(
        X,
        LABELS,
        batch_size=6,
        epochs=3,
        shuffle=False,
        validation_split=0.25,
        sample_weight=WEIGHTS,
        verbose=0,
    )
    results["single"] = {
        "history": history.history,
        "evaluate": model.evaluate(
            X, LABELS, batch_size=5, verbose=0, return_dict=True
        ),
        "predict": plain([model.predict(X, batch_size=5, verbose=0)])[0],
    }
    model = classifier()
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    history = model.fit(
        X,
        LABELS,
        batch_size=6,
        epochs=2,
        shuffle=False,
        class_weight={0: 2.0, 1: 0.5},
        verbose=0,
    )
    results["class_weight"] = {"history": history.history}
    model = two_heads()
    model.compile(
        keras.optimizers.SGD(0.1),
        loss={"kind": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"kind": 0.5, "size": 2.0},
        metrics={"kind": ["accuracy"], "size": ["mae", "mse"]},
        weighted_metrics={"size": ["mae"]},
    )
    history = model.fit(
        X,
        [LABELS, TARGETS],
        batch_size=8,
        epochs=2,
        shuffle=False,
        validation_data=(X[:5], [LABELS[:5], TARGETS[:5]]),
        sample_weight=[WEIGHTS, WEIGHTS[::-1].copy()],
        verbose=0,
    )
    results["two heads"] = {
        "history": history.history,
        "evaluate": model.evaluate(X, [LABELS, TARGETS], verbose=0),
        "weights": plain(model.get_weights()),
    }
    return results


def masked():
    """A mask that reaches the loss; a short last batch."""
    x = X.reshape(8, 5, 2)[:, :, :1].copy()
    x[::2, 3:] = 0.0
    y = np.repeat(TARGETS[:8, None, :], 5, axis=1)
    model = keras.Sequential(
        [
            keras.Input((5, 1)),
            keras.layers.Masking(),
            keras.layers.TimeDistributed(keras.layers.Dense(1, use_bias=False)),
        ]
    )
    model.set_weights([np.array([[0.5]], "float32")])
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    history = model.fit(x, y, batch_size=3, epochs=2, shuffle=False, verbose=0)
    return {"x": x.tolist(), "y": y.tolist(), "history": history.history}


def main():
    data = {
        "x": X.tolist(),
        "targets": TARGETS.tolist(),
        "labels": LABELS.tolist(),
        "sample_weight": WEIGHTS.tolist(),
        "starts": plain(STARTS),
        "head": plain(HEAD),
        "three_steps": {name: three_steps(name, o) for name, o in OPTIMIZERS.items()},
        "fits": fits(),
        "masked": masked(),
        "keras": keras.__version__,
    }
    text = json.dumps(data, indent=1)
    (HERE / "training.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
