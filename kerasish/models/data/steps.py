"""The steps of one epoch, also where `steps_per_epoch` cuts a source into epochs."""

from __future__ import annotations

import warnings


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

    @property
    def num_batches(self):
        """Number of batches in an epoch, or `None` if that is not known."""
        return self.steps or self.source.num_batches

    def epoch(self):
        """Yields `(signature, arrays)` for each batch of the next epoch."""
        if self.steps is None:
            yield from self._whole()
            return
        if self._iterator is None or (self.source.restartable and not self.repeat):
            self._iterator = self.source.epoch()
        for _ in range(self.steps):
            batch = next(self._iterator, None)
            if batch is None and self.source.restartable and self.repeat:
                self._iterator = self.source.epoch()
                batch = next(self._iterator, None)
            if batch is None:
                self._iterator = None
                self._ran_out()
                return
            yield batch

    def _whole(self):
        count = 0
        for batch in self.source.epoch():
            count += 1
            yield batch
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
