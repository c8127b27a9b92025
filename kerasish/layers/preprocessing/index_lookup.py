"""What the layers that look values up in a vocabulary share."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import Any

import numpy as np

from kerasish.backend import config
from kerasish.backend.graph import as_numpy, as_tensor
from kerasish.layers.preprocessing.batches import raw_batches
from kerasish.layers.preprocessing.encoding import MODES, check_mode, encoded
from kerasish.layers.preprocessing.hashing import hash_bin
from kerasish.layers.preprocessing.host_layer import HostLayer, each


class IndexLookup(HostLayer):
    """Base of StringLookup and IntegerLookup.

    The indices begin with that of the mask token (if there is one), then those of
    values that are not in the vocabulary, then the vocabulary's.

    Args:
        max_tokens: Largest size of the vocabulary with the special tokens.
        num_oov_indices: Number of indices for values that are not in the vocabulary.
        mask_token: The token of index 0.
        oov_token: What stands for unknown values, when `invert` is set.
        vocabulary: An array, a list or the path of a text file; `None` to adapt.
        idf_weights: Inverse document frequencies, for `"tf_idf"`.
        invert: Whether indices are turned into tokens.
        output_mode: `"int"`, `"one_hot"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
        sparse: Must be false.
        pad_to_max_tokens: Whether vectors have the size `max_tokens`.
        salt: Two integers for the hash of unknown values.
        **kwargs: Arguments of `Layer`.
    """

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        sparse: bool,
        pad_to_max_tokens: bool,
        salt: Any,
        **kwargs: Any,
    ) -> None:
        self.output_mode = check_mode(output_mode, MODES, sparse)
        # Keras ignores the dtype, and stores that of the global policy.
        weighted = self.output_mode == "tf_idf"
        kwargs["dtype"] = config.floatx() if weighted else "int64"
        # Keras stores them beside the vocabulary that they follow from.
        for name in ("vocabulary_size", "oov_method"):
            kwargs.pop(name, None)
        super().__init__(**kwargs)
        if max_tokens is not None and max_tokens <= 1:
            raise ValueError(
                f"`max_tokens` must be above 1.\nReceived: max_tokens={max_tokens}"
            )
        if num_oov_indices < 0 or (invert and output_mode != "int"):
            raise ValueError(
                "`num_oov_indices` must not be negative, and `invert` needs "
                f"`output_mode='int'`.\nReceived: num_oov_indices={num_oov_indices}, "
                f"output_mode={output_mode!r}"
            )
        self.max_tokens = max_tokens
        self.num_oov_indices = num_oov_indices
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.invert = invert
        self.sparse = sparse
        self.pad_to_max_tokens = pad_to_max_tokens
        self.salt = [salt, salt] if isinstance(salt, int) else salt
        self.oov_method = "farmhash"
        self._tokens: list = []
        self._weights: np.ndarray | None = None
        self._fixed = vocabulary is not None
        self.reset_state()
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    def standard(self, value: Any) -> Any:
        """Return a token as the vocabulary holds it; to be overridden."""
        raise NotImplementedError(f"{type(self).__name__} has no `standard()`.")

    @property
    def special_tokens(self) -> list:
        """The tokens before the vocabulary."""
        mask = [] if self.mask_token is None else [self.mask_token]
        return mask + [self.oov_token] * self.num_oov_indices

    @property
    def oov_start(self) -> int:
        """The first index of unknown values."""
        return 0 if self.mask_token is None else 1

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the vocabulary.

        Args:
            vocabulary: An array, a list or the path of a text file, with or without
                the special tokens.
            idf_weights: Inverse document frequencies of the tokens, for `"tf_idf"`.

        Raises:
            ValueError: If tokens repeat, are too many, or weights are missing.
        """
        if isinstance(vocabulary, (str, Path)):
            text = Path(vocabulary).read_text(encoding="utf-8")
            vocabulary = text.splitlines()
        given = vocabulary if isinstance(vocabulary, (list, tuple)) else None
        listed = as_numpy(vocabulary).tolist() if given is None else list(given)
        tokens = [self.standard(token) for token in listed]
        special = self.special_tokens
        had_special = bool(special) and tokens[: len(special)] == special
        tokens = tokens[len(special) :] if had_special else tokens
        repeated = [t for t, n in collections.Counter(tokens).items() if n > 1]
        wrong = repeated or [token for token in tokens if token in special]
        if wrong:
            raise ValueError(
                f"Tokens of a vocabulary must differ.\nReceived twice: {wrong[:5]}"
            )
        size = len(tokens) + len(special)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                f"The vocabulary is larger than `max_tokens`.\nReceived: {size} tokens "
                f"with the special ones, max_tokens={self.max_tokens}"
            )
        weights = None
        if self.output_mode == "tf_idf":
            if idf_weights is None:
                raise ValueError("`idf_weights` is needed for `output_mode='tf_idf'`.")
            weights = np.asarray(idf_weights, "float32")
            weights = weights[len(special) :] if had_special else weights
        self._take(tokens, weights)

    def _take(self, tokens: list, weights: Any) -> None:
        self._tokens = tokens
        start = len(self.special_tokens)
        self._indices = {token: start + i for i, token in enumerate(tokens)}
        if self.mask_token is not None:
            self._indices[self.mask_token] = 0
        self._weights = weights

    def get_vocabulary(self, include_special_tokens: bool = True) -> list:
        """Return the tokens in the order of their indices.

        Args:
            include_special_tokens: Whether the mask and the unknown tokens are in it.
        """
        tokens = list(self._tokens)
        return self.special_tokens + tokens if include_special_tokens else tokens

    def vocabulary_size(self) -> int:
        """Return the number of tokens with the special ones."""
        return len(self._tokens) + len(self.special_tokens)

    def reset_state(self) -> None:
        """Forget the data seen while adapting."""
        self._counts: collections.Counter = collections.Counter()
        self._documents: collections.Counter = collections.Counter()
        self._document_count = 0

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch.

        Args:
            data: Array or list of shape `(batch, tokens)`; one document if of one axis.
        """
        values = self.values_of(data)
        rows = values.reshape(1, -1) if values.ndim < 2 else values
        self.count_documents(rows.reshape(len(rows), -1))

    def count_documents(self, documents: Any) -> None:
        """Count the tokens of documents, each an iterable of tokens."""
        for document in documents:
            tokens = [self.standard(token) for token in document]
            self._counts.update(tokens)
            self._documents.update(set(tokens))
            self._document_count += 1

    def finalize_state(self) -> None:
        """Make the vocabulary of the data seen: the most frequent tokens first."""
        if self._fixed or not self._counts:
            return
        for token in (self.mask_token, self.oov_token):
            self._counts.pop(token, None)
        tokens = sorted(self._counts, key=lambda t: (self._counts[t], t), reverse=True)
        if self.max_tokens is not None:
            tokens = tokens[: self.max_tokens - len(self.special_tokens)]
        weights = None
        if self.output_mode == "tf_idf":
            seen = np.array([self._documents[token] for token in tokens], "float32")
            weights = np.log(1 + self._document_count / (1 + seen)).astype("float32")
        self._take(tokens, weights)
        self.reset_state()

    def adapt(self, data: Any, batch_size: Any = None, steps: Any = None) -> None:
        """Make the vocabulary from data.

        Args:
            data: An array or a list of strings or integers, or an iterable of batches.
            batch_size: Of no effect.
            steps: Number of batches to use; all by default.
        """
        self.reset_state()
        for batch in self.text_batches(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def text_batches(self, data: Any, steps: Any) -> Any:
        """Yield batches; a list of values or of lists of them is one."""
        whole = isinstance(data, (list, tuple)) and bool(data)
        if whole and isinstance(data[0], (str, bytes, int, list)):
            return [np.array(data, object) if isinstance(data[0], str) else data]
        return raw_batches(data, steps)

    def unknown(self, value: Any) -> int:
        """Return the index of a value that is not in the vocabulary."""
        if not self.num_oov_indices:
            raise ValueError(
                f'layer "{self.name}": with `num_oov_indices=0` all values must be in '
                f"the vocabulary.\nReceived: {value!r}"
            )
        if self.num_oov_indices == 1:
            return self.oov_start
        if isinstance(value, int) and self.oov_method == "floormod":
            return self.oov_start + value % self.num_oov_indices
        return self.oov_start + hash_bin(value, self.num_oov_indices, self.salt)

    def call(self, inputs: Any) -> Any:
        """Return the indices of values, their encoding, or the tokens of indices."""
        if not self._tokens:
            raise RuntimeError(
                f'layer "{self.name}": it has no vocabulary yet. Call `adapt(data)` or '
                "`set_vocabulary(...)` first."
            )
        values = self.values_of(inputs)
        if self.invert:
            return self._inverted(values)
        known = self._indices

        def index(value: Any) -> int:
            token = self.standard(value)
            place = known.get(token)
            return self.unknown(token) if place is None else place

        indices = each(index, values).astype("int64")
        return self.encode(as_tensor(indices))

    def encode(self, indices: Any) -> Any:
        """Return indices in the output mode."""
        size = self.vocabulary_size()
        depth = self.max_tokens if self.pad_to_max_tokens else size
        weights = self.full_weights(depth) if self.output_mode == "tf_idf" else None
        return encoded(indices, self.output_mode, depth, self.compute_dtype, weights)

    def full_weights(self, depth: int) -> np.ndarray:
        """Return the weights of all indices; unknown values have the mean."""
        start = len(self.special_tokens)
        weights = np.zeros(depth, "float32")
        weights[:start] = self._weights.mean()
        weights[start : start + len(self._weights)] = self._weights
        return weights

    def _inverted(self, values: np.ndarray) -> Any:
        tokens = self.get_vocabulary()
        found = each(
            lambda i: tokens[i] if 0 <= i < len(tokens) else self.oov_token, values
        )
        return self.as_output(found)

    def as_output(self, tokens: np.ndarray) -> Any:
        """Return an array of tokens as the layer returns it."""
        return tokens

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, with the vocabulary."""
        config = super().get_config()
        config["vocabulary"] = list(self._tokens) or None
        weights = self._weights
        config["idf_weights"] = None if weights is None else weights.tolist()
        return config

    def save_own_variables(self, store: Any) -> None:
        """Put the weights of the tokens, if there are any, into a store."""
        if self._weights is not None:
            store["idf_weights"] = self.full_weights(self.vocabulary_size())

    def load_own_variables(self, store: Any) -> None:
        """Take the weights of the tokens from a store."""
        if "idf_weights" in store:
            weights = np.asarray(store["idf_weights"], "float32")
            self._weights = weights[len(self.special_tokens) :]

    def load_assets(self, folder: str) -> None:
        """Read the vocabulary from the file that Keras stores for the layer.

        Args:
            folder: The folder with `vocabulary.txt`, one token a line.
        """
        text = (Path(folder) / "vocabulary.txt").read_text(encoding="utf-8")
        tokens = text.split("\n")
        while tokens and tokens[-1] == "":
            tokens.pop()
        weights = self._weights
        if weights is not None:
            weights = [*np.zeros(len(self.special_tokens)), *weights]
        self.set_vocabulary(tokens, weights)
