"""Texts turned into the indices of their words."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend.graph import as_tensor
from kerasish.errors import did_you_mean
from kerasish.layers.preprocessing.encoding import MODES, check_mode, encoded
from kerasish.layers.preprocessing.host_layer import HostLayer
from kerasish.layers.preprocessing.lookups import StringLookup

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_STANDARDS: dict[Any, Callable[[str], str]] = {
    None: lambda text: text,
    "lower": str.lower,
    "strip_punctuation": lambda text: text.translate(_NO_PUNCTUATION),
    "lower_and_strip_punctuation": lambda text: text.lower().translate(_NO_PUNCTUATION),
}
_SPLITS: dict[Any, Callable[[str], list[str]]] = {
    None: lambda text: [text],
    "whitespace": str.split,
    "character": list,
}


class TextVectorization(HostLayer):
    """Turns texts into the indices of their words, or into vectors of counts.

    A text is standardised, split into words, joined to n-grams and looked up.

    Args:
        max_tokens: Largest size of the vocabulary with the special tokens.
        standardize: `"lower_and_strip_punctuation"`, `"lower"`, `"strip_punctuation"`,
            `None`, or a function of a string.
        split: `"whitespace"`, `"character"`, `None`, or a function from a string to a
            list of strings.
        ngrams: Largest number of words in a token, or the numbers; `None` for single
            words.
        output_mode: `"int"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
        output_sequence_length: Number of indices of each text: shorter ones get zeros,
            longer ones are cut.
        pad_to_max_tokens: Whether vectors have the size `max_tokens`.
        vocabulary: An array, a list or the path of a text file; `None` to adapt.
        idf_weights: Inverse document frequencies, for `"tf_idf"`.
        sparse: Must be false.
        ragged: Must be false.
        encoding: The encoding of texts in bytes.

    Input shape: `(batch,)` or `(batch, 1)`, of strings in arrays or lists; or one
    string.

    Output shape: `(batch, words)` of integers: 0 is padding and 1 unknown; or
    `(batch, size of the vocabulary)`.

    Raises:
        ValueError: If an argument is unknown.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.TextVectorization(vocabulary=["earth", "wind"])
    >>> layer(["Earth, wind!", "fire"]).numpy().tolist()
    [[2, 3], [1, 0]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        modes = tuple(mode for mode in MODES if mode != "one_hot")
        self.output_mode = check_mode(output_mode, modes, sparse or ragged)
        kwargs.pop("vocabulary_size", None)
        super().__init__(name=name, **kwargs)
        self.standardize = _known(standardize, _STANDARDS, "standardize")
        self.split = _known(split, _SPLITS, "split")
        if isinstance(ngrams, int):
            ngrams = tuple(range(1, ngrams + 1))
        self.ngrams = None if ngrams is None else tuple(ngrams)
        self.max_tokens = max_tokens
        self.output_sequence_length = output_sequence_length
        self.pad_to_max_tokens = pad_to_max_tokens
        self.sparse, self.ragged, self.encoding = sparse, ragged, encoding
        # With counts there is no padding, so that no index is kept for it.
        self.lookup = StringLookup(
            max_tokens=max_tokens,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            pad_to_max_tokens=pad_to_max_tokens,
            mask_token="" if self.output_mode == "int" else None,
            output_mode=self.output_mode,
            encoding=encoding,
        )

    def tokens_of(self, text: str) -> list[str]:
        """Return the tokens of a text: words, or n-grams of them.

        Args:
            text: The text.
        """
        standard = _STANDARDS.get(self.standardize, self.standardize)
        split = _SPLITS.get(self.split, self.split)
        words = list(split(standard(text)))
        if self.ngrams is None:
            return words
        return [
            " ".join(words[start : start + size])
            for size in self.ngrams
            for start in range(len(words) - size + 1)
        ]

    def _documents(self, inputs: Any) -> list[list[str]]:
        texts = self.values_of(inputs)
        if texts.ndim > 1 and texts.shape[-1] == 1:
            texts = texts[..., 0]
        if texts.ndim > 1:
            raise ValueError(
                f'layer "{self.name}": texts have the shape (batch,) or (batch, 1).\n'
                f"  got: {texts.shape}"
            )
        return [self.tokens_of(text) for text in texts.reshape(-1)]

    def adapt(self, data: Any, batch_size: Any = None, steps: Any = None) -> None:
        """Make the vocabulary from texts.

        Args:
            data: An array or a list of texts, or an iterable of batches of them.
            batch_size: Of no effect.
            steps: Number of batches to use; all by default.
        """
        self.reset_state()
        for batch in self.lookup.text_batches(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def reset_state(self) -> None:
        """Forget the texts seen while adapting."""
        self.lookup.reset_state()

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch of texts."""
        self.lookup.count_documents(self._documents(data))

    def finalize_state(self) -> None:
        """Make the vocabulary of the texts seen."""
        self.lookup.finalize_state()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the vocabulary; see `StringLookup.set_vocabulary`."""
        self.lookup.set_vocabulary(vocabulary, idf_weights)

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """Return the tokens in the order of their indices."""
        return self.lookup.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """Return the number of tokens with the special ones."""
        return self.lookup.vocabulary_size()

    def save_own_variables(self, store: Any) -> None:
        """Put the weights of the tokens, if there are any, into a store."""
        self.lookup.save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Take the weights of the tokens from a store."""
        self.lookup.load_own_variables(store)

    def load_assets(self, folder: str) -> None:
        """Read the vocabulary from the file that Keras stores for the layer."""
        self.lookup.load_assets(folder)

    def call(self, inputs: Any) -> Any:
        """Return the indices of the texts' tokens, or their counts."""
        single = np.ndim(inputs) == 0
        documents = self._documents(inputs)
        if self.output_mode != "int":
            rows = [self._vector(document) for document in documents]
            outputs = np.stack(rows).astype(self.lookup.compute_dtype)
            return as_tensor(outputs[0] if single else outputs)
        length = self.output_sequence_length
        if length is None:
            length = max(map(len, documents), default=0)
        indices = np.zeros((len(documents), length), "int64")
        for row, document in zip(indices, documents):
            kept = document[:length]
            if kept:
                row[: len(kept)] = self.lookup(np.array(kept, object)).numpy()
        return as_tensor(indices[0] if single else indices)

    def _vector(self, document: list[str]) -> np.ndarray:
        if document:
            return self.lookup(np.array(document, object)).numpy()
        size = self.vocabulary_size()
        depth = self.max_tokens if self.pad_to_max_tokens else size
        return encoded([[]], "count", depth, "float32").numpy()[0]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, with the vocabulary."""
        config = super().get_config()
        inner = self.lookup.get_config()
        config["vocabulary"] = inner["vocabulary"]
        config["idf_weights"] = inner["idf_weights"]
        return config


def _known(value: Any, choices: dict, name: str) -> Any:
    if not callable(value) and value not in choices:
        names = [choice for choice in choices if choice]
        raise ValueError(
            f"`{name}` must be a function or one of {names}."
            f"{did_you_mean(str(value), names)}\nReceived: {name}={value!r}"
        )
    return value
