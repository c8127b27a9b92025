"""Seed generators: states of random draws, kept in Variables.

A state is a seed and a counter, two words of 32 bits. It advances with every draw, in
traced functions as well, so that every run draws anew.
"""

from __future__ import annotations

import random as _python_random
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.determinism import is_determinism_enabled
from kerasish.backend.graph import (
    Tensor,
    Variable,
    as_tensor,
    current_trace,
    eager_scope,
    in_symbolic_scope,
)

_WORD = 0xFFFFFFFF
# An odd number near 2**32 divided by the golden ratio spreads consecutive numbers.
_SPREAD = 0x9E3779B9
# Multiplier and increment of a full-period generator of 32-bit words.
_MULTIPLIER, _INCREMENT = 747796405, 2891336453
_global: dict[str, Any] = {"generator": None, "seed": None}


def _advanced(state: Tensor) -> Tensor:
    """The state that a run leaves behind where no trace has advanced it."""
    factors = as_tensor(np.array([_MULTIPLIER, 1], "uint32"))
    return state * factors + as_tensor(np.array([_INCREMENT, 0], "uint32"))


def make_default_seed() -> int:
    """Return a fresh seed from Python's own generator.

    Raises:
        RuntimeError: If runs must be repeatable and no seed was set.

    Example:

    >>> 0 <= make_default_seed() < 2**32
    True
    """
    _check_seeded()
    return _python_random.randint(1, int(1e9))


def _check_seeded() -> None:
    if _global["seed"] is None and is_determinism_enabled():
        raise RuntimeError(
            "Determinism is enabled, so that random numbers need a seed: call "
            "`kerasish.utils.set_random_seed(1)` first, or give the layer or function "
            "a `seed`."
        )


class SeedGenerator:
    """A source of states for random draws, which advances with every draw.

    Args:
        seed: An integer; a fresh one for `None`.
        name: The name of its Variable.

    Raises:
        ValueError: If the seed is no integer.

    Example:

    >>> generator = SeedGenerator(seed=7)
    >>> first, second = generator.next().numpy(), generator.next().numpy()
    >>> first.tolist(), second.tolist()
    ([7, 0], [7, 1])
    """

    def __init__(
        self, seed: int | None = None, name: str | None = None, **kwargs: Any
    ) -> None:
        if kwargs:
            raise TypeError(
                f"SeedGenerator has no argument {next(iter(kwargs))!r}.\n"
                f"Received: {kwargs}"
            )
        if seed is None:
            seed = make_default_seed()
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise ValueError(
                f"A seed must be an integer or None.\nReceived: seed={seed!r}"
            )
        self.name = name or "seed_generator"
        self._initial_seed = int(seed)
        with eager_scope():
            self.state = Variable(
                np.array([int(seed) & _WORD, 0], "uint32"),
                dtype="uint32",
                trainable=False,
                autocast=False,
                aggregation="none",
                name="seed_generator_state",
            )
        self.state.advance = _advanced
        self._draws = 0

    @property
    def initial_seed(self) -> int:
        """The seed that the generator was made with."""
        return self._initial_seed

    def next(self, ordered: bool = True) -> Tensor:
        """Return the current state and advance.

        Args:
            ordered: Kept for the signature; draws are always in order.

        Returns:
            A `uint32` tensor `[seed, counter]`.
        """
        if in_symbolic_scope() and current_trace() is None:
            # Nothing here can advance the state between two draws: each place in the
            # graph gets a seed of its own, and a run advances the state once.
            self._draws += 1
            return substream(self.state.value, self._draws)
        state = self.state.value
        self.state.assign(state + as_tensor(np.array([0, 1], "uint32")))
        return state

    def get_config(self) -> dict:
        """Return the constructor arguments."""
        return {"seed": self._initial_seed}

    @classmethod
    def from_config(cls, config: dict) -> SeedGenerator:
        """Make a generator from what `get_config` returned."""
        return cls(**config)


def global_seed_generator() -> SeedGenerator:
    """Return the generator of the draws without a seed.

    Example:

    >>> isinstance(global_seed_generator(), SeedGenerator)
    True
    """
    if _global["generator"] is None:
        _global["generator"] = SeedGenerator(_global["seed"], name="global_seed")
    return _global["generator"]


def set_global_seed(seed: int | None) -> None:
    """Restart the generator of the draws without a seed.

    Compiled functions that draw from it follow.

    Args:
        seed: An integer; `None` for a fresh one.

    Example:

    >>> set_global_seed(3)
    >>> draw_seed(None).numpy()
    array([3, 0], dtype=uint32)
    """
    _global["seed"] = seed
    if _global["generator"] is not None:
        value = make_default_seed() if seed is None else int(seed)
        with eager_scope():
            _global["generator"].state.assign(np.array([value & _WORD, 0], "uint32"))
        _global["generator"]._initial_seed = value


def draw_seed(seed: int | SeedGenerator | None) -> Tensor:
    """Return the state that a draw is a function of.

    Args:
        seed: A generator, which advances; an integer for a fixed state; `None` for
            the global generator.

    Returns:
        A `uint32` tensor of two elements.

    Raises:
        ValueError: If it is none of these.

    Example:

    >>> draw_seed(5).numpy()
    array([5, 0], dtype=uint32)
    """
    if seed is None:
        _check_seeded()
        return global_seed_generator().next()
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return as_tensor(np.array([int(seed) & _WORD, 0], "uint32"))
    if isinstance(seed, (Tensor, Variable)):
        return as_tensor(seed, "uint32")
    raise ValueError(
        "A seed must be an integer, a SeedGenerator or None.\n"
        f"Received: seed={seed!r} of type {type(seed).__name__}"
    )


def substream(state: Tensor, number: int | Tensor) -> Tensor:
    """Return another state, unrelated to those that the generator will reach.

    Args:
        state: A `uint32` tensor of two elements.
        number: Which one, an integer or an integer scalar.

    Example:

    >>> state = as_tensor(np.array([1, 2], "uint32"))
    >>> bool((substream(state, 1).numpy() != substream(state, 2).numpy())[0])
    True
    """
    if isinstance(number, Tensor):
        salt = ops.cast(number, "uint32") * as_tensor(_SPREAD, "uint32")
        salt = ops.stack([salt, ops.zeros_like(salt)])
    else:
        salt = as_tensor(np.array([number * _SPREAD & _WORD, 0], "uint32"))
    return ops.bitwise_xor(state, salt)
