"""`SKLearnClassifier`, `SKLearnRegressor`, `SKLearnTransformer`."""

from __future__ import annotations

import copy
import warnings

import numpy as np

from kerasish.models.cloning import clone_model
from kerasish.models.model import Model
from kerasish.wrappers.sklearn_names import sklearn_names

_SK = sklearn_names()


class _KerasEstimator(_SK.BaseEstimator):
    """What the three wrappers share.

    Args:
        model: A compiled model, which is copied, or a function `model(X, y, **kwargs)`
            that returns one.
        warm_start: Whether `fit` goes on with the weights of the last `fit`.
        model_kwargs: Dict of arguments of the function.
        fit_kwargs: Dict of arguments of the model's `fit`.
    """

    def __init__(self, model, warm_start=False, model_kwargs=None, fit_kwargs=None):
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_tags__(self):
        """Returns the tags that scikit-learn asks for: fits draw random numbers."""
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    def fit(self, X, y, **kwargs):
        """Trains a new model (or the last one, with `warm_start`).

        Args:
            X: Array `(samples, features)`.
            y: Targets.
            **kwargs: Arguments of the model's `fit`, before those of `fit_kwargs`.

        Returns:
            The estimator.
        """
        X, y = _SK.validate_data(
            self, X, y, dtype="numeric", multi_output=True, y_numeric=self._y_is_numeric
        )
        y = self._encoded(y)
        self._check_weights(y, kwargs.get("sample_weight"))
        if not (self.warm_start and hasattr(self, "model_")):
            self.model_ = self._new_model(X, y)
        settings = {"verbose": 0, **(self.fit_kwargs or {}), **kwargs}
        self.history_ = self.model_.fit(X, y, **settings).history
        return self

    _y_is_numeric = True

    def _encoded(self, y):
        return y

    def _check_weights(self, y, sample_weight):
        """Raises if weights leave nothing to learn."""

    def _new_model(self, X, y):
        if isinstance(self.model, Model):
            model = clone_model(self.model)
            if self.model.compiled:
                model.compile_from_config(self.model.get_compile_config())
        else:
            model = self.model(X=X, y=y, **(self.model_kwargs or {}))
        if not model.compiled:
            raise ValueError(
                "The model must be compiled: call `compile(optimizer, loss)` on it.\n"
                f"Received: model={self.model!r}"
            )
        return model

    def _outputs(self, X):
        _SK.check_is_fitted(self, "model_")
        X = _SK.validate_data(self, X, dtype="numeric", reset=False)
        return self.model_.predict(X, verbose=0)

    def __deepcopy__(self, memo):
        twin = type(self).__new__(type(self))
        vars(twin).update(copy.deepcopy(vars(self), memo))
        return twin


class SKLearnClassifier(_SK.ClassifierMixin, _KerasEstimator):
    """A model as a classifier of scikit-learn.

    Labels of any kind are put into one-hot form; the model has an output for each
    class and a loss such as `categorical_crossentropy`.

    Args:
        model: A compiled model, which is copied, or a function `model(X, y, **kwargs)`
            that returns one, with `y` in one-hot form.
        warm_start: Whether `fit` goes on with the weights of the last `fit`.
        model_kwargs: Dict of arguments of the function.
        fit_kwargs: Dict of arguments of the model's `fit`.

    Attributes:
        classes_: The labels in order.
        model_: The trained model.
        history_: Dict of the values of each epoch.

    Example:

    >>> import kerasish as keras
    >>> def make(X, y):
    ...     outputs = keras.layers.Dense(y.shape[1], activation="softmax")
    ...     model = keras.Sequential([keras.Input(X.shape[1:]), outputs])
    ...     model.compile("adam", "categorical_crossentropy")
    ...     return model
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> labels = ["a", "a", "b", "b"]
    >>> found = SKLearnClassifier(make, fit_kwargs={"epochs": 2}).fit(X, labels)
    >>> found.predict(X).shape
    (4,)
    """

    _y_is_numeric = False

    def _encoded(self, y):
        if y.ndim == 2 and y.shape[1] == 1:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected.",
                _SK.DataConversionWarning,
                stacklevel=3,
            )
            y = y[:, 0]
        _SK.check_classification_targets(y)
        y = _SK.column_or_1d(y)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "A classifier needs samples of at least two classes.\n"
                f"Received: only one class, {self.classes_.tolist()}"
            )
        return np.eye(len(self.classes_), dtype="float32")[numbers]

    def _check_weights(self, y, sample_weight):
        if sample_weight is None:
            return
        kept = np.asarray(sample_weight) @ y
        if np.count_nonzero(kept) < 2:
            raise ValueError(
                "A classifier needs samples of at least two classes.\n"
                "Received: sample_weight that leaves only one class or none"
            )

    def decision_function(self, X):
        """Returns the model's outputs.

        Args:
            X: Array `(samples, features)`.

        Returns:
            Array `(samples, classes)`; with two classes the lead of the second one,
            `(samples,)`.
        """
        outputs = self._outputs(X)
        return outputs[:, 1] - outputs[:, 0] if outputs.shape[1] == 2 else outputs

    def predict(self, X):
        """Returns the label of the largest output for each sample.

        Args:
            X: Array `(samples, features)`.
        """
        best = np.argmax(self._outputs(X), axis=1)
        return self.classes_[best]


