"""How much Python runs for one step, in calls: a busy machine does not change them."""

import collections
import sys

import numpy as np
import pytest

import kerasish as keras

X = np.zeros((320, 13), "float32")
Y = np.zeros((320, 1), "float32")
OURS = ("kerasish/models/", "kerasish/callbacks/", "kerasish/layers/")


def calls(action):
    """Returns how often each function of the training code is called by `action`."""
    counts = collections.Counter()

    def watch(frame, event, argument):
        code = frame.f_code
        if event == "call" and any(part in code.co_filename for part in OURS):
            counts[
                code.co_qualname if hasattr(code, "co_qualname") else code.co_name
            ] += 1

    sys.setprofile(watch)
    try:
        action()
    finally:
        sys.setprofile(None)
    return counts


def calls_of_a_step(run):
    """Returns the calls that one more step causes; `run(samples)` trains or tests."""
    run(64)
    few, many = calls(lambda: run(64)), calls(lambda: run(320))
    extra = {name: (many[name] - few[name]) / 8 for name in many}
    return {name: count for name, count in extra.items() if count}


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((13,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_training_step(model, shuffle):
    def run(count):
        model.fit(X[:count], Y[:count], shuffle=shuffle, verbose=0)

    found = calls_of_a_step(run)
    assert sum(found.values()) <= 8, found


def test_a_step_with_a_bar_into_a_file(model, capsys):
    found = calls_of_a_step(lambda count: model.fit(X[:count], Y[:count]))
    assert sum(found.values()) <= 8, found


def test_callbacks_see_the_warnings_of_their_arithmetic(model):
    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            found.append(np.geterr())

    found, outside = [], np.geterr()
    model.fit(X, Y, verbose=0, callbacks=[Watch()])
    assert len(found) == 10 and all(seen == outside for seen in found)
    model.fit(X, Y, verbose=0)
    assert np.geterr() == outside


def test_a_testing_step(model):
    def run(count):
        model.evaluate(X[:count], Y[:count], verbose=0)

    found = calls_of_a_step(run)
    assert sum(found.values()) <= 8, found


def test_a_small_prediction(model):
    model.predict(X[:1], verbose=0)
    found = calls(lambda: model.predict(X[:1], verbose=0))
    assert sum(found.values()) <= 8, found
