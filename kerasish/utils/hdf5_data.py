"""HDF5 files as data: `HDF5Matrix` and `H5Dict` of Keras 2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasish.saving.h5_file import import_h5py


class HDF5Matrix:
    """Rows of a data set in an HDF5 file, read when they are needed.

    Args:
        datapath: Path of the file.
        dataset: Name of the data set in it.
        start: The first row.
        end: The row after the last one; all by default.
        normalizer: Function applied to what is read.

    Example:

    >>> with import_h5py().File("numbers.h5", "w") as file:
    ...     file["x"] = np.arange(6.0)[:, None]
    >>> matrix = HDF5Matrix("numbers.h5", "x", start=2)
    >>> matrix.shape, matrix[1:3].tolist()
    ((4, 1), [[3.0], [4.0]])
    >>> matrix.close()
    """

    def __init__(
        self,
        datapath: Any,
        dataset: str,
        start: int = 0,
        end: int | None = None,
        normalizer: Callable | None = None,
    ):
        self._file = import_h5py().File(datapath, "r")
        self.data = self._file[dataset]
        self.start = start
        self.end = len(self.data) if end is None else end
        self.normalizer = normalizer

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, key: Any) -> np.ndarray:
        rows = np.arange(self.start, self.end)[key]
        if isinstance(key, slice) and key.step in (None, 1):
            first = rows[0] if len(rows) else self.start
            found = self.data[first : first + len(rows)]
        elif np.ndim(rows) == 0:
            found = self.data[int(rows)]
        else:
            # h5py reads rows in rising order, each once.
            order, places = np.unique(rows, return_inverse=True)
            found = self.data[order][places]
        return found if self.normalizer is None else self.normalizer(found)

    def _first(self) -> np.ndarray:
        return np.asarray(self[0:1])

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of what is read."""
        return (len(self), *self._first().shape[1:])

    @property
    def dtype(self) -> np.dtype:
        """The dtype of what is read."""
        return self._first().dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class H5Dict:
    """A group of an HDF5 file as a dict.

    Values are arrays, numbers, strings, lists of strings, and further groups, which
    come into being when a name is first asked for.

    Args:
        path: Path of the file, or a group of h5py.
        mode: How a file is opened: `"r"`, `"w"` or `"a"`.

    Example:

    >>> with H5Dict("things.h5", "w") as things:
    ...     things["names"] = ["a", "b"]
    ...     things["inner"]["x"] = np.arange(3)
    >>> with H5Dict("things.h5", "r") as things:
    ...     things["names"], things["inner"]["x"].tolist()
    (['a', 'b'], [0, 1, 2])
    """

    def __init__(self, path: Any, mode: str = "a"):
        h5py = import_h5py()
        self._owned = not isinstance(path, h5py.Group)
        self.data = h5py.File(path, mode) if self._owned else path
        self.read_only = self.data.file.mode == "r"

    @staticmethod
    def is_supported_type(path: Any) -> bool:
        """Return whether something is a path or a group of h5py.

        Args:
            path: Anything.
        """
        named = isinstance(path, str) or hasattr(path, "__fspath__")
        return named or isinstance(path, import_h5py().Group)

    def __setitem__(self, name: str, value: Any) -> None:
        if self.read_only:
            raise ValueError("The file is open for reading only.")
        if name in self.data:
            del self.data[name]
        array = np.asarray(value)
        if array.dtype.kind == "U":
            text = import_h5py().string_dtype()
            self.data.create_dataset(name, data=array.astype(object), dtype=text)
        else:
            self.data[name] = array

    def __getitem__(self, name: str) -> Any:
        h5py = import_h5py()
        if name not in self.data:
            if self.read_only:
                raise KeyError(f"There is no {name!r} in the file.")
            self.data.create_group(name)
        found = self.data[name]
        if isinstance(found, h5py.Group):
            return H5Dict(found)
        if h5py.check_string_dtype(found.dtype) is not None:
            texts = found.asstr()[()]
            return texts if isinstance(texts, str) else texts.tolist()
        return found[()]

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def iter(self) -> Iterator[str]:
        """Return an iterator over the names."""
        return iter(self)

    def keys(self) -> list[str]:
        """Return the names."""
        return list(self)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or `default` if there is none of that name.

        Args:
            key: The name.
            default: The default.
        """
        return self[key] if key in self else default

    def update(self, *args: Any) -> None:
        """Set values.

        Args:
            *args: A dict of values, or pairs of a name and a value.
        """
        for name, value in dict(*args).items():
            self[name] = value

    def close(self) -> None:
        """Close the file."""
        if self._owned:
            self.data.close()

    def __enter__(self) -> H5Dict:
        return self

    def __exit__(self, *args: Any) -> None:
        self.close()
