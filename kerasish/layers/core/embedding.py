"""The table of vectors for integer inputs."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_integer
from kerasish.layers.arguments import (
    add_parameter,
    positive_int,
    set_arguments,
)
from kerasish.layers.low_rank import LowRankLayer


class Embedding(LowRankLayer):
    """Turns integers into trainable vectors: rows of a table.

    Args:
        input_dim: Number of rows; inputs lie in `[0, input_dim)`.
        output_dim: Length of a vector.
        embeddings_initializer: Initializer of the table.
        embeddings_regularizer: Penalty on the table.
        embeddings_constraint: Projection of the table after each update.
        mask_zero: Whether 0 is padding, which later layers leave out.
        lora_rank: Rank of low-rank adaptation, which is then trained in place of
            the table; see `enable_lora`.
        lora_alpha: The factor of its correction times the rank; the rank by default.

    Input shape: `(batch, ...)` of integers.

    Output shape: `(batch, ..., output_dim)`.

    Weights: `embeddings` of shape `(input_dim, output_dim)`.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([[1, 2, 3]])
    >>> keras.layers.Embedding(10, 4)(x).shape
    (1, 3, 4)
    """

    _adapted = "embeddings"

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        **kwargs: Any,
    ) -> None:
        input_length = kwargs.pop("input_length", None)
        if input_length is not None:
            length = (
                tuple(input_length)
                if isinstance(input_length, (list, tuple))
                else (input_length,)
            )
            _check_length(length, kwargs)
            if "batch_input_shape" not in kwargs:
                kwargs.setdefault("input_shape", length)
        table = kwargs.get("weights")
        if table is not None and not isinstance(table, (list, tuple)):
            kwargs["weights"] = [table]
        super().__init__(**kwargs)
        set_arguments(
            self,
            input_dim=positive_int(input_dim, "input_dim"),
            output_dim=positive_int(output_dim, "output_dim"),
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
        )
        self.supports_masking = mask_zero
        if table is not None:
            self.build()

    def build(self, input_shape: Any = None) -> None:
        """Make the table."""
        shape = (self.input_dim, self.output_dim)
        self.embeddings = add_parameter(self, "embeddings", shape)

    @property
    def embeddings(self) -> Any:
        """The table, with the correction of low-rank adaptation."""
        return self._summed()

    @embeddings.setter
    def embeddings(self, value: Any) -> None:
        self._embeddings = value

    def call(self, inputs: Any) -> Any:
        """Return the vectors of integers of shape `(batch, ...)`."""
        if not is_integer(inputs.dtype):
            inputs = ops.cast(inputs, "int32")
        outputs = ops.take(self._embeddings, inputs, axis=0)
        if self.lora_enabled:
            first, second = self._small()
            change = ops.matmul(ops.take(first, inputs, axis=0), second)
            outputs = ops.add(outputs, (self.lora_alpha / self.lora_rank) * change)
        return ops.cast(outputs, self.compute_dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where the input is not 0, if `mask_zero` is set."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None


def _check_length(length: tuple, kwargs: dict) -> None:
    """Checks `input_length` against the input shape that was given with it."""
    given = kwargs.get("input_shape")
    if given is None:
        given = kwargs.get("batch_input_shape", (None, *length))[1:]
    pairs = zip(length, given)
    if len(length) != len(given) or any(a != b for a, b in pairs if a and b):
        raise ValueError(
            "`input_length` does not fit the input shape.\n"
            f"Received: input_length={length}, input_shape={tuple(given)}"
        )
