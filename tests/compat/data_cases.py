"""Layers that adapt to data or take strings, whose results are compared with Keras.

`make(layers)` builds the layer, `adapt` is what it adapts to, `inputs` what it is
called with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

WORDS = ["a", "b", "c", "longer words, much longer", "déjà vu", "", "z" * 70]
GRID = [["a", "c", "b"], ["z", "a", "b"]]
TEXTS = ["The cat sat.", "the Dog sat on the cat!", "", "fish: the"]
_RNG = np.random.default_rng(5)
VALUES = _RNG.normal(2.0, 3.0, (40, 3)).astype("float32")
TIES = [["b", "a", "c", "a"], ["d", "b", "e", "e"]]


@dataclass
class DataCase:
    """A layer, what it adapts to and what it is called with."""

    make: Callable[[Any], Any]
    inputs: Any
    adapt: Any = None

    def arguments(self) -> Any:
        """Return the inputs as arrays."""
        if isinstance(self.inputs, tuple):
            return tuple(map(np.asarray, self.inputs))
        return np.asarray(self.inputs)


def _text() -> dict[str, DataCase]:
    vocabulary = ["the", "cat", "dog"]
    weights = [0.5, 0.7, 0.9]
    options: dict[str, dict] = {
        "plain": {"vocabulary": vocabulary},
        "lower": {"vocabulary": vocabulary, "standardize": "lower"},
        "length": {"vocabulary": vocabulary, "output_sequence_length": 3},
        "character": {"vocabulary": list("thecas"), "split": "character"},
        "ngrams": {"vocabulary": ["the cat", "cat", "the"], "ngrams": 2},
        "count": {"vocabulary": vocabulary, "output_mode": "count"},
        "multi_hot": {
            "vocabulary": vocabulary,
            "output_mode": "multi_hot",
            "max_tokens": 6,
            "pad_to_max_tokens": True,
        },
        "tf_idf": {
            "vocabulary": vocabulary,
            "output_mode": "tf_idf",
            "idf_weights": weights,
        },
    }
    cases = {
        f"text_{name}": DataCase(
            lambda L, given=given: L.TextVectorization(**given), TEXTS
        )
        for name, given in options.items()
    }
    for name, given in {
        "int": {},
        "few": {"max_tokens": 4},
        "count": {"output_mode": "count"},
        "tf_idf": {"output_mode": "tf_idf"},
    }.items():
        cases[f"text_adapted_{name}"] = DataCase(
            lambda L, given=given: L.TextVectorization(**given), TEXTS, adapt=TEXTS
        )
    return cases


def _lookups() -> dict[str, DataCase]:
    cases: dict[str, DataCase] = {}
    letters, numbers = ["a", "b", "c"], [5, 7, 9]
    options: dict[str, dict] = {
        "plain": {},
        "mask": {"mask_token": ("", 0)},
        "oov": {"num_oov_indices": 3},
        "oov_salt": {"num_oov_indices": 4, "salt": [3, 4]},
        "one_hot": {"output_mode": "one_hot"},
        "multi_hot": {"output_mode": "multi_hot", "num_oov_indices": 2},
        "count": {"output_mode": "count"},
        "tf_idf": {"output_mode": "tf_idf", "idf_weights": [0.2, 0.4, 0.9]},
    }
    for name, given in options.items():
        for number, (kind, vocabulary, inputs) in enumerate(
            (
                ("StringLookup", letters, GRID),
                ("IntegerLookup", numbers, [[5, 9, 7], [100, 5, 3]]),
            )
        ):
            if name == "oov_salt" and number:
                given = {**given, "oov_method": "farmhash"}
            chosen = {
                key: value[number] if key == "mask_token" else value
                for key, value in given.items()
            }
            if name == "one_hot":
                inputs = [row[0] for row in inputs]
            cases[f"{kind.lower()}_{name}"] = DataCase(
                lambda L, k=kind, v=vocabulary, c=chosen: getattr(L, k)(
                    vocabulary=v, **c
                ),
                inputs,
            )
    cases["stringlookup_invert"] = DataCase(
        lambda L: L.StringLookup(vocabulary=letters, invert=True), [[0, 1], [3, 2]]
    )
    cases["integerlookup_invert"] = DataCase(
        lambda L: L.IntegerLookup(vocabulary=numbers, invert=True), [[0, 1], [3, 2]]
    )
    for name, given in {
        "int": {},
        "few": {"max_tokens": 4},
        "tf_idf": {"output_mode": "tf_idf"},
    }.items():
        cases[f"stringlookup_adapted_{name}"] = DataCase(
            lambda L, given=given: L.StringLookup(**given), GRID, adapt=TIES
        )
    cases["integerlookup_adapted"] = DataCase(
        lambda L: L.IntegerLookup(), [[3, 4], [9, 1]], adapt=[[1, 3, 3], [4, 4, 9]]
    )
    return cases


def _hashes() -> dict[str, DataCase]:
    return {
        "hashing": DataCase(lambda L: L.Hashing(1000), WORDS),
        "hashing_salt": DataCase(lambda L: L.Hashing(1000, salt=133), WORDS),
        "hashing_salts": DataCase(lambda L: L.Hashing(9, salt=[133, 7]), WORDS),
        "hashing_mask": DataCase(lambda L: L.Hashing(5, mask_value=""), WORDS),
        "hashing_integers": DataCase(lambda L: L.Hashing(50), [[1, -2], [300, 4]]),
        "hashing_count": DataCase(lambda L: L.Hashing(4, output_mode="count"), GRID),
        "hashing_one_hot": DataCase(
            lambda L: L.Hashing(4, output_mode="one_hot"), WORDS
        ),
        "crossing": DataCase(
            lambda L: L.HashedCrossing(1000), (WORDS[:3], ["x", "y", "z"])
        ),
        "crossing_integers": DataCase(
            lambda L: L.HashedCrossing(1000), ([1, 2], [3, -4])
        ),
        "crossing_few": DataCase(
            lambda L: L.HashedCrossing(7), (["u", "v", "w"], [3, 3, 9])
        ),
        "crossing_one_hot": DataCase(
            lambda L: L.HashedCrossing(5, output_mode="one_hot"),
            ([["a"], ["b"]], [[7], [8]]),
        ),
    }


def _numbers() -> dict[str, DataCase]:
    cases = {
        f"normalization_{axis}": DataCase(
            lambda L, axis=axis: L.Normalization(axis=axis), VALUES[:4], adapt=VALUES
        )
        for axis in (-1, None)
    }
    cases["normalization_invert"] = DataCase(
        lambda L: L.Normalization(invert=True), VALUES[:4], adapt=VALUES
    )
    for bins in (2, 4, 7):
        cases[f"discretization_{bins}"] = DataCase(
            lambda L, bins=bins: L.Discretization(num_bins=bins),
            VALUES[:4],
            adapt=VALUES,
        )
    cases["discretization_epsilon"] = DataCase(
        lambda L: L.Discretization(num_bins=4, epsilon=0.1), VALUES[:4], adapt=VALUES
    )
    for mode in ("int", "one_hot"):
        cases[f"discretization_{mode}"] = DataCase(
            lambda L, mode=mode: L.Discretization([0.0, 1.0, 2.5], output_mode=mode),
            [-1.0, 0.0, 0.5, 2.5, 9.0],
        )
    for mode in ("one_hot", "multi_hot", "count"):
        cases[f"category_{mode}"] = DataCase(
            lambda L, mode=mode: L.CategoryEncoding(5, output_mode=mode),
            [[1, 3, 3], [0, 4, 1]],
        )
    cases["category_row"] = DataCase(lambda L: L.CategoryEncoding(5), [1, 3, 3])
    cases["category_column"] = DataCase(
        lambda L: L.CategoryEncoding(5, output_mode="one_hot"), [[1], [3]]
    )
    return cases


CASES: dict[str, DataCase] = {**_text(), **_lookups(), **_hashes(), **_numbers()}
