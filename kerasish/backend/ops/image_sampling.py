"""Images seen from other places: values between the pixels, by coordinates."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_float
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.image_layout import (
    check_choice,
    from_last_axis,
    images_and_axes,
    in_last_axis,
)
from kerasish.backend.ops.promotion import promote
from kerasish.errors import ShapeError

_INTERPOLATIONS = ("nearest", "bilinear")
_AFFINE_MODES = ("constant", "nearest", "wrap", "reflect")
_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


def _inside(index: Tensor, size: Any, mode: str) -> Tensor:
    """Return the element that stands for one outside the axis."""
    if mode == "wrap":
        return ops.mod(index, size)
    if mode == "mirror":
        return _mirrored(index, size)
    if mode == "reflect":
        return (_mirrored(2 * index + 1, 2 * size + 1) - 1) // 2
    return ops.clip(index, 0, size - 1)


def _mirrored(index: Tensor, size: Any) -> Tensor:
    """Return the element met when walking to and fro between the ends."""
    last = ops.maximum(size - 1, 1)
    place = ops.abs(ops.mod(index + last, 2 * last) - last)
    return ops.minimum(place, size - 1)


def _neighbours(coordinate: Tensor, order: int) -> list[tuple[Tensor, Any]]:
    """Return the elements next to coordinates, and how much each of them counts."""
    if order == 0:
        return [(ops.cast(ops.round(coordinate), "int32"), None)]
    lower = ops.floor(coordinate)
    upper_weight = coordinate - lower
    index = ops.cast(lower, "int32")
    return [(index, 1 - upper_weight), (index + 1, upper_weight)]


def map_coordinates(
    inputs: Any,
    coordinates: Any,
    order: int,
    fill_mode: str = "constant",
    fill_value: float = 0,
) -> Tensor:
    """Return the values of a tensor at coordinates between its elements.

    Args:
        inputs: A tensor with `n` axes.
        coordinates: `n` coordinates of each place, a tensor of shape `(n, ...)` with
            one more axis at least, or a list of `n` tensors.
        order: 0 for the nearest element, 1 for linear interpolation.
        fill_mode: What is outside: `"constant"`, `"nearest"` for the outermost
            element, `"wrap"` for the other end, `"mirror"` for the mirror image around
            the outermost element, `"reflect"` for the one around its border.
        fill_value: The value outside for `"constant"`.

    Returns:
        A tensor of the shape of the places and the data type of `inputs`; integers are
        rounded.

    Raises:
        ShapeError: If there are not `n` coordinates.
        ValueError: If there is no such mode.
        NotImplementedError: For an order above 1.

    Example:

    >>> map_coordinates([0.0, 10.0, 20.0], [[0.5, 1.25]], order=1).numpy()
    array([ 5. , 12.5], dtype=float32)
    """
    x = as_tensor(inputs)
    if isinstance(coordinates, (list, tuple)):
        coordinates = ops.stack([as_tensor(part) for part in coordinates])
    places = as_tensor(coordinates)
    if not is_float(places.dtype):
        places = ops.cast(places, "float32")
    if places.ndim < 2 or places.shape[0] != x.ndim:
        raise ShapeError(
            "map_coordinates: the coordinates need a first axis with an entry for each "
            f"axis of the inputs, and another axis.\n  got: inputs {x.spec}, "
            f"coordinates {places.spec}"
        )
    check_choice("map_coordinates", "fill_mode", fill_mode, _MODES)
    if order not in (0, 1):
        raise NotImplementedError(
            f"map_coordinates: the order is 0 or 1.\nReceived: order={order}"
        )
    sizes = ops.shape(x)
    choices = []
    for axis, size in enumerate(sizes):
        found = _neighbours(places[axis], order)
        choices.append([_located(*item, size, fill_mode) for item in found])
    flat, total = ops.reshape(x, (-1,)), None
    for corner in itertools.product(*choices):
        part = _corner(flat, sizes, corner, fill_value, places.dtype)
        total = part if total is None else total + part
    if not is_float(x.dtype):
        total = ops.round(total)
    return ops.cast(total, x.dtype)


def _located(index: Tensor, weight: Any, size: Any, mode: str) -> tuple:
    """Return a safe index, its weight, and where it was inside (`None`: everywhere)."""
    valid = None
    if mode == "constant":
        valid = ops.logical_and(ops.greater_equal(index, 0), ops.less(index, size))
    return _inside(index, size, mode), weight, valid


def _corner(
    flat: Tensor, sizes: Sequence, corner: Sequence, fill_value: float, dtype: str
) -> Tensor:
    """Return the elements at one corner of all cells, times their weights."""
    place, product, inside = 0, None, None
    for size, (index, weight, valid) in zip(sizes, corner):
        place = place * size + index
        if weight is not None:
            product = weight if product is None else product * weight
        if valid is not None:
            inside = valid if inside is None else ops.logical_and(inside, valid)
    values = ops.cast(ops.take(flat, place, axis=0), dtype)
    if inside is not None:
        values = ops.where(inside, values, ops.cast(fill_value, dtype))
    return values if product is None else values * product


def _moved_inside(coordinate: Tensor, size: Any, mode: str) -> Tensor:
    """Return coordinates with those outside replaced, as the mode of filling says."""
    last = size - 1
    if mode == "constant":
        # Further away nothing changes, and far away integers end.
        return ops.clip(coordinate, -2.0, ops.cast(size + 1, coordinate.dtype))
    if mode == "wrap":
        step = ops.cast(ops.maximum(last, 1), coordinate.dtype)
        below = coordinate + size * (ops.floor(-coordinate / step) + 1)
        above = coordinate - size * ops.floor(coordinate / step)
        outside = ops.where(ops.less(coordinate, 0), below, above)
    elif mode == "reflect":
        place = ops.mod(coordinate, ops.cast(2 * size, coordinate.dtype))
        outside = ops.where(ops.less(place, size), place, 2 * size - 1 - place)
    else:
        outside = coordinate
    inside = ops.logical_and(
        ops.greater_equal(coordinate, 0), ops.less_equal(coordinate, last)
    )
    limit = ops.cast(last, coordinate.dtype)
    return ops.where(inside, coordinate, ops.clip(outside, 0.0, limit))


def sample_pixels(
    x: Tensor, down: Tensor, across: Tensor, order: int, mode: str, fill_value: float
) -> Tensor:
    """Return pixels at coordinates between the pixels of a batch of images.

    Args:
        x: Images of shape `(batch, height, width, channels)`.
        down: The rows, of shape `(batch, ...)`, or `(1, ...)` for the same in all.
        across: The columns.
        order: 0 for the nearest pixel, 1 for linear interpolation.
        mode: What is outside, as for `map_coordinates`.
        fill_value: The value outside for `"constant"`.

    Returns:
        A float tensor of shape `(batch, ..., channels)`.

    Example:

    >>> image = ops.reshape(ops.arange(4.0), (1, 2, 2, 1))
    >>> half = as_tensor([[0.5]])
    >>> float(sample_pixels(image, half, half, 1, "nearest", 0.0))
    1.5
    """
    batch, height, width, channels = ops.shape(x)
    choices = []
    for coordinate, size in ((down, height), (across, width)):
        found = _neighbours(coordinate, order)
        choices.append([_located(*item, size, mode) for item in found])
    image = ops.arange(batch, dtype="int32")
    image = ops.expand_dims(image, tuple(range(1, down.ndim)))
    flat = ops.reshape(x, (-1, channels))
    total = None
    for corner in itertools.product(*choices):
        part = _pixels(flat, image, (height, width), corner, fill_value, down.dtype)
        total = part if total is None else total + part
    return total


def _project(
    x: Tensor, transform: Tensor, interpolation: str, mode: str, fill_value: float
) -> Tensor:
    """Return a batch `(batch, height, width, channels)` seen through projections."""
    _, height, width, _ = ops.shape(x)
    dtype = transform.dtype
    rows = ops.expand_dims(ops.arange(height, dtype=dtype), (0, 2))
    columns = ops.expand_dims(ops.arange(width, dtype=dtype), (0, 1))
    a = [transform[:, i, None, None] for i in range(8)]
    depth = a[6] * columns + a[7] * rows + 1.0
    behind = ops.equal(depth, 0)
    depth = ops.where(behind, 1.0, depth)
    across = _moved_inside((a[0] * columns + a[1] * rows + a[2]) / depth, width, mode)
    down = _moved_inside((a[3] * columns + a[4] * rows + a[5]) / depth, height, mode)
    if interpolation == "nearest":
        # Halves are rounded away from zero.
        across, down = (
            ops.sign(c) * ops.floor(ops.abs(c) + 0.5) for c in (across, down)
        )
    order = int(interpolation == "bilinear")
    total = sample_pixels(x, down, across, order, mode, fill_value)
    total = ops.where(behind[..., None], ops.cast(fill_value, dtype), total)
    return ops.cast(total, x.dtype)


def _pixels(
    flat: Tensor,
    image: Tensor,
    sizes: tuple,
    corner: Sequence,
    value: float,
    dtype: str,
) -> Tensor:
    """Return the pixels at one corner of all cells, times their weights."""
    (row, row_weight, row_valid), (column, column_weight, column_valid) = corner
    place = (image * sizes[0] + row) * sizes[1] + column
    values = ops.cast(ops.take(flat, place, axis=0), dtype)
    if row_valid is not None:
        inside = ops.logical_and(row_valid, column_valid)[..., None]
        values = ops.where(inside, values, ops.cast(value, dtype))
    if row_weight is None:
        return values
    return values * (row_weight * column_weight)[..., None]


def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Turn, stretch, shear, move, or see images from another side.

    The pixel at `(x, y)` of the result is the one of the image at
    `((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)`, where `k = c0 x + c1 y + 1`.

    Args:
        images: One image of shape `(height, width, channels)`, or a batch of them, or
            with the channels first.
        transform: The numbers `a0, a1, a2, b0, b1, b2, c0, c1` of shape `(8,)`, or
            `(batch, 8)`.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: What is outside the image: `"constant"`, `"nearest"` for the
            outermost pixel, `"wrap"` for the other end, `"reflect"` for the mirror
            image.
        fill_value: The value outside for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        Images of the same shape and data type. There is a gradient with respect to the
        transform too.

    Raises:
        ValueError: If an argument has no such value.
        ShapeError: If the shapes do not fit.

    Example:

    >>> line = [[[1.0], [2.0], [3.0]]]
    >>> affine_transform(line, [1.0, 0, 1, 0, 1, 0, 0, 0]).numpy().ravel()
    array([2., 3., 0.], dtype=float32)
    """
    images, axes = images_and_axes("affine_transform", images, data_format)
    check_choice("affine_transform", "interpolation", interpolation, _INTERPOLATIONS)
    check_choice("affine_transform", "fill_mode", fill_mode, _AFFINE_MODES)
    dtype = "float64" if images.dtype == "float64" else "float32"
    transform = ops.cast(as_tensor(transform), dtype)
    if transform.ndim not in (1, 2) or transform.shape[-1] not in (8, None):
        raise ShapeError(
            f"affine_transform: a transform has eight numbers.\n  got: {transform.spec}"
        )
    if transform.ndim == 1:
        transform = ops.expand_dims(transform, 0)
    x = in_last_axis(images, axes)
    result = _project(x, transform, interpolation, fill_mode, fill_value)
    return from_last_axis(result, images, axes)


