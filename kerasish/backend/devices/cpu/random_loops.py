"""Random words as a compiled loop: Philox4x64-10, word for word as NumPy has it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.cpu import loops
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import Writer

_MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
_KEY_STEPS = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_ROUNDS = 10
# A block of the generator fills this many words of 32 bits.
_BLOCK = 8
_WORTH_THREADS = 30_000
_LOW = (1 << 64) - 1


def _signed(number: int) -> int:
    """The number below 2^63 that has the same 64 bits."""
    number &= _LOW
    return number - (1 << 64) if number >> 63 else number


def _multiply(w: Writer, a: int, b: str) -> tuple[str, str]:
    """The high and the low half of a product of 128 bits."""
    wide = w.emit(f"zext i64 {b} to i128")
    product = w.emit(f"mul i128 {wide}, {a}")
    high = w.emit(f"lshr i128 {product}, 64")
    return w.emit(f"trunc i128 {high} to i64"), w.emit(f"trunc i128 {product} to i64")


def _source() -> str:
    """The loop over blocks; its words: the result, the state, the blocks before."""
    w = Writer()
    out, state, before = w.pointer(0), w.pointer(1), w.word(2)
    keys = []
    for position in (0, 1):
        place = w.emit(f"getelementptr i32, ptr {state}, i64 {position}")
        word = w.emit(f"load i32, ptr {place}, align 4")
        keys.append(w.emit(f"zext i32 {word} to i64"))
    with w.loop("%start", "%stop", independent=True) as i:
        counter = w.emit(f"add i64 {w.emit(f'add i64 {i}, {before}')}, 1")
        words = [counter, "0", "0", "0"]
        for number in range(_ROUNDS):
            high0, low0 = _multiply(w, _MULTIPLIERS[0], words[0])
            high1, low1 = _multiply(w, _MULTIPLIERS[1], words[2])
            now = [
                w.emit(f"add i64 {key}, {_signed(number * step)}")
                for key, step in zip(keys, _KEY_STEPS)
            ]
            first = w.emit(f"xor i64 {high1}, {words[1]}")
            third = w.emit(f"xor i64 {high0}, {words[3]}")
            words = [
                w.emit(f"xor i64 {first}, {now[0]}"),
                low1,
                w.emit(f"xor i64 {third}, {now[1]}"),
                low0,
            ]
        base = w.offset(out, w.multiply(i, str(4 * _BLOCK)))
        for position, word in enumerate(words):
            place = w.offset(base, str(8 * position))
            w.line(f"store i64 {word}, ptr {place}, align 4")
    return w.function("loop", ARGUMENTS)


@lru_cache(maxsize=1)
def _function() -> int:
    return loops.compiled(_source())


def _calls(state: np.ndarray, out: np.ndarray) -> Callable[[], Any]:
    """The call that fills an array with the words of a state."""
    blocks, rest = divmod(out.size, _BLOCK)
    launch = loops.launcher().bind
    team = threads.num_threads() if out.size > _WORTH_THREADS else 1
    team = max(1, min(team, blocks))
    data = [out.ctypes.data, state.ctypes.data, 0]
    whole = launch(_function(), blocks, team, data, team)
    whole.keep = state, out
    if not rest:
        return whole
    spare = np.empty(_BLOCK, np.uint32)
    data = [spare.ctypes.data, state.ctypes.data, blocks]
    last = launch(_function(), 1, 1, data, 1)
    end = out.reshape(-1)[blocks * _BLOCK :]
    copy = partial(np.copyto, end, spare[:rest])

    def fill() -> None:
        whole()
        last()
        copy()

    fill.keep = spare
    return fill


def _accepts(specs: tuple, attrs: dict) -> bool:
    return loops.available() and specs[0].dtype == "uint32"


def _bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], Any] | None:
    state, out = arrays[0], outs[0]
    if not (state.flags.c_contiguous and out.flags.c_contiguous):
        return None
    return _calls(state, out)


def _words(state: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    out = np.empty(shape, np.uint32)
    _calls(np.ascontiguousarray(state), out)()
    return out


@device_kernel("cpu", "random_bits", _accepts)
def random_bits(
    xp: Any, state: np.ndarray, *, out: Any = None, shape: tuple[int, ...]
) -> np.ndarray:
    """Return the first words of the stream of a state."""
    return _words(state, shape)


@device_kernel("cpu", "random_bits_like", _accepts)
def random_bits_like(
    xp: Any,
    state: np.ndarray,
    like: np.ndarray,
    *,
    out: Any = None,
    broadcast: tuple[int, ...],
    words: int,
) -> np.ndarray:
    """Return words for the elements of an array, shared along some axes."""
    shape = [1 if axis in broadcast else n for axis, n in enumerate(like.shape)]
    shape += [words] if words > 1 else []
    return _words(state, tuple(shape))


random_bits.bind = random_bits_like.bind = _bind
