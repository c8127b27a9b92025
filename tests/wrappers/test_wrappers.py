"""Models pass for estimators of scikit-learn, by its own checks."""

import copy
import pickle

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

import kerasish as keras  # noqa: E402
from kerasish.wrappers import (  # noqa: E402
    SKLearnClassifier,
    SKLearnRegressor,
    SKLearnTransformer,
)
from kerasish.wrappers.scikit_learn import (  # noqa: E402
    KerasClassifier,
    KerasRegressor,
)

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3)).astype("float32")
LABELS = np.array(["low", "high"])[(X.sum(axis=1) > 0).astype(int)]
TARGETS = X @ np.array([1.0, -2.0, 0.5])


def make_model(X, y, loss="mse", units=8, activation=None):
    """A small network that fits the shapes of its data, the same one each time.

    It computes in float64: scikit-learn compares predictions for all samples with those
    for one after the other to seven digits.
    """
    keras.utils.set_random_seed(0)
    outputs = 1 if y.ndim == 1 else y.shape[1]
    model = keras.Sequential(
        [
            keras.Input(X.shape[1:], dtype="float64"),
            keras.layers.Dense(units, activation="tanh", dtype="float64"),
            keras.layers.Dense(outputs, activation=activation, dtype="float64"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model


def classifier(**fit):
    settings = {"loss": "categorical_crossentropy", "activation": "softmax"}
    return SKLearnClassifier(
        make_model, model_kwargs=settings, fit_kwargs={"epochs": 5, **fit}
    )


def regressor(**fit):
    return SKLearnRegressor(make_model, fit_kwargs={"epochs": 5, **fit})


def transformer():
    return SKLearnTransformer(make_model, fit_kwargs={"epochs": 2})


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([classifier(), regressor(), transformer()])
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_classifier_learns():
    keras.utils.set_random_seed(0)
    found = classifier(epochs=40).fit(X, LABELS)
    assert found.score(X, LABELS) > 0.9
    assert set(found.predict(X)) == {"low", "high"}
    leads = found.decision_function(X)
    np.testing.assert_array_equal(
        found.classes_[(leads > 0).astype(int)], found.predict(X)
    )
    assert len(found.history_["loss"]) == 40


def test_weights_of_samples():
    keras.utils.set_random_seed(0)
    found = classifier(epochs=40)
    wrong = np.where(np.arange(60) < 30, LABELS, "low")
    found.fit(X, wrong, sample_weight=(np.arange(60) < 30).astype(float))
    assert found.score(X, LABELS) > 0.8
    with pytest.raises(ValueError, match="sample_weight that leaves only one"):
        found.fit(X, LABELS, sample_weight=(LABELS == "low").astype(float))


def test_regressor_in_pipeline_and_grid_search():
    keras.utils.set_random_seed(0)
    pipeline = make_pipeline(StandardScaler(), regressor(epochs=60))
    assert pipeline.fit(X, TARGETS).score(X, TARGETS) > 0.8
    grid = {"model_kwargs": [{"units": 2}, {"units": 8}]}
    search = GridSearchCV(regressor(epochs=3), grid, cv=2).fit(X, TARGETS)
    assert search.best_params_["model_kwargs"] in grid["model_kwargs"]


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_copies_predict_the_same(copied):
    found = regressor().fit(X, TARGETS)
    np.testing.assert_array_equal(copied(found).predict(X), found.predict(X))


def test_a_model_is_copied_and_warm_start_goes_on():
    keras.utils.set_random_seed(0)
    model = make_model(X, TARGETS)
    before = model.get_weights()
    found = SKLearnRegressor(model, warm_start=True, fit_kwargs={"epochs": 20})
    first = found.fit(X, TARGETS).history_["loss"]
    second = found.fit(X, TARGETS).history_["loss"]
    assert second[0] < first[0]
    for old, new in zip(before, model.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_transformer_gives_the_outputs():
    found = transformer().fit(X)
    np.testing.assert_array_equal(
        found.transform(X), found.model_.predict(X, verbose=0)
    )


def test_a_model_must_be_compiled():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="must be compiled"):
        SKLearnRegressor(model).fit(X, TARGETS)


def build(units=4, loss="mse", outputs=1, activation=None):
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(units, activation="tanh"),
            keras.layers.Dense(outputs, activation=activation),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model


def test_wrappers_of_keras_2():
    keras.utils.set_random_seed(0)
    settings = {"outputs": 2, "activation": "softmax"}
    found = KerasClassifier(
        build, epochs=30, loss="categorical_crossentropy", **settings
    )
    found.fit(X, LABELS)
    assert found.score(X, LABELS) > 0.85
    np.testing.assert_allclose(found.predict_proba(X).sum(axis=1), 1, rtol=1e-5)
    binary = KerasClassifier(
        build, epochs=30, loss="binary_crossentropy", activation="sigmoid"
    )
    assert binary.fit(X, LABELS).score(X, LABELS) > 0.85
    fitted = KerasRegressor(build, epochs=5).fit(X, TARGETS)
    loss = fitted.model.evaluate(X, TARGETS, verbose=0)
    assert fitted.score(X, TARGETS) == pytest.approx(-loss)
    assert fitted.predict(X).shape == (60,)


def test_wrappers_of_keras_2_in_grid_search_and_clone():
    start = KerasRegressor(build, epochs=2, units=3)
    assert clone(start).get_params() == start.get_params()
    search = GridSearchCV(start, {"units": [2, 5], "epochs": [1]}, cv=2)
    assert search.fit(X, TARGETS).best_params_["epochs"] == 1
    assert start.set_params(units=9).sk_params["units"] == 9
    with pytest.raises(ValueError, match="colour"):
        KerasRegressor(build, colour=1)