def perspective_transform(
    images: Any,
    start_points: Any,
    end_points: Any,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Move four points of images to other places, and all else along with them.

    Args:
        images: One image of shape `(height, width, channels)`, or a batch of them, or
            with the channels first.
        start_points: Where the points are: pairs `(x, y)` of shape `(4, 2)`, or
            `(batch, 4, 2)`.
        end_points: Where they shall be, in the same form.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_value: The value of what is outside the image.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        Images of the same shape and data type.

    Raises:
        ValueError: If there is no such interpolation.
        ShapeError: If the shapes do not fit.

    Example:

    >>> corners = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    >>> moved = [[1.0, 0.0], [1.0, 1.0], [2.0, 0.0], [2.0, 1.0]]
    >>> line = [[[1.0], [2.0], [3.0]]]
    >>> perspective_transform(line, corners, moved).numpy().round(3).ravel()
    array([0., 1., 2.], dtype=float32)
    """
    images, axes = images_and_axes("perspective_transform", images, data_format)
    name = "perspective_transform"
    check_choice(name, "interpolation", interpolation, _INTERPOLATIONS)
    dtype = "float64" if images.dtype == "float64" else "float32"
    start, end = promote(start_points, end_points, to_float=True)
    if start.ndim not in (2, 3) or start.shape[-2:] != (4, 2) or end.ndim != start.ndim:
        raise ShapeError(
            f"{name}: start and end are four points of two coordinates each.\n"
            f"  got: {start.spec} and {end.spec}"
        )
    if start.ndim == 2:
        start, end = ops.expand_dims(start, 0), ops.expand_dims(end, 0)
    transform = homography(ops.cast(start, dtype), ops.cast(end, dtype))
    x = in_last_axis(images, axes)
    result = _project(x, transform, interpolation, "constant", fill_value)
    return from_last_axis(result, images, axes)


def homography(start: Tensor, end: Tensor) -> Tensor:
    """Return the numbers of the projections of four points to four others.

    Args:
        start: Where the points go: pairs `(x, y)` of shape `(batch, 4, 2)`.
        end: The points, in the same form.

    Returns:
        `(a, b, c, d, e, f, g, h)` of shape `(batch, 8)`: a point `(x, y)` goes to
        `((a x + b y + c) / k, (d x + e y + f) / k)` with `k = g x + h y + 1`.
    """
    x, y = end[..., 0], end[..., 1]
    one, zero = ops.ones_like(x), ops.zeros_like(x)
    to_x, to_y = start[..., 0], start[..., 1]
    rows = (
        (x, y, one, zero, zero, zero, -to_x * x, -to_x * y),
        (zero, zero, zero, x, y, one, -to_y * x, -to_y * y),
    )
    stacked = ops.stack([ops.stack(row, axis=-1) for row in rows], axis=2)
    matrix = ops.reshape(stacked, (-1, 8, 8))
    return ops.solve(matrix, ops.reshape(start, (-1, 8)))
