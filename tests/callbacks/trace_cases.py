"""Runs of fit, evaluate and predict whose calls of hooks are compared with Keras."""

import numpy as np

HOOKS = [
    f"on_{what}_{when}"
    for what in ("train", "test", "predict", "epoch", "train_batch", "test_batch")
    for when in ("begin", "end")
]
HOOKS += ["on_predict_batch_begin", "on_predict_batch_end"]
HOOKS += ["on_batch_begin", "on_batch_end"]


def recorder(keras, events, stop_at=None):
    """A callback that notes each hook with its number and the names in the logs.

    Args:
        keras: The package.
        events: List that takes the notes.
        stop_at: The batch at whose end training is told to stop.
    """

    def hook(name):
        forwards = getattr(keras.callbacks.Callback, name)

        def call(self, *args, **kwargs):
            logs = kwargs.get("logs", args[-1] if args else None)
            numbers = [int(x) for x in args if isinstance(x, (int, np.integer))]
            names = sorted(logs) if isinstance(logs, dict) else []
            events.append([name, *numbers, names])
            if name in ("on_train_batch_begin", "on_train_batch_end"):
                forwards(self, *args, **kwargs)
            if name == "on_train_batch_end" and numbers == [stop_at]:
                self.model.stop_training = True

        return call

    return type("Recorder", (keras.callbacks.Callback,), {n: hook(n) for n in HOOKS})()


X = np.arange(14, dtype="float32").reshape(7, 2) / 10
Y = X[:, :1]


def model(keras, metrics=("mae",), **settings):
    """A compiled model; two batches hold four samples."""
    found = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    found.compile("sgd", "mse", metrics=list(metrics), **settings)
    return found


def batches(count):
    """A generator of batches that ends."""
    for number in range(count):
        yield X[number % 4 : number % 4 + 2], Y[number % 4 : number % 4 + 2]


def fit(keras, callback, settings=None, x=X, y=Y, **options):
    """Train; arrays come in batches of two."""
    arguments = {"verbose": 0, "callbacks": [callback], **options}
    if y is not None:
        arguments.setdefault("batch_size", 2)
    model(keras, **(settings or {})).fit(x, y, **arguments)


def two_outputs(keras, callback):
    """A model with two named outputs, of which one has a metric."""
    inputs = keras.Input((2,))
    heads = [keras.layers.Dense(1, name=name)(inputs) for name in ("a", "b")]
    found = keras.Model(inputs, heads)
    found.compile("sgd", ["mse", "mae"], metrics=[["mae"], []])
    found.fit(
        X,
        [Y, Y],
        batch_size=4,
        verbose=0,
        validation_data=(X, [Y, Y]),
        callbacks=[callback],
    )


CASES = {
    "fit": lambda k, c: fit(k, c, epochs=2),
    "validation": lambda k, c: fit(
        k, c, epochs=2, validation_data=(X[:3], Y[:3]), validation_batch_size=2
    ),
    "validation_split": lambda k, c: fit(k, c, validation_split=0.3),
    "validation_freq": lambda k, c: fit(
        k, c, epochs=4, validation_data=(X[:2], Y[:2]), validation_freq=2
    ),
    "validation_steps": lambda k, c: fit(
        k,
        c,
        validation_data=(X, Y),
        validation_steps=2,
        validation_batch_size=2,
    ),
    "initial_epoch": lambda k, c: fit(k, c, epochs=4, initial_epoch=2),
    "no_epochs": lambda k, c: fit(k, c, epochs=2, initial_epoch=2),
    "no_metrics": lambda k, c: fit(k, c, {"metrics": ()}),
    "weighted_metrics": lambda k, c: fit(k, c, {"weighted_metrics": ["mse"]}),
    "two_outputs": two_outputs,
    "steps_per_execution": lambda k, c: fit(
        k,
        c,
        {"steps_per_execution": 3},
        validation_data=(X, Y),
        validation_batch_size=2,
    ),
    "many_steps_at_once": lambda k, c: fit(k, c, {"steps_per_execution": 9}),
    "generator": lambda k, c: fit(k, c, x=batches(3), y=None),
    "generator_of_steps": lambda k, c: fit(
        k, c, x=batches(6), y=None, steps_per_epoch=3, epochs=2
    ),
    "generator_ends_early": lambda k, c: fit(
        k, c, x=batches(5), y=None, steps_per_epoch=3, epochs=3
    ),
    "generator_in_groups": lambda k, c: fit(
        k,
        c,
        {"steps_per_execution": 2},
        x=batches(8),
        y=None,
        steps_per_epoch=4,
        epochs=2,
    ),
    "stop": lambda k, c: fit(k, c, epochs=3, validation_data=(X[:2], Y[:2])),
    "evaluate": lambda k, c: model(k).evaluate(
        X, Y, batch_size=3, verbose=0, callbacks=[c]
    ),
    "evaluate_in_groups": lambda k, c: model(k, steps_per_execution=2).evaluate(
        X, Y, batch_size=2, verbose=0, callbacks=[c]
    ),
    "evaluate_steps": lambda k, c: model(k).evaluate(
        batches(5), steps=2, verbose=0, callbacks=[c]
    ),
    "predict": lambda k, c: model(k).predict(X, batch_size=3, verbose=0, callbacks=[c]),
    "predict_in_groups": lambda k, c: model(k, steps_per_execution=2).predict(
        X, batch_size=2, verbose=0, callbacks=[c]
    ),
    "predict_generator": lambda k, c: model(k).predict(
        ((x,) for x, _ in batches(3)), verbose=0, callbacks=[c]
    ),
    "on_batch": lambda k, c: [
        model(k).train_on_batch(X, Y),
        model(k).test_on_batch(X, Y),
    ],
}
STOPS = {"stop": 1}


def trace(keras, name):
    """Returns the notes of one case."""
    events = []
    CASES[name](keras, recorder(keras, events, STOPS.get(name)))
    return events
