"""`Dataset`: elements that flow through functions into batches."""

from __future__ import annotations

import collections
import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from kerasish import tree

INFINITE, UNKNOWN = -1, -2


def stacked(elements: list) -> Any:
    """Put equal structures of arrays one below the other.

    Args:
        elements: List of structures; their arrays have equal shapes.

    Example:

    >>> stacked([(1, "a"), (2, "b")])
    (array([1, 2]), array(['a', 'b'], dtype='<U1'))
    """
    return tree.map_structure(lambda *parts: np.stack(parts), *elements)


def _padded(parts: tuple) -> np.ndarray:
    arrays = [np.asarray(part) for part in parts]
    longest = map(max, zip(*(array.shape for array in arrays)))
    whole = np.zeros((len(arrays), *longest), arrays[0].dtype)
    for number, array in enumerate(arrays):
        whole[(number, *map(slice, array.shape))] = array
    return whole


class Dataset:
    """A stream of elements that can be read again and again.

    An element is an array or a structure of arrays; a stream of batches `x`, `(x, y)`
    or `(x, y, sample_weight)` is taken by `fit`, `evaluate`, `predict` and `adapt`.
    Each method returns a new stream and leaves this one as it is; nothing is computed
    before the stream is read. The methods have the names and the meaning that they
    have in `tf.data`; elements are NumPy arrays.

    Args:
        make: Function of no arguments that returns an iterable of the elements.
        size: Number of elements; `Dataset.UNKNOWN` or `Dataset.INFINITE` otherwise.

    Example:

    >>> numbers = Dataset(lambda: range(5), size=5)
    >>> [batch.tolist() for batch in numbers.map(lambda n: n * n).batch(2)]
    [[0, 1], [4, 9], [16]]
    """

    INFINITE = INFINITE
    UNKNOWN = UNKNOWN

    def __init__(self, make: Callable[[], Iterable], size: int = UNKNOWN):
        self._make = make
        self._size = size

    @classmethod
    def from_tensor_slices(cls, tensors: Any) -> Dataset:
        """Return the stream of the rows of arrays.

        Args:
            tensors: Structure of arrays with equally many rows.

        Example:

        >>> list(Dataset.from_tensor_slices(([1, 2], ["a", "b"])))[1]
        (np.int64(2), np.str_('b'))
        """
        if isinstance(tensors, list):
            tensors = np.asarray(tensors)
        elif isinstance(tensors, tuple):
            tensors = tuple(
                np.asarray(part) if isinstance(part, list) else part for part in tensors
            )
        arrays = tree.map_structure(np.asarray, tensors)
        sizes = {len(array) for array in tree.flatten(arrays)}
        if len(sizes) != 1:
            raise ValueError(
                "All arrays must have the same number of rows.\n"
                f"Received: {sorted(sizes)} rows"
            )
        (size,) = sizes

        def row(index: int) -> Any:
            return tree.map_structure(lambda array: array[index], arrays)

        return cls(lambda: map(row, range(size)), size)

    @classmethod
    def from_generator(
        cls, generator: Callable[..., Iterable], args: tuple = (), **kwargs: Any
    ) -> Dataset:
        """Return the stream of what a generator function yields.

        Args:
            generator: The function; called anew each time the stream is read.
            args: Its arguments.
            **kwargs: Signatures of the elements, as TensorFlow needs them; not used.
        """
        return cls(lambda: generator(*args))

    @classmethod
    def zip(cls, *datasets: Any) -> Dataset:
        """Return the stream of tuples of the elements of several streams.

        Args:
            *datasets: The streams, or one tuple of them; the shortest one ends it.
        """
        parts = datasets[0] if isinstance(datasets[0], tuple) else datasets
        sizes = [part._size for part in parts]
        known = [size for size in sizes if size >= 0]
        size = INFINITE if set(sizes) == {INFINITE} else UNKNOWN
        if known and UNKNOWN not in sizes:
            size = min(known)
        return cls(lambda: zip(*parts), size)

    def __iter__(self) -> Iterator:
        return iter(self._make())

    def __len__(self) -> int:
        if self._size < 0:
            kind = "endless" if self._size == INFINITE else "not known"
            raise TypeError(f"The length of this Dataset is {kind}.")
        return self._size

    def __bool__(self) -> bool:
        return True

    def cardinality(self) -> int:
        """Return the number of elements; -1 if it is endless, -2 if not known."""
        return self._size

    def as_numpy_iterator(self) -> Iterator:
        """Return an iterator over the elements."""
        return iter(self)

    def map(
        self,
        map_func: Callable,
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        name: Any = None,
    ) -> Dataset:
        """Apply a function to each element.

        Args:
            map_func: The function; the parts of a tuple are its arguments.
            num_parallel_calls: Accepted; elements are computed in order.
            deterministic: Likewise.
            name: Not used.
        """

        def results() -> Iterator:
            for element in self:
                whole = not isinstance(element, tuple)
                yield map_func(element) if whole else map_func(*element)

        return Dataset(results, self._size)

    def filter(self, predicate: Callable, name: Any = None) -> Dataset:
        """Keep those elements of which a function is true.

        Args:
            predicate: The function; the parts of a tuple are its arguments.
            name: Not used.
        """

        def kept() -> Iterator:
            for element in self:
                whole = not isinstance(element, tuple)
                if predicate(element) if whole else predicate(*element):
                    yield element

        return Dataset(kept, INFINITE if self._size == INFINITE else UNKNOWN)

    def batch(
        self,
        batch_size: int,
        drop_remainder: bool = False,
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        name: Any = None,
    ) -> Dataset:
        """Put elements together into batches.

        Args:
            batch_size: Number of elements in a batch.
            drop_remainder: Whether to leave out a last batch that is shorter.
            num_parallel_calls: Accepted; see `map`.
            deterministic: Likewise.
            name: Not used.
        """
        return self._in_batches(batch_size, drop_remainder, stacked)

    def padded_batch(
        self, batch_size: int, drop_remainder: bool = False, name: Any = None
    ) -> Dataset:
        """Put elements together into batches, the shorter ones filled up with zeros.

        Args:
            batch_size: Number of elements in a batch.
            drop_remainder: Whether to leave out a last batch that is shorter.
            name: Not used.
        """

        def joined(elements: list) -> Any:
            return tree.map_structure(lambda *parts: _padded(parts), *elements)

        return self._in_batches(batch_size, drop_remainder, joined)

    def _in_batches(self, batch_size: int, drop: bool, join: Callable) -> Dataset:
        if batch_size < 1:
            raise ValueError(
                f"batch_size must be positive.\nReceived: batch_size={batch_size}"
            )

        def batches() -> Iterator:
            elements = iter(self)
            while part := list(itertools.islice(elements, batch_size)):
                if len(part) == batch_size or not drop:
                    yield join(part)

        size = self._size
        if size >= 0:
            size = size // batch_size if drop else math.ceil(size / batch_size)
        return Dataset(batches, size)

    def unbatch(self, name: Any = None) -> Dataset:
        """Take batches apart into their rows."""

        def rows() -> Iterator:
            for batch in self:
                yield from Dataset.from_tensor_slices(batch)

        return Dataset(rows, INFINITE if self._size == INFINITE else UNKNOWN)

    def shuffle(
        self,
        buffer_size: int,
        seed: int | None = None,
        reshuffle_each_iteration: bool = True,
        name: Any = None,
    ) -> Dataset:
        """Mix the elements within a buffer.

        Args:
            buffer_size: Number of elements from which the next one is drawn.
            seed: Seed of the order; without one `set_random_seed` decides.
            reshuffle_each_iteration: Whether the order is a new one each time.
            name: Not used.
        """
        if seed is None and not reshuffle_each_iteration:
            seed = random.randrange(2**32)
        lasting: Any = random if seed is None else random.Random(seed)

        def mixed() -> Iterator:
            draws = lasting if reshuffle_each_iteration else random.Random(seed)
            buffer: list = []
            for element in self:
                buffer.append(element)
                if len(buffer) >= buffer_size:
                    yield _pop(buffer, draws)
            while buffer:
                yield _pop(buffer, draws)

        return Dataset(mixed, self._size)

    def repeat(self, count: int | None = None, name: Any = None) -> Dataset:
        """Read the elements several times.

        Args:
            count: How many times; without end if `None` or -1.
            name: Not used.
        """
        endless = count in (None, -1)

        def again() -> Iterator:
            for _ in itertools.count() if endless else range(count):
                yield from self

        size = self._size
        if size >= 0:
            size = INFINITE if endless else size * count
        return Dataset(again, size)

    def take(self, count: int, name: Any = None) -> Dataset:
        """Keep the first elements.

        Args:
            count: How many; all if -1.
            name: Not used.
        """
        if count < 0:
            return self
        size = count if self._size == INFINITE else min(self._size, count)
        return Dataset(lambda: itertools.islice(self, count), size)

    def skip(self, count: int, name: Any = None) -> Dataset:
        """Leave out the first elements.

        Args:
            count: How many.
            name: Not used.
        """
        size = self._size if self._size < 0 else max(self._size - count, 0)
        return Dataset(lambda: itertools.islice(self, count, None), size)

    def enumerate(self, start: int = 0, name: Any = None) -> Dataset:
        """Pair each element with its number.

        Args:
            start: The first number.
            name: Not used.
        """
        return Dataset(lambda: enumerate(self, start), self._size)

    def concatenate(self, dataset: Dataset, name: Any = None) -> Dataset:
        """Let another stream follow this one.

        Args:
            dataset: The other one.
            name: Not used.
        """
        sizes = (self._size, dataset._size)
        size = sum(sizes) if min(sizes) >= 0 else max(s for s in sizes if s < 0)
        return Dataset(lambda: itertools.chain(self, dataset), size)

    def cache(self, filename: str = "", name: Any = None) -> Dataset:
        """Keep the elements in memory once all of them were read.

        Args:
            filename: Accepted; elements are kept in memory, not in files.
            name: Not used.
        """
        kept: list[list] = []

        def elements() -> Iterator:
            if kept:
                yield from kept[0]
                return
            found = []
            for element in self:
                found.append(element)
                yield element
            kept[:] = [found]

        return Dataset(elements, self._size)

    def prefetch(self, buffer_size: int = -1, name: Any = None) -> Dataset:
        """Compute the next elements in another thread.

        Args:
            buffer_size: How many elements ahead; two if -1 (`AUTOTUNE`).
            name: Not used.
        """
        ahead = 2 if buffer_size < 0 else buffer_size
        if ahead == 0:
            return self
        return Dataset(lambda: _read_ahead(self, ahead), self._size)


def _pop(buffer: list, draws: Any) -> Any:
    place = draws.randrange(len(buffer))
    buffer[place], buffer[-1] = buffer[-1], buffer[place]
    return buffer.pop()


def _read_ahead(elements: Iterable, count: int) -> Iterator:
    from concurrent.futures import ThreadPoolExecutor

    end = object()
    iterator = iter(elements)
    executor = ThreadPoolExecutor(1)
    try:
        waiting = collections.deque(
            executor.submit(next, iterator, end) for _ in range(count)
        )
        while (element := waiting.popleft().result()) is not end:
            waiting.append(executor.submit(next, iterator, end))
            yield element
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
