"""Files that versions of Keras from 1.2 to 3.15 wrote, with the outputs they gave."""

import pathlib

import numpy as np
import pytest

import kerasish as keras

FOLDER = pathlib.Path(__file__).parent / "fixtures"
WHOLE = [
    "k122tf_cnn2d_th",
    "k122tf_merges",
    "k122tf_rnn_consume",
    "k122tf_seq_merge",
    "k122th_bidir_td",
    "k122th_nested",
    "k122th_rnn",
    "k208th_emb_lstm",
    "k224x_slash_names",
    "tf115_attention",
]
# Name and the tolerance of the outputs after three more steps.
TRAINED = [
    ("k122tf_opt_adadelta", 1e-4),
    ("k122th_opt_sgd", 1e-4),
    ("k208_opt_clip", 3e-3),
    ("k208th_opt_adamax", 1e-4),
    ("k231_opt_multi", 1e-4),
    ("k30_opt_nadam", 1e-4),
    ("tf212_opt_adafactor", 1e-4),
    ("tf24_opt_nadam", 1e-4),
]
WEIGHTS = [
    ("k122tf_mlp", "k122tf_mlp_w.h5"),
    ("k224x_cudnn", "k224x_cudnn_w.h5"),
    ("k315_bidir_td", "k315_bidir_td.weights.h5"),
    ("tf212_stateful", "tf212_stateful.weights.h5"),
]
BATCH = 8


def stored(name):
    with np.load(FOLDER / f"{name}.npz") as file:
        return dict(file)


def numbered(values, prefix):
    found = []
    while f"{prefix}{len(found)}" in values:
        found.append(values[f"{prefix}{len(found)}"])
    return found


def one_or_list(items):
    return items if len(items) > 1 else items[0]


def assert_outputs(model, values, expected, atol=1e-5, rtol=1e-4):
    x = numbered(values, "x")
    outputs = model.predict(one_or_list(x), batch_size=len(x[0]), verbose=0)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    assert len(outputs) == len(expected)
    for output, wanted in zip(outputs, expected):
        np.testing.assert_allclose(output, wanted, atol=atol, rtol=rtol)


@pytest.mark.parametrize("name", WHOLE)
def test_predictions(name, tmp_path):
    values = stored(name)
    model = keras.saving.load_model(FOLDER / f"{name}.h5", compile=False)
    assert_outputs(model, values, numbered(values, "y"))
    model.save(tmp_path / "again.h5")
    again = keras.saving.load_model(tmp_path / "again.h5", compile=False)
    assert_outputs(again, values, numbered(values, "y"))
    copy = keras.models.model_from_json(model.to_json())
    copy.set_weights(model.get_weights())
    assert_outputs(copy, values, numbered(values, "y"))


@pytest.mark.parametrize("name, atol", TRAINED)
@pytest.mark.filterwarnings("error")
def test_training_goes_on(name, atol):
    values = stored(name)
    model = keras.saving.load_model(FOLDER / f"{name}.h5")
    losses = []
    for start in range(0, BATCH * len(values["losses"]), BATCH):
        model.reset_metrics()
        batch = [
            one_or_list([a[start : start + BATCH] for a in numbered(values, kind)])
            for kind in ("tx", "ty")
        ]
        result = model.train_on_batch(*batch)
        losses.append(np.ravel(result)[0])
    options = [values["losses"], values.get("losses_canonical", values["losses"])]
    assert any(np.allclose(losses, wanted, rtol=1e-3, atol=1e-6) for wanted in options)
    if np.allclose(losses, values["losses"], rtol=1e-3, atol=1e-6):
        assert_outputs(model, values, numbered(values, "after"), atol, 1e-3)


@pytest.mark.parametrize("name, file", WEIGHTS)
def test_weights_alone(name, file):
    values = stored(name)
    model = keras.models.model_from_json((FOLDER / f"{name}.json").read_text())
    model.load_weights(FOLDER / file)
    assert_outputs(model, values, numbered(values, "y"))


def test_layers_of_cudnn():
    values = stored("k224x_cudnn")
    path = FOLDER / "k224x_cudnn_whole.h5"
    model = keras.saving.load_model(path, compile=False)
    assert_outputs(model, values, numbered(values, "y"))


def test_weights_that_do_not_fit():
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(3)])
    before = model.get_weights()
    path = FOLDER / "k315_bidir_td.weights.h5"
    with pytest.raises(ValueError, match="dense"):
        model.load_weights(path)
    with pytest.warns(UserWarning, match="left as it is"):
        model.load_weights(path, skip_mismatch=True)
    np.testing.assert_array_equal(before[0], model.get_weights()[0])


def test_dropout_of_keras_3_files_drops_while_training():
    """Keras 3 stores `training=False`, the default of a call, with each call."""
    tensor = {
        "class_name": "__keras_tensor__",
        "config": {
            "shape": [None, 50],
            "dtype": "float32",
            "keras_history": ["x", 0, 0],
        },
    }

    def layer(class_name, name, nodes, **config):
        return {
            "module": "keras.layers",
            "class_name": class_name,
            "config": {"name": name, **config},
            "name": name,
            "inbound_nodes": nodes,
        }

    def calls(first):
        first = {**tensor, "config": {**tensor["config"], "keras_history": first}}
        return [{"args": [first], "kwargs": {"training": False}}]

    model = keras.Model.from_config(
        {
            "name": "model",
            "layers": [
                layer("InputLayer", "x", [], batch_shape=[None, 50]),
                layer("BatchNormalization", "norm", calls(["x", 0, 0])),
                layer("Dropout", "drop", calls(["norm", 0, 0]), rate=0.5),
            ],
            "input_layers": ["x", 0, 0],
            "output_layers": ["drop", 0, 0],
        }
    )
    outputs = model(np.ones((4, 50)), training=True).numpy()
    assert 0.2 < np.mean(outputs == 0) < 0.8
    # Batch normalisation was called in its inference mode on purpose.
    assert np.all(outputs[outputs != 0] > 1.9)
    assert np.all(model(np.ones((4, 50))).numpy() > 0.9)