class SKLearnRegressor(_SK.RegressorMixin, _KerasEstimator):
    """A model as a regressor of scikit-learn.

    Args:
        model: A compiled model, which is copied, or a function `model(X, y, **kwargs)`
            that returns one.
        warm_start: Whether `fit` goes on with the weights of the last `fit`.
        model_kwargs: Dict of arguments of the function.
        fit_kwargs: Dict of arguments of the model's `fit`.

    Attributes:
        model_: The trained model.
        history_: Dict of the values of each epoch.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> SKLearnRegressor(model).fit(X, X[:, 0]).predict(X).shape
    (4,)
    """

    def __sklearn_tags__(self):
        """Returns the tags that scikit-learn asks for."""
        tags = super().__sklearn_tags__()
        # What a few steps of any model reach is not known.
        tags.regressor_tags.poor_score = True
        return tags

    def _encoded(self, y):
        if y.ndim == 2 and y.shape[1] == 1:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected.",
                _SK.DataConversionWarning,
                stacklevel=3,
            )
        self._y_axes = y.ndim
        return y[:, None] if y.ndim == 1 else y

    def predict(self, X):
        """Returns the model's outputs in the shape that the targets had.

        Args:
            X: Array `(samples, features)`.
        """
        outputs = self._outputs(X)
        single = self._y_axes == 1 and outputs.shape[1:] == (1,)
        return outputs[:, 0] if single else outputs


class SKLearnTransformer(_SK.TransformerMixin, _KerasEstimator):
    """A model as a transformer of scikit-learn: its outputs are new features.

    Args:
        model: A compiled model, which is copied, or a function `model(X, y, **kwargs)`
            that returns one.
        warm_start: Whether `fit` goes on with the weights of the last `fit`.
        model_kwargs: Dict of arguments of the function.
        fit_kwargs: Dict of arguments of the model's `fit`.

    Attributes:
        model_: The trained model.
        history_: Dict of the values of each epoch.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    >>> model.compile("sgd", "mse")
    >>> SKLearnTransformer(model).fit(np.ones((4, 2))).transform(np.ones((3, 2))).shape
    (3, 2)
    """

    def __sklearn_tags__(self):
        """Returns the tags that scikit-learn asks for."""
        tags = super().__sklearn_tags__()
        # Outputs have the dtype of the model, whatever came in.
        tags.transformer_tags.preserves_dtype = []
        return tags

    def fit(self, X, y=None, **kwargs):
        """Trains a new model.

        Args:
            X: Array `(samples, features)`.
            y: Targets; `X` itself if `None`, as an autoencoder learns it.
            **kwargs: Arguments of the model's `fit`.

        Returns:
            The estimator.
        """
        if y is None:
            y = _SK.check_array(X, dtype="numeric")
        return super().fit(X, y, **kwargs)

    def _encoded(self, y):
        return y[:, None] if y.ndim == 1 else y

    def transform(self, X):
        """Returns the model's outputs.

        Args:
            X: Array `(samples, features)`.
        """
        return self._outputs(X)
