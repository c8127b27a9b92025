"""Stable 64-bit hashes of strings: FarmHash's fingerprint and SipHash-2-4.

See https://github.com/google/farmhash and Aumasson and Bernstein, 2012,
https://eprint.iacr.org/2012/351.
"""

from __future__ import annotations

_ALL = 2**64 - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _turned(x: int, count: int) -> int:
    x &= _ALL
    return ((x >> count) | (x << (64 - count))) & _ALL


def _mixed(x: int) -> int:
    x &= _ALL
    return x ^ (x >> 47)


def _joined(u: int, v: int, factor: int) -> int:
    a = _mixed((u ^ v) * factor)
    return (_mixed((v ^ a) * factor) * factor) & _ALL


def _word(text: bytes, place: int, size: int = 8) -> int:
    return int.from_bytes(text[place : place + size], "little")


def _up_to_16(text: bytes) -> int:
    size = len(text)
    factor = _K2 + size * 2
    if size >= 8:
        a, b = _word(text, 0) + _K2, _word(text, size - 8)
        c = _turned(b, 37) * factor + a
        d = (_turned(a, 25) + b) * factor
        return _joined(c & _ALL, d & _ALL, factor)
    if size >= 4:
        first = size + (_word(text, 0, 4) << 3)
        return _joined(first, _word(text, size - 4, 4), factor)
    if size:
        y = text[0] + (text[size >> 1] << 8)
        z = size + (text[-1] << 2)
        return (_mixed(y * _K2 ^ z * _K0) * _K2) & _ALL
    return _K2


def _up_to_64(text: bytes) -> int:
    size = len(text)
    factor = _K2 + size * 2
    a = _word(text, 0) * (_K1 if size <= 32 else _K2)
    b, c = _word(text, 8), _word(text, size - 8) * factor
    d = _word(text, size - 16) * _K2
    y = (_turned(a + b, 43) + _turned(c, 30) + d) & _ALL
    z = _joined(y, (a + _turned(b + _K2, 18) + c) & _ALL, factor)
    if size <= 32:
        return z
    e, f = _word(text, 16) * factor, _word(text, 24)
    g = (y + _word(text, size - 32)) * factor
    h = (z + _word(text, size - 24)) * factor
    first = _turned(e + f, 43) + _turned(g, 30) + h
    return _joined(first & _ALL, (e + _turned(f + a, 18) + g) & _ALL, factor)


def _weak(text: bytes, place: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = (_word(text, place + 8 * i) for i in range(4))
    a = (a + w) & _ALL
    b = _turned(b + a + z, 21)
    c = a
    a = (a + x + y) & _ALL
    b = b + _turned(a, 44)
    return (a + z) & _ALL, (b + c) & _ALL


def _long(text: bytes) -> int:
    size = len(text)
    x, y = 81, (81 * _K1 + 113) & _ALL
    z = (_mixed(y * _K2 + 113) * _K2) & _ALL
    v, w = (0, 0), (0, 0)
    x = (x * _K2 + _word(text, 0)) & _ALL
    end = ((size - 1) // 64) * 64
    places = [*range(0, end, 64), end + ((size - 1) & 63) - 63]
    for number, s in enumerate(places):
        last = number == len(places) - 1
        factor, nine = _K1, 1
        if last:
            factor, nine = (_K1 + ((z & 0xFF) << 1)) & _ALL, 9
            first = (w[0] + ((size - 1) & 63)) & _ALL
            v = ((v[0] + first) & _ALL, v[1])
            w = ((first + v[0]) & _ALL, w[1])
        x = _turned(x + y + v[0] + _word(text, s + 8), 37) * factor & _ALL
        y = _turned(y + v[1] + _word(text, s + 48), 42) * factor & _ALL
        x ^= (w[1] * nine) & _ALL
        y = (y + v[0] * nine + _word(text, s + 40)) & _ALL
        z = _turned(z + w[0], 33) * factor & _ALL
        v = _weak(text, s, v[1] * factor, x + w[0])
        w = _weak(text, s + 32, z + w[1], y + _word(text, s + 16))
        z, x = x, z
    left = _joined(v[0], w[0], factor) + _mixed(y) * _K0 + z
    right = _joined(v[1], w[1], factor) + x
    return _joined(left & _ALL, right & _ALL, factor)


def fingerprint(text: bytes) -> int:
    """Return FarmHash's 64-bit fingerprint of bytes.

    Example:

    >>> fingerprint(b"") == 0x9AE16A3B2F90404F
    True
    """
    if len(text) <= 16:
        return _up_to_16(text)
    return _up_to_64(text) if len(text) <= 64 else _long(text)


def fingerprint_pair(first: int, second: int) -> int:
    """Return one fingerprint of two, in their order.

    Example:

    >>> fingerprint_pair(1, 2) == fingerprint_pair(2, 1)
    False
    """
    factor = 0xC6A4A7935BD1E995
    result = (first ^ factor) ^ ((_mixed(second * factor) * factor) & _ALL)
    result = (result * factor) & _ALL
    return _mixed(_mixed(result) * factor)


def _sip_round(v: list[int], times: int) -> None:
    for _ in range(times):
        v[0] = (v[0] + v[1]) & _ALL
        v[1] = _turned(v[1], 51) ^ v[0]
        v[0] = _turned(v[0], 32)
        v[2] = (v[2] + v[3]) & _ALL
        v[3] = _turned(v[3], 48) ^ v[2]
        v[0] = (v[0] + v[3]) & _ALL
        v[3] = _turned(v[3], 43) ^ v[0]
        v[2] = (v[2] + v[1]) & _ALL
        v[1] = _turned(v[1], 47) ^ v[2]
        v[2] = _turned(v[2], 32)


def keyed_hash(text: bytes, key: tuple[int, int]) -> int:
    """Return the SipHash-2-4 of bytes under a key of two words.

    Example:

    >>> keyed_hash(b"a", (1, 2)) == keyed_hash(b"a", (1, 3))
    False
    """
    low, high = (word & _ALL for word in key)
    v = [
        low ^ 0x736F6D6570736575,
        high ^ 0x646F72616E646F6D,
        low ^ 0x6C7967656E657261,
        high ^ 0x7465646279746573,
    ]
    whole = len(text) // 8 * 8
    words = [_word(text, place) for place in range(0, whole, 8)]
    words.append(_word(text, whole) | (len(text) & 0xFF) << 56)
    for word in words:
        v[3] ^= word
        _sip_round(v, 2)
        v[0] ^= word
    v[2] ^= 0xFF
    _sip_round(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]
