"""Arrays out of HDF5 files that may be damaged or made to do harm."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.errors import FileFormatError
from kerasish.saving.h5_file import import_h5py

# Compression makes data at most about a thousand times smaller.
_MOST_COMPRESSED = 1100
_ALWAYS_ALLOWED = 1 << 20


def stored_item(group: Any, name: str, path: str) -> Any:
    """Return a group or data set inside a file, never one of another file.

    Args:
        group: A group of an open file.
        name: Its name; parts are separated by `/`.
        path: The path, for messages.

    Raises:
        FileFormatError: If it is missing or leads out of the file.
    """
    h5py = import_h5py()
    item = group
    for part in name.split("/"):
        if not part:
            continue
        key = part.encode()
        if not isinstance(item, h5py.Group) or key not in item.id:
            raise FileFormatError(f"{path}: {name!r} is missing in {group.name!r}.")
        kind = item.id.links.get_info(key).type
        if kind not in (h5py.h5l.TYPE_HARD, h5py.h5l.TYPE_SOFT):
            raise FileFormatError(
                f"{path}: {name!r} is a link into another file, which is not followed."
            )
        try:
            item = item[part]
        except KeyError as error:
            raise FileFormatError(
                f"{path}: {name!r} is damaged, or a link to nothing."
            ) from error
    return item


def read_array(group: Any, name: str, path: str) -> np.ndarray:
    """Read an array.

    Args:
        group: A group of an open file.
        name: The name of the data set.
        path: The path, for messages.

    Raises:
        FileFormatError: If it is missing, holds no numbers, has its data elsewhere, or
            says it is far larger than what is stored.
    """
    data = stored_item(group, name, path)
    check_array(data, name, path)
    return np.asarray(data[()])


def check_array(data: Any, name: str, path: str) -> None:
    """Refuse a data set that is none, or whose size cannot be true.

    Args:
        data: The data set.
        name: Its name, for messages.
        path: The path, for messages.

    Raises:
        FileFormatError: See `read_array`.
    """
    h5py = import_h5py()
    if not isinstance(data, h5py.Dataset) or data.shape is None:
        raise FileFormatError(f"{path}: {name!r} is no array.")
    settings = data.id.get_create_plist()
    virtual = settings.get_layout() == h5py.h5d.VIRTUAL
    if virtual or settings.get_external_count():
        raise FileFormatError(
            f"{path}: {name!r} has its data in another file, which is not read."
        )
    if data.dtype.kind not in "fiubcV" or data.dtype.names:
        raise FileFormatError(
            f"{path}: {name!r} holds no numbers.\n  got: {data.dtype}"
        )
    size, stored = data.dtype.itemsize, data.id.get_storage_size()
    for length in data.shape:
        size *= int(length)
    if size > _ALWAYS_ALLOWED + _MOST_COMPRESSED * stored:
        raise FileFormatError(
            f"{path}: {name!r} is to have {size} bytes, but only {stored} are stored."
        )
