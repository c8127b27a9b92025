"""Queues that make batches ahead of time, under their Keras 2 names."""

from __future__ import annotations

import collections
import itertools
import random
from concurrent.futures import ThreadPoolExecutor


class SequenceEnqueuer:
    """Makes items of a source in threads, some ahead of the one being used.

    Args:
        sequence: A `PyDataset` (for `OrderedEnqueuer`) or a generator (for
            `GeneratorEnqueuer`).
        use_multiprocessing: Accepted for compatibility; threads are used.

    Example:

    >>> queue = OrderedEnqueuer([1, 2])
    >>> queue.start()
    >>> items = queue.get()
    >>> next(items), next(items), next(items)
    (1, 2, 1)
    >>> queue.stop()
    """

    def __init__(self, sequence, use_multiprocessing=False):
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self._executor = None
        self._limit = 10

    def is_running(self) -> bool:
        """Returns whether `start` was called and `stop` was not."""
        return self._executor is not None

    def start(self, workers=1, max_queue_size=10):
        """Starts the threads.

        Args:
            workers: Number of threads.
            max_queue_size: Number of items made ahead.
        """
        self._limit = max(max_queue_size, 1)
        self._executor = ThreadPoolExecutor(self._threads(max(workers, 1)))

    def _threads(self, workers):
        return workers

    def stop(self, timeout=None):
        """Ends the threads once they have made their current items.

        Args:
            timeout: Accepted for compatibility.
        """
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def _jobs(self):
        raise NotImplementedError

    def get(self):
        """Yields the items in order.

        Raises:
            RuntimeError: If `start` was not called.
        """
        if self._executor is None:
            raise RuntimeError("Call start() before get().")
        pending = collections.deque()
        jobs = self._jobs()
        end = object()
        while True:
            while len(pending) < self._limit and jobs is not None:
                job = next(jobs, None)
                if job is None:
                    jobs = None
                else:
                    pending.append(self._executor.submit(job, end))
            item = pending.popleft().result() if pending else end
            if item is end:
                return
            yield item


class OrderedEnqueuer(SequenceEnqueuer):
    """Yields `sequence[0]`, `sequence[1]`, ... over and over.

    Args:
        sequence: A `PyDataset` or anything with `__len__` and `__getitem__`.
        use_multiprocessing: Accepted for compatibility; threads are used.
        shuffle: Whether each round takes the items in a new order.

    Example:

    >>> OrderedEnqueuer([1, 2]).is_running()
    False
    """

    def __init__(self, sequence, use_multiprocessing=False, shuffle=False):
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _jobs(self):
        while True:
            order = list(range(len(self.sequence)))
            if self.shuffle:
                random.shuffle(order)
            for index in order:
                yield lambda end, index=index: self.sequence[index]
            if hasattr(self.sequence, "on_epoch_end"):
                self.sequence.on_epoch_end()


class GeneratorEnqueuer(SequenceEnqueuer):
    """Yields what a generator yields, made by one thread ahead of time.

    Args:
        sequence: A generator or another iterator.
        use_multiprocessing: Accepted for compatibility; a thread is used.
        wait_time: Accepted for compatibility.
        random_seed: Accepted for compatibility.

    Example:

    >>> queue = GeneratorEnqueuer(iter([1, 2]))
    >>> queue.start()
    >>> list(queue.get())
    [1, 2]
    >>> queue.stop()
    """

    def __init__(
        self, sequence, use_multiprocessing=False, wait_time=None, random_seed=None
    ):
        super().__init__(sequence, use_multiprocessing)
        self.wait_time = wait_time
        self.random_seed = random_seed

    def _threads(self, workers):
        return 1

    def _jobs(self):
        return itertools.repeat(lambda end: next(self.sequence, end))
