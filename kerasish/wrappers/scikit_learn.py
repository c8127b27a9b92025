"""`KerasClassifier` and `KerasRegressor` of Keras 2."""

from __future__ import annotations

import inspect

import numpy as np

from kerasish.models.sequential import Sequential
from kerasish.utils.numerical import to_categorical
from kerasish.wrappers.sklearn_names import sklearn_names

_SK = sklearn_names()


class BaseWrapper(_SK.BaseEstimator):
    """What `KerasClassifier` and `KerasRegressor` share.

    Args:
        build_fn: A function, or an object with `__call__`, that returns a compiled
            model; without one a subclass defines `__call__`.
        **sk_params: Arguments of the function, and of the model's `fit`, `predict` and
            `evaluate`.

    Example:

    >>> BaseWrapper(lambda units: None, epochs=3).sk_params
    {'epochs': 3}
    """

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def _builder(self):
        return self.build_fn if self.build_fn is not None else self.__call__

    def check_params(self, params):
        """Checks that every name is an argument of something.

        Args:
            params: Dict of arguments.

        Raises:
            ValueError: If one is not.
        """
        known = {"nb_epoch"}
        users = [Sequential.fit, Sequential.predict, Sequential.evaluate]
        if self.build_fn is not None or callable(self):
            users.append(self._builder())
        for user in users:
            arguments = inspect.signature(user).parameters
            if any(a.kind is a.VAR_KEYWORD for a in arguments.values()) and (
                user is users[-1] and len(users) > 3
            ):
                return
            known |= set(arguments)
        for name in params:
            if name not in known:
                raise ValueError(
                    f"{name} is no argument of the function that builds the model, nor "
                    f"of fit, predict or evaluate.\nReceived: {name}={params[name]!r}"
                )

    def get_params(self, deep=True):
        """Returns the arguments that the wrapper was made with.

        Args:
            deep: Accepted for scikit-learn.
        """
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params):
        """Sets arguments.

        Args:
            **params: Arguments of the constructor.

        Returns:
            The wrapper.
        """
        params = dict(params)
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def filter_sk_params(self, fn, override=None):
        """Returns those arguments that a function has.

        Args:
            fn: The function.
            override: Dict of arguments that come first.
        """
        names = inspect.signature(fn).parameters
        kept = {name: v for name, v in self.sk_params.items() if name in names}
        return {**kept, **(override or {})}

    def fit(self, x, y, **kwargs):
        """Builds a model and trains it.

        Args:
            x: Array of inputs.
            y: Array of targets.
            **kwargs: Arguments of the model's `fit`.

        Returns:
            The wrapper (Keras 2 returned the `History`, which is `self.history`).
        """
        build = self._builder()
        self.model = build(**self.filter_sk_params(build))
        loss = self.model.loss
        name = getattr(loss, "__name__", getattr(loss, "name", loss))
        if name == "categorical_crossentropy" and np.ndim(y) != 2:
            y = to_categorical(y)
        settings = self.filter_sk_params(Sequential.fit, {"verbose": 0, **kwargs})
        if "verbose" in self.sk_params and "verbose" not in kwargs:
            settings["verbose"] = self.sk_params["verbose"]
        self.history = self.model.fit(np.asarray(x), np.asarray(y), **settings)
        return self

    def __sklearn_is_fitted__(self):
        """Returns whether `fit` has run."""
        return hasattr(self, "model")

    def _predict(self, x, kwargs):
        settings = self.filter_sk_params(Sequential.predict, {"verbose": 0, **kwargs})
        return self.model.predict(np.asarray(x), **settings)


class KerasClassifier(_SK.ClassifierMixin, BaseWrapper):
    """A model as a classifier of scikit-learn, in the manner of Keras 2.

    Args:
        build_fn: A function that returns a compiled model.
        **sk_params: Arguments of the function, and of the model's `fit`, `predict` and
            `evaluate`.

    Example:

    >>> import kerasish as keras
    >>> def build(units=2):
    ...     outputs = keras.layers.Dense(units, activation="softmax")
    ...     model = keras.Sequential([keras.Input((1,)), outputs])
    ...     model.compile("sgd", "sparse_categorical_crossentropy")
    ...     return model
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> KerasClassifier(build, epochs=2).fit(X, [3, 3, 5, 5]).predict_proba(X).shape
    (4, 2)
    """

    def fit(self, x, y, sample_weight=None, **kwargs):
        """Builds a model and trains it.

        Args:
            x: Array of inputs.
            y: Labels, or targets in one-hot form.
            sample_weight: Weights of the samples.
            **kwargs: Arguments of the model's `fit`.

        Returns:
            The wrapper.
        """
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        else:
            self.classes_, y = np.unique(y.ravel(), return_inverse=True)
        if sample_weight is not None:
            kwargs["sample_weight"] = np.asarray(sample_weight)
        return super().fit(x, y, **kwargs)

    def predict(self, x, **kwargs):
        """Returns the most probable label of each sample.

        Args:
            x: Array of inputs.
            **kwargs: Arguments of the model's `predict`.
        """
        return self.classes_[np.argmax(self.predict_proba(x, **kwargs), axis=-1)]

    def predict_proba(self, x, **kwargs):
        """Returns the probability of each class for each sample.

        Args:
            x: Array of inputs.
            **kwargs: Arguments of the model's `predict`.
        """
        found = self._predict(x, kwargs)
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def score(self, x, y, **kwargs):
        """Returns the share of samples with the right label.

        Args:
            x: Array of inputs.
            y: Labels, or targets in one-hot form.
            **kwargs: Arguments of the model's `predict`.
        """
        y = np.asarray(y)
        y = np.argmax(y, axis=-1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel()
        return float(np.mean(self.predict(x, **kwargs) == y))


class KerasRegressor(_SK.RegressorMixin, BaseWrapper):
    """A model as a regressor of scikit-learn, in the manner of Keras 2.

    Args:
        build_fn: A function that returns a compiled model.
        **sk_params: Arguments of the function, and of the model's `fit`, `predict` and
            `evaluate`.

    Example:

    >>> import kerasish as keras
    >>> def build():
    ...     model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    ...     model.compile("sgd", "mse")
    ...     return model
    >>> X = np.array([[0.0], [1.0]])
    >>> KerasRegressor(build).fit(X, [0.0, 1.0]).predict(X).shape
    (2,)
    """

    def predict(self, x, **kwargs):
        """Returns the outputs of the model.

        Args:
            x: Array of inputs.
            **kwargs: Arguments of the model's `predict`.
        """
        found = self._predict(x, kwargs)
        return found[:, 0] if found.shape[1:] == (1,) else found

    def score(self, x, y, **kwargs):
        """Returns minus the loss: more is better.

        Args:
            x: Array of inputs.
            y: Array of targets.
            **kwargs: Arguments of the model's `evaluate`.
        """
        settings = self.filter_sk_params(Sequential.evaluate, {"verbose": 0, **kwargs})
        found = self.model.evaluate(np.asarray(x), np.asarray(y), **settings)
        return -float(found[0] if isinstance(found, list) else found)
