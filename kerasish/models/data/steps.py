"""The steps of one epoch, also where `steps_per_epoch` cuts a source into epochs."""

from __future__ import annotations

import random
import warnings

import numpy as np


def random_states():
    """Returns the states of the generators that sources shuffle with.

    Example:

    >>> before = random_states()
    >>> first = np.random.rand()
    >>> set_random_states(before)
    >>> bool(np.random.rand() == first)
    True
    """
    # NumPy's and Python's global states, which users seed.
    return {"numpy": np.random.get_state(), "python": random.getstate()}  # noqa: NPY002


def set_random_states(states):
    """Sets the generators to states from `random_states`.

    Args:
        states: Dict with keys `numpy` and `python`.
    """
    np.random.set_state(states["numpy"])  # noqa: NPY002
    random.setstate(states["python"])


class EpochSteps:
    """Gives each epoch its batches.

    Args:
        source: A source of batches (see `open_source`).
        steps: Number of batches in an epoch, or `None` for all.
        repeat: Whether a source that ends within an epoch of `steps` batches starts
            anew (training does, evaluation does not).

    Raises:
        ValueError: If `steps` is not positive.

    Attributes:
        exhausted: True once a source that cannot start anew has ended too early.

    Example:

    >>> from kerasish.models.data.source import open_source
    >>> import numpy as np
    >>> steps = EpochSteps(open_source(np.zeros((6, 1)), batch_size=2), 2, repeat=True)
    >>> len(list(steps.epoch())), steps.num_batches
    (2, 2)
    """

    def __init__(self, source, steps=None, repeat=False):
        if steps is not None and (steps != int(steps) or steps < 1):
            raise ValueError(
                f"The number of steps must be a positive integer.\nReceived: {steps}"
            )
        self.source = source
        self.steps = steps
        self.repeat = repeat
        self.exhausted = False
        self._iterator = None
        self._start = None
        self._drawn = 0

    @property
    def num_batches(self):
        """Number of batches in an epoch, or `None` if that is not known."""
        return self.steps or self.source.num_batches

    @property
    def position(self):
        """How far the source was read: `move_to` reads as far.

        A dict of the random states when the source was started, and the number of
        batches since; `None` if the source is to start anew.
        """
        if self._iterator is None and self.source.restartable:
            return None
        return {"start": self._start, "drawn": self._drawn}

    def move_to(self, position):
        """Reads the source up to a position and drops the batches.

        Args:
            position: What `position` was, for the same data; or `None`.
        """
        if position is None or position["start"] is None:
            return
        set_random_states(position["start"])
        self._restart()
        for _ in range(position["drawn"]):
            if self._next() is None:
                break

    def _restart(self):
        self._start = random_states()
        self._drawn = 0
        self._iterator = self.source.epoch()

    def _next(self):
        batch = next(self._iterator, None)
        if batch is not None:
            self._drawn += 1
        return batch

    def epoch(self, done=0):
        """Yields `(signature, arrays)` for each batch of the next epoch.

        Args:
            done: How many batches of the epoch were taken before `move_to`.
        """
        if self.steps is None:
            yield from self._whole(done)
            return
        if self._iterator is None or (self.source.restartable and not self.repeat):
            self._restart()
        for _ in range(self.steps - done):
            batch = self._next()
            if batch is None and self.source.restartable and self.repeat:
                self._restart()
                batch = self._next()
            if batch is None:
                self._iterator = None
                self._ran_out()
                return
            yield batch

    def _whole(self, done):
        if not done or self._iterator is None:
            self._restart()
        count = done
        while (batch := self._next()) is not None:
            count += 1
            yield batch
        self._iterator = None
        if not self.source.restartable and count == 0:
            self._ran_out()

    def _ran_out(self):
        self.exhausted = True
        warnings.warn(
            "The input ran out of data, so the run ends here. A generator must yield "
            "at least steps_per_epoch * epochs batches; a PyDataset or arrays can "
            "start anew.",
            stacklevel=4,
        )

    def close(self):
        """Ends what the source has started, such as workers."""
        if self._iterator is not None:
            self._iterator.close()
            self._iterator = None
        self.source.close()
