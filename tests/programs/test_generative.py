"""Published train steps of generative models give the numbers of Keras."""

import json
import pathlib

import numpy as np
import pytest

import kerasish as keras
from tests.programs.generative_programs import PROGRAMS, run

GOLDEN = json.loads(pathlib.Path(__file__).with_name("generative.json").read_text())


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("name", PROGRAMS)
def test_numbers_of_keras(name, eager):
    found = run(keras, keras.GradientTape, name, run_eagerly=eager)
    expected = GOLDEN["results"][name]
    assert found["logs"].keys() == expected["logs"].keys()
    for key, values in expected["logs"].items():
        np.testing.assert_allclose(found["logs"][key], values, 2e-4, 1e-5, err_msg=key)
    np.testing.assert_allclose(found["weights"], expected["weights"], 1e-3, 1e-4)


@pytest.mark.parametrize("eager", [False, True])
def test_no_gradient_flows_into_what_was_assigned(eager):
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.w = self.add_weight(shape=(), initializer="ones", name="w")
            self.v = self.add_weight(shape=(), initializer="ones", name="v")

        def train_step(self, data):
            with keras.GradientTape(persistent=True) as tape:
                self.v.assign(self.w * 3.0)
                loss = self.v * self.v * self.w
            found = tape.gradient(loss, [self.w, self.v])
            return {"by_w": found[0], "by_v": found[1]}

    model = Net()
    model.compile(run_eagerly=eager)
    logs = model.fit(np.zeros((1, 1)), verbose=0).history
    # With v = 3 and w = 1: d(v v w) / dw = v v, and by v it is 2 v w.
    assert logs == {"by_w": [9.0], "by_v": [6.0]}
