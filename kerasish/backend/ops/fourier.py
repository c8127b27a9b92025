"""Discrete Fourier transforms; complex numbers are pairs of real tensors."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_float
from kerasish.backend.graph import Node, Op, Spec, Tensor, register
from kerasish.backend.ops.promotion import as_float, promote
from kerasish.errors import DTypeError, ShapeError

Array = Any
Pair = tuple[Tensor, Tensor]


def _present(gradients: tuple[Tensor | None, ...], like: tuple) -> tuple[Tensor, ...]:
    return tuple(ops.zeros_like(y) if g is None else g for g, y in zip(gradients, like))


def _fitted(xp: Any, x: Array, size: int) -> Array:
    """Cut the last axis, or fill it with zeros, to a size."""
    if x.shape[-1] >= size:
        return x[..., :size]
    widths = [(0, 0)] * (x.ndim - 1) + [(0, size - x.shape[-1])]
    return xp.pad(x, widths)


class Fourier(Op):
    """The transform over the last axes, `sum_j x[j] exp(-2 pi i j k / n)`.

    The inverse has the other sign. `scaled` divides by the number of elements. Going
    back through a transform is the other one, unscaled if this one is.
    """

    name = "fourier"
    linear = True

    def infer(self, real: Spec, imag: Spec, **attrs: Any) -> tuple[Spec, Spec]:
        if real.rank < attrs["axes"] or real.shape != imag.shape:
            raise ShapeError(
                "A Fourier transform needs real and imaginary parts of one shape, with "
                f"{attrs['axes']} axes at least.\n  got: {real} and {imag}"
            )
        return real, real

    def kernel(
        self,
        xp: Any,
        real: Array,
        imag: Array,
        *,
        out: Array = None,
        axes: int,
        inverse: bool,
        scaled: bool,
    ) -> tuple[Array, Array]:
        transform = xp.fft.ifftn if inverse else xp.fft.fftn
        norm = "backward" if inverse == scaled else "forward"
        z = transform(real + imag * 1j, axes=tuple(range(-axes, 0)), norm=norm)
        return z.real.astype(real.dtype), z.imag.astype(real.dtype)

    def vjp(self, node: Node, *grads: Tensor | None) -> Pair:
        attrs = {**node.attrs, "inverse": not node.attrs["inverse"]}
        return fourier_op(*_present(grads, node.outputs), **attrs)


class RealFourier(Op):
    """The first half of the transform of real numbers, whose other half mirrors it.

    `length` is how many elements of the last axis count, with zeros after its end;
    `None` stands for its size.
    """

    name = "real_fourier"
    linear = True

    def infer(self, x: Spec, *, length: int | None) -> tuple[Spec, Spec]:
        size = x.shape[-1] if length is None else length
        half = None if size is None else size // 2 + 1
        spec = Spec((*x.shape[:-1], half), x.dtype)
        return spec, spec

    def kernel(
        self, xp: Any, x: Array, *, out: Array = None, length: int | None
    ) -> tuple[Array, Array]:
        z = xp.fft.rfft(x, length)
        return z.real.astype(x.dtype), z.imag.astype(x.dtype)

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor]:
        present = _present(grads, node.outputs)
        return (real_fourier_adjoint_op(*present, node.inputs[0], **node.attrs),)


class RealFourierAdjoint(Op):
    """Going back through `real_fourier`; the last input is shape-only."""

    name = "real_fourier_adjoint"
    linear = True
    shape_only = (2,)

    def infer(self, real: Spec, imag: Spec, like: Spec, *, length: int | None) -> Spec:
        return Spec(like.shape, real.dtype)

    def kernel(
        self,
        xp: Any,
        real: Array,
        imag: Array,
        like: Array,
        *,
        out: Array = None,
        length: int | None,
    ) -> Array:
        size = like.shape[-1]
        z = xp.fft.ifft(real + imag * 1j, length or size, norm="forward")
        return _fitted(xp, z.real, size).astype(real.dtype)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor | None, ...]:
        return (*real_fourier_op(g, **node.attrs), None)


class HalfFourier(Op):
    """The real numbers whose `real_fourier` a half spectrum is."""

    name = "half_fourier"
    linear = True

    def infer(self, real: Spec, imag: Spec, *, length: int | None) -> Spec:
        if real.rank < 1 or real.shape != imag.shape:
            raise ShapeError(
                "A Fourier transform needs real and imaginary parts of one shape.\n"
                f"  got: {real} and {imag}"
            )
        half = real.shape[-1]
        size = 2 * (half - 1) if length is None and half is not None else length
        return Spec((*real.shape[:-1], size), real.dtype)

    def kernel(
        self,
        xp: Any,
        real: Array,
        imag: Array,
        *,
        out: Array = None,
        length: int | None,
    ) -> Array:
        size = 2 * (real.shape[-1] - 1) if length is None else length
        return xp.fft.irfft(real + imag * 1j, size).astype(real.dtype)

    def vjp(self, node: Node, g: Tensor) -> Pair:
        return half_fourier_adjoint_op(g, node.inputs[0], **node.attrs)


class HalfFourierAdjoint(Op):
    """Going back through `half_fourier`; the last input is shape-only."""

    name = "half_fourier_adjoint"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, *, length: int | None) -> tuple[Spec, Spec]:
        spec = Spec(like.shape, g.dtype)
        return spec, spec

    def kernel(
        self, xp: Any, g: Array, like: Array, *, out: Array = None, length: int | None
    ) -> tuple[Array, Array]:
        size = g.shape[-1]
        z = xp.fft.rfft(g) / size
        # All but the ends of the spectrum stand for two frequencies.
        z[..., 1 : (size + 1) // 2] *= 2
        z = _fitted(xp, z, like.shape[-1])
        return z.real.astype(g.dtype), z.imag.astype(g.dtype)

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        present = _present(grads, node.outputs)
        return half_fourier_op(*present, **node.attrs), None


fourier_op = register(Fourier)
real_fourier_op = register(RealFourier)
real_fourier_adjoint_op = register(RealFourierAdjoint)
half_fourier_op = register(HalfFourier)
half_fourier_adjoint_op = register(HalfFourierAdjoint)


def complex_pair(name: str, x: Any) -> Pair:
    """Return the real and the imaginary part of a pair as float tensors.

    Args:
        name: The function that the error names.
        x: A tuple or list of two tensors or arrays.

    Returns:
        Two tensors of one type; half precision becomes float32.

    Raises:
        ValueError: If it is no pair.
        DTypeError: If the parts are no floats.

    Example:

    >>> [part.dtype for part in complex_pair("fft", ([1.0], [2.0]))]
    ['float32', 'float32']
    """
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(
            f"{name}: the input must be a pair of real and imaginary parts.\n"
            f"Received: x={x}"
        )
    real, imag = promote(*x)
    if not is_float(real.dtype) or not is_float(imag.dtype):
        raise DTypeError(
            f"{name}: real and imaginary parts must be floats.\n"
            f"  got: {real.spec} and {imag.spec}"
        )
    dtype = "float64" if real.dtype == "float64" else "float32"
    return ops.cast(real, dtype), ops.cast(imag, dtype)


def _transformed(name: str, x: Any, axes: int, inverse: bool) -> Pair:
    pair = complex_pair(name, x)
    return fourier_op(*pair, axes=axes, inverse=inverse, scaled=inverse)


def fft(x: Any) -> Pair:
    """Transform the last axis: `sum over j of x[j] exp(-2 pi i j k / n)`.

    Args:
        x: The pair of real and imaginary parts, each of shape `(..., n)`.

    Returns:
        The pair of real and imaginary parts, of the same shape.

    Raises:
        ValueError: If `x` is no pair, or its parts do not fit.

    Example:

    >>> real, imag = fft(([1.0, 0.0], [0.0, 0.0]))
    >>> real.numpy().tolist(), imag.numpy().tolist()
    ([1.0, 1.0], [0.0, 0.0])
    """
    return _transformed("fft", x, 1, False)


def fft2(x: Any) -> Pair:
    """Transform the last two axes.

    Args:
        x: The pair of real and imaginary parts, each of shape `(..., m, n)`.

    Returns:
        The pair of real and imaginary parts, of the same shape.

    Raises:
        ValueError: If `x` is no pair, or its parts do not fit.

    Example:

    >>> real, imag = fft2(([[1.0, 2.0]], [[0.0, 0.0]]))
    >>> real.numpy().tolist()
    [[3.0, -1.0]]
    """
    return _transformed("fft2", x, 2, False)


def ifft2(x: Any) -> Pair:
    """Undo `fft2`.

    Args:
        x: The pair of real and imaginary parts, each of shape `(..., m, n)`.

    Returns:
        The pair of real and imaginary parts, of the same shape.

    Raises:
        ValueError: If `x` is no pair, or its parts do not fit.

    Example:

    >>> real, imag = ifft2(([[3.0, -1.0]], [[0.0, 0.0]]))
    >>> real.numpy().tolist()
    [[1.0, 2.0]]
    """
    return _transformed("ifft2", x, 2, True)


def _length(name: str, length: Any) -> int | None:
    if length is not None and int(length) < 1:
        raise ValueError(
            f"{name}: the length must be positive.\nReceived: fft_length={length}"
        )
    return None if length is None else int(length)


def rfft(x: Any, fft_length: int | None = None) -> Pair:
    """Transform real numbers along the last axis, and return half of the result.

    Args:
        x: A real tensor of shape `(..., n)`; half precision becomes float32.
        fft_length: How many elements count; zeros follow if there are fewer. By
            default all.

    Returns:
        The pair of real and imaginary parts, each of shape
        `(..., fft_length // 2 + 1)`. The other half would mirror it.

    Raises:
        ValueError: If the length is not positive.
        DTypeError: If `x` is complex.

    Example:

    >>> real, imag = rfft([1.0, 2.0, 3.0, 2.0])
    >>> real.numpy().tolist()
    [8.0, -2.0, 0.0]
    """
    x = as_float(x)
    if not is_float(x.dtype) or not x.ndim:
        raise DTypeError(
            f"rfft: a real tensor with an axis is needed.\n  got: {x.spec}"
        )
    x = ops.cast(x, "float64" if x.dtype == "float64" else "float32")
    return real_fourier_op(x, length=_length("rfft", fft_length))


def irfft(x: Any, fft_length: int | None = None) -> Tensor:
    """Undo `rfft`.

    Args:
        x: The pair of real and imaginary parts, each of shape `(..., m)`.
        fft_length: How many elements the result has; by default `2 * (m - 1)`.

    Returns:
        A real tensor of shape `(..., fft_length)`.

    Raises:
        ValueError: If `x` is no pair, its parts do not fit, or the length is not
            positive.

    Example:

    >>> irfft(([8.0, -2.0, 0.0], [0.0, 0.0, 0.0])).numpy().tolist()
    [1.0, 2.0, 3.0, 2.0]
    """
    pair = complex_pair("irfft", x)
    return half_fourier_op(*pair, length=_length("irfft", fft_length))
