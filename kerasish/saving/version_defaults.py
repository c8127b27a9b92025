"""Defaults and meanings that changed between versions of Keras, in one table.

A file says which version wrote it. What it leaves out had that version's default, and
some names meant something else. Everything that depends on the version is looked up
here; the readers hold no version numbers of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class KerasVersion:
    """A version of Keras, comparable by its numbers.

    Attributes:
        numbers: The first three numbers; `(1, 0, 0)` where none is stored.
        in_tensorflow: Whether it is the Keras inside TensorFlow.

    Example:

    >>> KerasVersion.parse("2.2.4-tf") > KerasVersion.parse("2.2.4")
    True
    """

    numbers: tuple[int, int, int]
    in_tensorflow: bool = False

    @classmethod
    def parse(cls, text: str | None) -> KerasVersion:
        """Read a version as files store it.

        Args:
            text: Such as `'2.2.4-tf'`; nothing means Keras 1, which stored none.

        Example:

        >>> KerasVersion.parse("2.12.0")
        KerasVersion(numbers=(2, 12, 0), in_tensorflow=True)
        """
        found = [int(part) for part in re.findall(r"\d+", str(text or "1"))[:3]]
        numbers = tuple((found or [1]) + [0, 0])[:3]
        own_line = (2, 4, 0) <= numbers < (3, 0, 0)
        return cls(numbers, own_line or str(text).endswith("-tf"))

    @property
    def major(self) -> int:
        """The first number."""
        return self.numbers[0]


# Each line: subject, name, and the values with the version that each came with. The
# third item of a value limits it to Keras inside TensorFlow (True) or alone (False);
# the last value whose version is reached counts.
_TABLE: tuple[tuple[str, str, tuple[tuple, ...]], ...] = (
    ("hard_sigmoid", "slope", (("1.0", 0.2), ("3.0", 1.0 / 6.0))),
    ("LSTM", "recurrent_activation",
     (("1.0", "hard_sigmoid"), ("2.2.4", "sigmoid", True), ("2.3", "sigmoid"))),
    ("GRU", "recurrent_activation",
     (("1.0", "hard_sigmoid"), ("2.2.4", "sigmoid", True), ("2.3", "sigmoid"))),
    ("ConvLSTM1D", "recurrent_activation",
     (("1.0", "hard_sigmoid"), ("3.0", "sigmoid"))),
    ("ConvLSTM2D", "recurrent_activation",
     (("1.0", "hard_sigmoid"), ("3.0", "sigmoid"))),
    ("ConvLSTM3D", "recurrent_activation",
     (("1.0", "hard_sigmoid"), ("3.0", "sigmoid"))),
    ("GRU", "reset_after",
     (("1.0", False), ("2.3", True, True), ("3.0", True))),
    ("Bidirectional", "zero_output_for_mask",
     (("1.0", False), ("2.2.4", True, True), ("3.0", True))),
    ("merging", "older_masks", (("1.0", True), ("3.0", False))),
    ("SGD", "learning_rate", (("1.0", 0.01),)),
    ("Adam", "learning_rate", (("1.0", 0.001),)),
    ("RMSprop", "learning_rate", (("1.0", 0.001),)),
    ("Adagrad", "learning_rate", (("1.0", 0.01), ("2.2.4", 0.001, True),
                                  ("3.0", 0.001))),
    ("Adadelta", "learning_rate", (("1.0", 1.0), ("2.2.4", 0.001, True),
                                   ("3.0", 0.001))),
    ("Adamax", "learning_rate", (("1.0", 0.002), ("2.2.4", 0.001, True),
                                 ("3.0", 0.001))),
    ("Nadam", "learning_rate", (("1.0", 0.002), ("2.2.4", 0.001, True),
                                ("3.0", 0.001))),
    *((name, "epsilon", (("1.0", 1e-8), ("2.1", 1e-7)))
      for name in ("Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam")),
    # Whether it is added to the root, or to what is under it.
    *((name, "epsilon_outside", (("1.0", True), ("2.11", False)))
      for name in ("RMSprop", "Adagrad")),
    ("Adagrad", "initial_accumulator_value",
     (("1.0", 0.0), ("2.2.4", 0.1, True), ("3.0", 0.1))),
    # Whether the bound holds for all gradients together or for each of them.
    ("optimizer", "clipnorm",
     (("1.0", "global"), ("2.2.4", "each", True), ("3.0", "each"))),
    ("Nadam", "schedule_decay", (("1.0", 0.004), ("2.11", 1.0))),
    # What `decay` in the configuration of Nadam means: the decay of its momentum's
    # schedule, or that of the learning rate.
    ("Nadam", "decay",
     (("1.0", "rate"), ("2.2.4", "schedule", True), ("2.11", "rate"))),
    # In which order the state is stored: slot by slot, or weight by weight.
    ("optimizer", "layout", (("1.0", "slots"), ("2.11", "weights"))),
    # How much further the step number was than the one that is stored, as it was read
    # after it had been counted up.
    ("optimizer", "steps_ahead", (("1.0", 0), ("2.2.4", 1, False), ("2.4", 0))),
    # By what the weights of a model are ordered in the state.
    ("optimizer", "order", (("1.0", "names"), ("2.0.6", "layers"))),
)  # fmt: skip


def version_default(subject: str, name: str, version: KerasVersion | str | None) -> Any:
    """Return what a version of Keras took where nothing was said.

    Args:
        subject: A class such as `'GRU'`, or a function.
        name: The argument, or another property of the subject.
        version: The version, parsed or as stored in a file.

    Raises:
        KeyError: If it is the same in all versions, so that there is no entry.

    Example:

    >>> version_default("GRU", "reset_after", "2.1.5")
    False
    >>> version_default("hard_sigmoid", "slope", "2.2.4-tf")
    0.2
    """
    if not isinstance(version, KerasVersion):
        version = KerasVersion.parse(version)
    for entry_subject, entry_name, values in _TABLE:
        if (entry_subject, entry_name) != (subject, name):
            continue
        reached = [
            value[1]
            for value in values
            if KerasVersion.parse(value[0]).numbers <= version.numbers
            and (len(value) == 2 or value[2] == version.in_tensorflow)
        ]
        return reached[-1]
    raise KeyError((subject, name))


def defaults_of(subject: str, version: KerasVersion | str | None) -> dict[str, Any]:
    """Return all version-dependent defaults of a class.

    Args:
        subject: A class such as `'GRU'`.
        version: The version, parsed or as stored in a file.

    Example:

    >>> defaults_of("GRU", "2.0.8")
    {'recurrent_activation': 'hard_sigmoid', 'reset_after': False}
    """
    names = [name for entry, name, _ in _TABLE if entry == subject]
    return {name: version_default(subject, name, version) for name in names}


# What engines of Keras computed in their own way.
_BY_ENGINE: dict[str, frozenset[str]] = {
    "theano": frozenset({"true convolution", "limited SReLU"}),
}


def engine_has(engine: str, trait: str) -> bool:
    """Tell whether an engine that Keras ran on computed something in its own way.

    Args:
        engine: Its name, as files store it.
        trait: `'true convolution'`: kernels are flipped over their spatial axes;
            `'limited SReLU'`: the left part of SReLU has an upper limit.

    Example:

    >>> engine_has("theano", "true convolution")
    True
    """
    return trait in _BY_ENGINE.get(engine, ())
