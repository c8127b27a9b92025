"""The base class of losses, and the loss that wraps a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import naming, tree
from kerasish.backend import config, ops
from kerasish.backend.dtypes import standardize_dtype
from kerasish.backend.graph import origin_scope
from kerasish.losses.reduction import check_reduction, reduce_weighted


class Loss:
    """A loss: a value per sample, weighted and reduced to one number.

    A subclass implements `call(y_true, y_pred)`, which returns one value per sample
    (shape `(batch,)`, or `(batch, ...)` for a value per position).

    Args:
        name: Name of the loss; derived from the class by default.
        reduction: `"sum_over_batch_size"` and `"mean"` (sum divided by the number of
            values), `"sum"`, `"mean_with_sample_weight"` (sum divided by the sum of
            the weights), or `"none"` / `None` (no reduction).
        dtype: Dtype of the computation, or a dtype policy; `floatx()` by default.

    Raises:
        ValueError: If the reduction is unknown.

    Example:

    >>> import kerasish as keras
    >>> class CubicError(keras.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** 3, axis=-1)
    >>> float(CubicError()([[0.0], [0.0]], [[1.0], [2.0]]))
    4.5
    """

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        self.name = name or naming.auto_name(type(self).__name__)
        self.reduction = check_reduction(reduction)
        self._given_dtype = getattr(dtype, "compute_dtype", dtype)

    @property
    def dtype(self) -> str:
        """The dtype the loss is computed in.

        >>> Loss(dtype="float64").dtype
        'float64'
        """
        return standardize_dtype(self._given_dtype or config.floatx())

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Compute the reduced loss.

        Args:
            y_true: Targets, shape `(batch, ...)`, or a structure of them.
            y_pred: Predictions, shape `(batch, ...)`; a mask on them is respected.
            sample_weight: A number, an array of shape `(batch,)`, or one of the shape
                of the losses.

        Returns:
            A scalar tensor; without a reduction, the weighted losses.

        >>> import kerasish as keras
        >>> float(keras.losses.MeanAbsoluteError()([[1.0]], [[3.0]]))
        2.0
        """

        mask = _mask_of(y_pred)
        with origin_scope(f"loss {self.name}"):
            values = self.call(
                self._converted_input(y_true), self._converted_input(y_pred)
            )
            own_mask = _mask_of(values)
            if mask is not None and own_mask is not None:
                mask = ops.logical_and(mask, own_mask)
            return reduce_weighted(
                values,
                sample_weight=sample_weight,
                mask=own_mask if mask is None else mask,
                reduction=self.reduction,
                dtype=self.dtype,
            )

    def _converted_input(self, values: Any) -> Any:
        """Make tensors; nested lists of plain numbers are one array each."""
        if any(hasattr(leaf, "shape") for leaf in tree.flatten(values)):
            return tree.map_structure(
                lambda leaf: ops.convert_to_tensor(leaf, dtype=self.dtype), values
            )
        return ops.convert_to_tensor(values, dtype=self.dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each sample; a subclass implements it.

        Args:
            y_true: Targets, tensor.
            y_pred: Predictions, tensor.

        Returns:
            Tensor of shape `(batch,)` or `(batch, ...)`.

        Raises:
            NotImplementedError: In this base class.

        >>> import kerasish as keras
        >>> keras.losses.MeanAbsoluteError().call([[1.0], [2.0]], [[3.0], [3.0]]).shape
        (2,)
        """
        raise NotImplementedError(
            f"Loss {type(self).__name__!r} must implement `call(y_true, y_pred)`."
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict.

        >>> Loss("error").get_config()
        {'name': 'error', 'reduction': 'sum_over_batch_size'}
        """
        settings = {"name": self.name, "reduction": self.reduction}
        if self._given_dtype is not None:
            settings["dtype"] = self.dtype
        return settings

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """Make a loss from the result of `get_config`.

        >>> Loss.from_config({"name": "error"}).name
        'error'
        """
        return cls(**config)


def _mask_of(value: Any) -> Any:
    return None if tree.is_nested(value) else getattr(value, "_keras_mask", None)


def with_equal_ranks(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return targets and predictions that differ by a last axis of size 1 alike.

    Functions of users would otherwise broadcast `(n,)` with `(n, 1)` to `(n, n)`.

    Args:
        y_true: Targets.
        y_pred: Predictions.

    >>> import numpy as np
    >>> with_equal_ranks(np.zeros(3), np.zeros((3, 1)))[0].shape
    (3, 1)
    """
    ranks = [getattr(value, "ndim", None) for value in (y_true, y_pred)]
    if None in ranks or abs(ranks[0] - ranks[1]) != 1:
        return y_true, y_pred
    larger, smaller = (y_true, y_pred) if ranks[0] > ranks[1] else (y_pred, y_true)
    if larger.shape[-1] != 1:
        return y_true, y_pred
    if smaller.ndim == 1:
        smaller = ops.expand_dims(smaller, -1)
    else:
        larger = ops.squeeze(larger, -1)
    return (larger, smaller) if ranks[0] > ranks[1] else (smaller, larger)


class LossFunctionWrapper(Loss):
    """A loss made of a function `fn(y_true, y_pred, **kwargs)`.

    Args:
        fn: Returns one value per sample.
        reduction: See `Loss`.
        name: Name of the loss; that of the function by default.
        dtype: See `Loss`.
        **kwargs: Further arguments of the function; they are attributes of the loss.

    Example:

    >>> import kerasish as keras
    >>> loss = LossFunctionWrapper(keras.losses.huber, delta=2.0)
    >>> float(loss([[0.0]], [[1.0]]))
    0.5
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name or naming.object_name(fn), reduction, dtype)
        self.fn = fn
        self.arguments = kwargs
        vars(self).update(kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Call the function.

        >>> import kerasish as keras
        >>> float(keras.losses.MeanSquaredError().call([1.0], [3.0]))
        4.0
        """
        if type(self) is LossFunctionWrapper:
            y_true, y_pred = with_equal_ranks(y_true, y_pred)
        return self.fn(y_true, y_pred, **self.arguments)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict.

        >>> import kerasish as keras
        >>> keras.losses.Huber(delta=2.0).get_config()["delta"]
        2.0
        """
        settings = super().get_config()
        if type(self) is LossFunctionWrapper:
            from kerasish.losses.lookup import serialize

            settings["fn"] = serialize(self.fn)
        return {**settings, **self.arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """Make a loss from the result of `get_config`.

        Keras 2 also stores the function of losses that have a class of their own.

        >>> import kerasish as keras
        >>> keras.losses.Huber.from_config({"delta": 2.0}).delta
        2.0
        """
        settings = dict(config)
        function = settings.pop("fn", None)
        if cls is LossFunctionWrapper:
            from kerasish.losses.lookup import get

            settings["fn"] = get(function)
        return cls(**settings)
