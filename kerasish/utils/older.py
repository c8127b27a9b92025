"""Small functions that Keras 2 had in `keras.utils`."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasish import initializers, tree
from kerasish.models.summary import count_bytes


def to_list(x: Any, allow_tuple: bool = False) -> list:
    """Return a list: `x` itself, or one that holds it.

    Args:
        x: Anything.
        allow_tuple: Whether a tuple becomes a list of its elements.

    Example:

    >>> to_list(1), to_list([1]), to_list((1, 2), allow_tuple=True)
    ([1], [1], [1, 2])
    """
    if isinstance(x, list):
        return x
    return list(x) if allow_tuple and isinstance(x, tuple) else [x]


def unpack_singleton(x: Any) -> Any:
    """Return the element of a list of one, and anything else as it is.

    Example:

    >>> unpack_singleton([1]), unpack_singleton([1, 2])
    (1, [1, 2])
    """
    return x[0] if isinstance(x, (list, tuple)) and len(x) == 1 else x


def is_all_none(iterable_or_element: Any) -> bool:
    """Return whether all elements, or the one that is passed, are `None`.

    Example:

    >>> is_all_none([None, None]), is_all_none(1)
    (True, False)
    """
    return all(x is None for x in to_list(iterable_or_element, allow_tuple=True))


def object_list_uid(object_list: Any) -> str:
    """Return the identities of objects as one text.

    Example:

    >>> x = object()
    >>> object_list_uid([x, x]) == f"{id(x)}, {id(x)}"
    True
    """
    return ", ".join(str(id(x)) for x in to_list(object_list, allow_tuple=True))


def slice_arrays(arrays: Any, start: Any = None, stop: int | None = None) -> Any:
    """Return rows of each array.

    Args:
        arrays: An array, or a list of arrays and `None`.
        start: The first row, or a list of rows.
        stop: The row after the last one.

    Example:

    >>> slice_arrays([np.arange(4), None], 1, 3)
    [array([1, 2]), None]
    """
    if arrays is None:
        return [None]
    if isinstance(start, list) and stop is not None:
        raise ValueError("A list of rows cannot be given together with stop.")
    rows = np.asarray(start) if hasattr(start, "__len__") else slice(start, stop)
    kept = [None if x is None else x[rows] for x in to_list(arrays)]
    return kept if isinstance(arrays, list) else kept[0]


def has_arg(fn: Callable, name: str, accept_all: bool = False) -> bool:
    """Return whether a function has an argument that can be passed by name.

    Args:
        fn: The function.
        name: The name.
        accept_all: What to return for a function with `**kwargs`.

    Example:

    >>> has_arg(lambda x, y=1: x, "y")
    True
    """
    arguments = inspect.signature(fn).parameters.values()
    if accept_all and any(a.kind is a.VAR_KEYWORD for a in arguments):
        return True
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return any(a.name == name and a.kind in named for a in arguments)


def count_params(weights: Any) -> int:
    """Return how many numbers some Variables hold.

    Args:
        weights: Variables; each is counted once.

    Example:

    >>> import kerasish as keras
    >>> count_params([keras.Variable([1.0, 2.0])])
    2
    """
    return count_bytes(tree.flatten(weights))[0]


def get_test_data(
    num_train: int = 1000,
    num_test: int = 500,
    input_shape: tuple[int, ...] = (10,),
    output_shape: tuple[int, ...] = (2,),
    classification: bool = True,
    num_classes: int = 2,
) -> tuple:
    """Make data that a model can learn, as `set_random_seed` decides.

    Args:
        num_train: Samples for training.
        num_test: Samples for testing.
        input_shape: Shape of a sample.
        output_shape: Shape of a target, unless they are classes.
        classification: Whether targets are class numbers.
        num_classes: Number of classes.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Example:

    >>> (x, y), _ = get_test_data(8, 2)
    >>> x.shape, y.shape
    ((8, 10), (8,))
    """
    count = num_train + num_test
    draws = np.random.default_rng(random.randrange(2**32))
    if classification:
        centers = y = draws.integers(0, num_classes, count)
    else:
        centers = draws.random(count)
        y = _around(draws, centers, output_shape)
    x = _around(draws, centers, input_shape)
    return (x[:num_train], y[:num_train]), (x[num_train:], y[num_train:])


def _around(draws: Any, centers: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    means = centers.reshape(-1, *(1 for _ in shape))
    return draws.normal(means, 0.7, (len(centers), *shape)).astype("float32")


def ask_to_proceed_with_overwrite(filepath: Any) -> bool:
    """Ask on the terminal whether a file may be written over.

    Args:
        filepath: The path.

    Returns:
        Whether the answer was yes.

    Example:

    >>> import builtins
    >>> from unittest import mock
    >>> with mock.patch.object(builtins, "input", return_value="y"):
    ...     ask_to_proceed_with_overwrite("model.h5")
    True
    """
    answer = ""
    while answer not in ("y", "n"):
        answer = input(f"{filepath} exists. Write over it? [y/n] ").strip().lower()
    return answer == "y"


def chunk_read(
    response: Any, chunk_size: int = 8192, reporthook: Callable | None = None
) -> Iterator[bytes]:
    """Yield the content of a file in pieces.

    Args:
        response: A binary file object.
        chunk_size: Bytes of a piece.
        reporthook: Function of the number of pieces, their size, and the size of all,
            or -1 if that is not known.

    Example:

    >>> import io
    >>> list(chunk_read(io.BytesIO(b"abcde"), 2))
    [b'ab', b'cd', b'e']
    """
    info = response.info() if hasattr(response, "info") else {}
    total = int(info.get("Content-Length") or -1)
    count = 0
    while piece := response.read(chunk_size):
        count += 1
        if reporthook is not None:
            reporthook(count, chunk_size, total)
        yield piece


def warmstart_embedding_matrix(
    base_vocabulary: Any,
    new_vocabulary: Any,
    base_embeddings: Any,
    new_embeddings_initializer: Any = "uniform",
) -> np.ndarray:
    """Make the weights of an embedding for a new vocabulary from those of an old one.

    Args:
        base_vocabulary: The old words, or the path of a file with one in each line.
        new_vocabulary: The new words, or a path.
        base_embeddings: The old weights `(old words, units)`.
        new_embeddings_initializer: Initializer of the rows of words that are new.

    Returns:
        Array `(new words, units)`.

    Example:

    >>> old = np.array([[1.0], [2.0]])
    >>> warmstart_embedding_matrix(["a", "b"], ["b", "c"], old, "zeros").tolist()
    [[2.0], [0.0]]
    """
    old, new = _words(base_vocabulary), _words(new_vocabulary)
    table = np.asarray(base_embeddings)
    initialize = initializers.get(new_embeddings_initializer)
    found = np.array(initialize((len(new), table.shape[1]), dtype=table.dtype.name))
    places = {word: place for place, word in enumerate(old)}
    for row, word in enumerate(new):
        if word in places:
            found[row] = table[places[word]]
    return found


def _words(vocabulary: Any) -> list[str]:
    if isinstance(vocabulary, str):
        with open(vocabulary, encoding="utf-8") as file:
            return file.read().splitlines()
    return [str(word) for word in np.asarray(vocabulary).tolist()]


_shared: dict[Any, Any] = {}


def init_pool(seqs: dict) -> None:
    """Set the data sets that `get_index` reads, as the start of a worker does.

    Args:
        seqs: Maps a key to a data set.

    Example:

    >>> init_pool({0: ["a", "b"]})
    >>> get_index(0, 1)
    'b'
    """
    _shared.clear()
    _shared.update(seqs)


def init_pool_generator(gens: dict, random_seed: int | None = None) -> None:
    """Set the generators that `next_sample` reads, as the start of a worker does.

    Args:
        gens: Maps a key to a generator.
        random_seed: Seed of the random numbers of this worker.

    Example:

    >>> init_pool_generator({0: iter("ab")})
    >>> next_sample(0), next_sample(0)
    ('a', 'b')
    """
    from kerasish.utils.random_seed import set_random_seed

    init_pool(gens)
    if random_seed is not None:
        set_random_seed(random_seed)


def get_index(uid: Any, i: int) -> Any:
    """Return an item of a data set that `init_pool` set.

    Args:
        uid: The key of the data set.
        i: The number of the item.

    Example:

    >>> init_pool({"x": [5, 6]})
    >>> get_index("x", 0)
    5
    """
    return _shared[uid][i]


def next_sample(uid: Any) -> Any:
    """Return the next item of a generator that `init_pool_generator` set.

    Args:
        uid: The key of the generator.

    Example:

    >>> init_pool_generator({"x": iter([5])})
    >>> next_sample("x")
    5
    """
    return next(_shared[uid])
