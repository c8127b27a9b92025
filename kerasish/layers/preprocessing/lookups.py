"""Strings and integers replaced by their place in a vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.graph import as_tensor
from kerasish.layers.preprocessing.host_layer import as_text
from kerasish.layers.preprocessing.index_lookup import IndexLookup


class StringLookup(IndexLookup):
    """Replaces strings by their place in a vocabulary, or back.

    Args:
        max_tokens: Largest size of the vocabulary with the special tokens.
        num_oov_indices: Number of indices for strings that are not in the vocabulary.
        mask_token: The string of index 0; `None` for none.
        oov_token: What stands for unknown strings, when `invert` is set.
        vocabulary: An array, a list or the path of a text file; `None` to adapt.
        idf_weights: Inverse document frequencies, for `"tf_idf"`.
        invert: Whether indices are turned into strings.
        output_mode: `"int"`, `"one_hot"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
        pad_to_max_tokens: Whether vectors have the size `max_tokens`.
        sparse: Must be false.
        encoding: The encoding of a vocabulary's bytes.
        salt: An integer or two for the hash of unknown strings.

    Input shape: any, of strings in arrays or lists.

    Output shape: the same, of integers; see `CategoryEncoding` for the other modes.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.StringLookup(vocabulary=["a", "b", "c"])
    >>> layer([["a", "c"], ["b", "z"]]).numpy().tolist()
    [[1, 3], [2, 0]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        self.encoding = encoding
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            salt=salt,
            name=name,
            **kwargs,
        )

    def standard(self, value: Any) -> str:
        """Return a token as a string."""
        return value.decode(self.encoding) if isinstance(value, bytes) else str(value)


class IntegerLookup(IndexLookup):
    """Replaces integers by their place in a vocabulary, or back.

    Args:
        max_tokens: Largest size of the vocabulary with the special tokens.
        num_oov_indices: Number of indices for integers that are not in the vocabulary.
        mask_token: The integer of index 0; `None` for none.
        oov_token: What stands for unknown integers, when `invert` is set.
        vocabulary: An array, a list or the path of a text file; `None` to adapt.
        vocabulary_dtype: `"int64"` or `"int32"`.
        idf_weights: Inverse document frequencies, for `"tf_idf"`.
        invert: Whether indices are turned into the integers.
        output_mode: `"int"`, `"one_hot"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
        sparse: Must be false.
        pad_to_max_tokens: Whether vectors have the size `max_tokens`.
        oov_method: How unknown integers are spread over several indices:
            `"floormod"` or `"farmhash"`.
        salt: An integer or two for the hash of unknown integers.

    Input shape: any, of integers.

    Output shape: the same, of integers; see `CategoryEncoding` for the other modes.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.IntegerLookup(vocabulary=[12, 36, 1138])
    >>> layer([[12, 1138], [36, 7]]).numpy().tolist()
    [[1, 3], [2, 0]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.vocabulary_dtype = vocabulary_dtype
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            salt=salt,
            name=name,
            **kwargs,
        )
        self.oov_method = oov_method

    def standard(self, value: Any) -> int:
        """Return a token as an integer."""
        return int(as_text(value))

    def call(self, inputs: Any) -> Any:
        """Return the indices of integers, their encoding, or the integers back."""
        if not getattr(inputs, "is_symbolic", False) or not self._tokens:
            return super().call(inputs)
        if self.invert:
            tokens = np.asarray(self.get_vocabulary(), self.vocabulary_dtype)
            return ops.take(tokens, inputs, axis=0)
        if self.num_oov_indices > 1 and self.oov_method != "floormod":
            self.values_of(inputs)
        keys = np.array(list(self._indices), "int64")
        order = np.argsort(keys)
        places = np.array(list(self._indices.values()), "int64")[order]
        keys = keys[order]
        inputs = ops.cast(inputs, "int64")
        near = ops.minimum(ops.searchsorted(keys, ops.ravel(inputs)), len(keys) - 1)
        near = ops.reshape_like(near, inputs)
        unknown = self.oov_start + ops.mod(inputs, max(self.num_oov_indices, 1))
        same = ops.equal(ops.take(keys, near, axis=0), inputs)
        found = ops.where(same, ops.take(places, near, axis=0), unknown)
        return self.encode(ops.cast(found, "int64"))

    def as_output(self, tokens: np.ndarray) -> Any:
        """Return an array of tokens as a tensor of integers."""
        return as_tensor(tokens.astype(self.vocabulary_dtype))
