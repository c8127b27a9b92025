"""Strings and integers sorted into bins by their hashes."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import config
from kerasish.backend.graph import as_tensor
from kerasish.layers.arguments import positive_int
from kerasish.layers.preprocessing.encoding import MODES, check_mode, encoded
from kerasish.layers.preprocessing.fingerprints import (
    fingerprint,
    fingerprint_pair,
    keyed_hash,
)
from kerasish.layers.preprocessing.host_layer import HostLayer, as_text, each

_CROSSING_KEY = 0xDECAFCAFFE


def hash_bin(value: Any, count: int, salt: Any) -> int:
    """Return the bin of a string or an integer.

    Args:
        value: The value.
        count: Number of bins.
        salt: Two integers, or `None`.

    Example:

    >>> 0 <= hash_bin("a", 3, None) < 3
    True
    """
    text = as_text(value).encode("utf-8")
    number = fingerprint(text) if salt is None else keyed_hash(text, tuple(salt))
    return number % count


class Hashing(HostLayer):
    """Replaces strings or integers by the bin that their hash falls into.

    Args:
        num_bins: Number of bins, with that of the masked value.
        mask_value: A value that always goes to bin 0.
        salt: An integer or two, for another sort of hash (SipHash-2-4).
        output_mode: `"int"`, `"one_hot"`, `"multi_hot"` or `"count"`.
        sparse: Must be false.

    Input shape: any, of strings or integers.

    Output shape: the same, of integers; see `CategoryEncoding` for the other modes.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.Hashing(3)([["A"], ["B"], ["C"], ["D"], ["E"]]).numpy().tolist()
    [[1], [0], [1], [1], [2]]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        self.output_mode = check_mode(output_mode, MODES[:4], sparse)
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else config.floatx()
        super().__init__(**kwargs)
        self.num_bins = positive_int(num_bins, "num_bins")
        self.mask_value = mask_value
        self.salt = salt if salt is None else _salt_pair(salt)
        self.sparse = sparse

    def call(self, inputs: Any) -> Any:
        """Return the bins, or their encoding."""
        values = self.values_of(inputs)
        masked = self.mask_value is not None
        bins = self.num_bins - masked

        def found(value: Any) -> int:
            if masked and value == self.mask_value:
                return 0
            return hash_bin(value, bins, self.salt) + masked

        indices = as_tensor(each(found, values).astype("int64"))
        return encoded(indices, self.output_mode, self.num_bins, self.compute_dtype)


def _salt_pair(salt: Any) -> list[int]:
    pair = [salt, salt] if isinstance(salt, int) else list(salt)
    if len(pair) != 2:
        raise ValueError(f"`salt` is an integer or two.\nReceived: salt={salt!r}")
    return pair


class HashedCrossing(HostLayer):
    """Sorts pairs (or more) of features into bins by the hash of all together.

    Args:
        num_bins: Number of bins.
        output_mode: `"int"` or `"one_hot"`.
        sparse: Must be false.

    Call arguments:
        inputs: A tuple of arrays of strings or integers, of shape `(batch,)` or
            `(batch, 1)`.

    Output shape: that of the inputs, of integers; `(batch, num_bins)` for `"one_hot"`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.HashedCrossing(num_bins=5)
    >>> layer((["A", "B", "A"], [101, 102, 101])).shape
    (3,)
    """

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        self.output_mode = check_mode(output_mode, MODES[:2], sparse)
        if dtype is None:
            dtype = "int64" if output_mode == "int" else config.floatx()
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.num_bins = positive_int(num_bins, "num_bins")
        self.sparse = sparse

    def call(self, inputs: Any) -> Any:
        """Return the bins of the rows, or their encoding."""
        features = [self.values_of(feature) for feature in inputs]
        shape = features[0].shape
        if len(features) < 2 or any(feature.shape != shape for feature in features):
            raise ValueError(
                f'layer "{self.name}": two or more features of one shape are needed.\n'
                f"  got: shapes {[feature.shape for feature in features]}"
            )
        bins = np.empty(features[0].size, "int64")
        for row, values in enumerate(zip(*(part.reshape(-1) for part in features))):
            number = _CROSSING_KEY
            for value in values:
                text = isinstance(value, str)
                part = fingerprint(value.encode()) if text else int(value) % 2**64
                number = fingerprint_pair(number, part)
            bins[row] = number % self.num_bins
        indices = as_tensor(bins.reshape(shape))
        return encoded(indices, self.output_mode, self.num_bins, self.compute_dtype)
