"""Global settings: the user's file, their names of all versions, bounds of runs."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest

import kerasish as keras
from kerasish import backend as K
from kerasish.backend import config


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """Settings as at the start of a program, with a folder for the user's file."""
    monkeypatch.setattr(config, "_settings", dict(config._settings))
    monkeypatch.setattr(config, "_pending", [True])
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "keras.json"


def test_the_file_is_read_at_first_use(fresh):
    found = {"floatx": "float64", "epsilon": 1e-5, "backend": "tensorflow"}
    fresh.write_text(json.dumps({**found, "image_data_format": "channels_first"}))
    assert (K.floatx(), K.epsilon()) == ("float64", 1e-5)
    assert K.image_data_format() == "channels_first" and K.image_dim_ordering() == "th"
    assert K.ones((2,)).dtype == "float64"
    fresh.write_text("{}")
    assert K.floatx() == "float64"


def test_names_of_keras_1(fresh):
    fresh.write_text(json.dumps({"image_dim_ordering": "th"}))
    assert K.image_data_format() == "channels_first"


@pytest.mark.parametrize("text", ["{", "[]", '{"floatx": "float31"}'])
def test_a_bad_file_is_left_out(fresh, text):
    fresh.write_text(text)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert K.floatx() == "float32"
    assert text == "[]" or "was left out" in str(caught[0].message)


def test_what_a_program_sets_counts_more(fresh):
    fresh.write_text(json.dumps({"floatx": "float64"}))
    K.set_floatx("float16")
    assert K.floatx() == "float16"


def test_no_file_is_written_or_read_by_the_import(tmp_path):
    code = (
        "import os, kerasish; from kerasish.backend import config, floatx;"
        "assert config._pending == [True]; floatx(); assert not config._pending;"
        "print(os.listdir(os.environ['KERAS_HOME']))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"KERAS_HOME": str(tmp_path), "PATH": ""},
    )
    assert run.stdout.strip() == "[]"


def test_setters(fresh):
    K.set_epsilon(1e-3)
    K.set_image_dim_ordering("th")
    assert K.epsilon() == keras.config.epsilon() == 1e-3
    assert keras.config.image_data_format() == "channels_first"
    assert K.normalize_data_format(None) == "channels_first"
    for setter in (K.set_image_dim_ordering, K.set_image_data_format, K.set_floatx):
        with pytest.raises(ValueError, match="must be"):
            setter("sideways")


def test_types():
    assert K.cast_to_floatx(np.arange(3)).dtype == "float32"
    assert K.cast_to_floatx(K.constant([1], dtype="int32")).dtype == "float32"
    assert K.is_float_dtype("float16") and not K.is_float_dtype("bool")
    assert K.is_int_dtype("int8") and not K.is_int_dtype("float32")
    assert K.standardize_dtype(np.float64) == "float64"
    assert K.result_type("int32", "float16") == "float16"


def test_names_and_scopes():
    assert K.get_uid("conv_of_a_test") == 1 and K.get_uid("conv_of_a_test") == 2
    K.reset_uids()
    assert K.get_uid("conv_of_a_test") == 1
    with K.name_scope("outer"):
        assert keras.Variable(1.0, name="w") is not None
    K.manual_variable_initialization(True)
    K.manual_variable_initialization(False)
    assert K.backend() == keras.config.backend()


@pytest.mark.parametrize(
    "name, arguments", [("get_session", ()), ("set_session", (1,))]
)
def test_there_are_no_sessions(name, arguments):
    with pytest.raises(NotImplementedError, match="function"):
        getattr(K, name)(*arguments)


CONFIG_NAMES = (
    "backend disable_flash_attention disable_interactive_logging "
    "disable_traceback_filtering dtype_policy enable_flash_attention "
    "enable_interactive_logging enable_traceback_filtering "
    "enable_unsafe_deserialization epsilon floatx image_data_format "
    "is_flash_attention_enabled is_interactive_logging_enabled is_nnx_enabled "
    "is_traceback_filtering_enabled max_epochs max_steps_per_epoch set_backend "
    "set_dtype_policy set_epsilon set_floatx set_image_data_format set_max_epochs "
    "set_max_steps_per_epoch num_threads set_num_threads"
).split()


@pytest.mark.parametrize("name", CONFIG_NAMES)
def test_config_has_every_name(name):
    assert callable(getattr(keras.config, name))


def test_bounds_of_runs():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((8, 1))
    try:
        keras.config.set_max_epochs(2)
        keras.config.set_max_steps_per_epoch(3)
        history = model.fit(x, x, batch_size=1, epochs=5, verbose=0)
        assert len(history.epoch) == 2
        assert int(model.optimizer.iterations) == 6
        assert model.predict(x, batch_size=1, verbose=0).shape == (3, 1)
        with pytest.raises(ValueError, match="not negative"):
            keras.config.set_max_epochs(-1)
    finally:
        keras.config.set_max_epochs(None)
        keras.config.set_max_steps_per_epoch(None)
    assert model.predict(x, batch_size=1, verbose=0).shape == (8, 1)


def test_stored_code_may_be_allowed(monkeypatch):
    from kerasish.backend import limits

    config = keras.layers.Lambda(lambda x: x + 1.0).get_config()
    stored = json.loads(json.dumps(config))
    with pytest.raises(ValueError, match="safe_mode"):
        keras.layers.Lambda.from_config(stored)
    monkeypatch.setattr(limits, "_flags", dict(limits._flags))
    keras.config.enable_unsafe_deserialization()
    layer = keras.layers.Lambda.from_config(stored)
    assert layer(np.zeros(1, "float32")).numpy().tolist() == [1.0]
