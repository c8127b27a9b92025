"""Writes LLVM assembly: values, loops, and the operations that programs use."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Iterator

TYPES = {
    "bool": "i1",
    "int8": "i8",
    "int16": "i16",
    "int32": "i32",
    "int64": "i64",
    "uint8": "i8",
    "uint16": "i16",
    "uint32": "i32",
    "uint64": "i64",
    "float32": "float",
    "float64": "double",
}
SIZES = {name: int(t[1:]) // 8 for name, t in TYPES.items() if t[0] == "i"}
SIZES |= {"bool": 1, "float32": 4, "float64": 8}


class Unsupported(ValueError):
    """A program that cannot be written as a loop."""


def is_float(dtype: str) -> bool:
    """Tell whether a data type is a float type."""
    return dtype.startswith("float")


def literal(value: float, dtype: str) -> str:
    """Return a number as LLVM writes it.

    Example:

    >>> literal(1.0, "float32"), literal(3, "int64"), literal(True, "bool")
    ('0x3FF0000000000000', '3', 'true')
    """
    if dtype == "bool":
        return "true" if value else "false"
    if is_float(dtype):
        value = float(value)
        if dtype == "float32":
            with contextlib.suppress(OverflowError):
                value = struct.unpack("f", struct.pack("f", value))[0]
        return f"0x{struct.unpack('Q', struct.pack('d', value))[0]:016X}"
    if value != int(value):
        raise Unsupported(f"{value} as {dtype}")
    return str(int(value))


class Writer:
    """One function in LLVM assembly, written line by line.

    Values are the names of SSA values. `block` is the label of the current block.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.metadata: list[str] = []
        self.declared: set[str] = set()
        self.block = "entry"
        self.group = ""
        self._count = 0

    def fresh(self, prefix: str = "v") -> str:
        """Return a name that is not in use."""
        self._count += 1
        return f"{prefix}{self._count}"

    def emit(self, text: str) -> str:
        """Write an instruction with a result and return the result's name."""
        name = f"%{self.fresh()}"
        self.lines.append(f"  {name} = {text}")
        return name

    def line(self, text: str) -> None:
        """Write an instruction without a result."""
        self.lines.append(f"  {text}")

    def label(self, name: str) -> None:
        """Begin a block."""
        self.lines.append(f"{name}:")
        self.block = name

    def call(self, name: str, dtype: str, *values: str) -> str:
        """Call an intrinsic or C function on values of one type."""
        kind = TYPES[dtype]
        kinds = ", ".join([kind] * len(values))
        self.declared.add(f"declare {kind} @{name}({kinds})")
        given = ", ".join(f"{kind} {value}" for value in values)
        return self.emit(f"call {kind} @{name}({given})")

    def intrinsic(self, name: str, dtype: str, *values: str) -> str:
        """Call `llvm.name` for a float type."""
        suffix = "f32" if dtype == "float32" else "f64"
        return self.call(f"llvm.{name}.{suffix}", dtype, *values)

    def load(self, pointer: str, dtype: str) -> str:
        """Load an element; bools lie in memory as bytes."""
        stored = "i8" if dtype == "bool" else TYPES[dtype]
        value = self.emit(
            f"load {stored}, ptr {pointer}, align {SIZES[dtype]}{self._access()}"
        )
        return self.emit(f"icmp ne i8 {value}, 0") if dtype == "bool" else value

    def store(self, value: str, pointer: str, dtype: str) -> None:
        """Store an element."""
        stored = TYPES[dtype]
        if dtype == "bool":
            value, stored = self.emit(f"zext i1 {value} to i8"), "i8"
        self.line(
            f"store {stored} {value}, ptr {pointer}, align {SIZES[dtype]}"
            f"{self._access()}"
        )

    def _access(self) -> str:
        return f", !llvm.access.group {self.group}" if self.group else ""

    def word(self, position: int) -> str:
        """Load an integer of the argument block."""
        pointer = self.emit(f"getelementptr i64, ptr %data, i64 {position}")
        return self.emit(f"load i64, ptr {pointer}, align 8")

    def pointer(self, position: int) -> str:
        """Load a pointer of the argument block."""
        return self.emit(f"inttoptr i64 {self.word(position)} to ptr")

    def offset(self, pointer: str, count: str) -> str:
        """Return a pointer that lies some bytes behind another."""
        return self.emit(f"getelementptr i8, ptr {pointer}, i64 {count}")

    def copy(self, source: str, target: str, size: str) -> None:
        """Copy bytes to a place that does not overlap."""
        self.declared.add("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")
        given = f"ptr {target}, ptr {source}, i64 {size}, i1 false"
        self.line(f"call void @llvm.memcpy.p0.p0.i64({given})")

    def prefetch(self, pointer: str, written: bool) -> None:
        """Have a line come into the cache, or the second one if it is only read."""
        self.declared.add("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)")
        kind, level = (1, 3) if written else (0, 2)
        given = f"ptr {pointer}, i32 {kind}, i32 {level}, i32 1"
        self.line(f"call void @llvm.prefetch.p0({given})")

    def multiply(self, a: str, b: str) -> str:
        """Multiply integers of 64 bits."""
        return self.emit(f"mul nsw i64 {a}, {b}")

    @contextlib.contextmanager
    def loop(self, start: str, stop: str, independent: bool = False) -> Iterator[str]:
        """Write a counting loop around the enclosed lines.

        Args:
            start: The first value.
            stop: The first value that is not taken.
            independent: Whether the passes do not see one another's memory, which
                lets several be done at once.
        """
        name, before = self.fresh("loop"), self.block
        self.line(f"br label %{name}.head")
        self.label(f"{name}.head")
        self.line(
            f"%{name} = phi i64 [ {start}, %{before} ], [ %{name}.next, %{name}.latch ]"
        )
        self.line(f"%{name}.more = icmp slt i64 %{name}, {stop}")
        self.line(f"br i1 %{name}.more, label %{name}.body, label %{name}.exit")
        self.label(f"{name}.body")
        mark, outer = "", self.group
        if independent:
            number = len(self.metadata)
            self.group = f"!{number}"
            self.metadata += [
                f"!{number} = distinct !{{}}",
                f"!{number + 1} = distinct !{{!{number + 1}, !{number + 2}}}",
                f'!{number + 2} = !{{!"llvm.loop.parallel_accesses", !{number}}}',
            ]
            mark = f", !llvm.loop !{number + 1}"
        yield f"%{name}"
        self.group = outer
        self.line(f"br label %{name}.latch")
        self.label(f"{name}.latch")
        self.line(f"%{name}.next = add nsw i64 %{name}, 1")
        self.line(f"br label %{name}.head{mark}")
        self.label(f"{name}.exit")

    @contextlib.contextmanager
    def repeat(self) -> Iterator[tuple[str, Callable[[str], None]]]:
        """Write a loop around the enclosed lines that ends when these say so.

        It gives how often it has been around, and a function that writes the end of
        the loop for when a truth value is true.
        """
        name, before = self.fresh("repeat"), self.block
        self.line(f"br label %{name}.head")
        self.label(f"{name}.head")
        self.line(
            f"%{name} = phi i64 [ 0, %{before} ], [ %{name}.next, %{name}.latch ]"
        )

        def leave(condition: str) -> None:
            on = self.fresh("on")
            self.line(f"br i1 {condition}, label %{name}.exit, label %{on}")
            self.label(on)

        yield f"%{name}", leave
        self.line(f"br label %{name}.latch")
        self.label(f"{name}.latch")
        self.line(f"%{name}.next = add nsw i64 %{name}, 1")
        self.line(f"br label %{name}.head")
        self.label(f"{name}.exit")

    @contextlib.contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """Have the enclosed lines, which define nothing for later ones, run or not.

        Args:
            condition: A truth value.
        """
        name = self.fresh("when")
        self.line(f"br i1 {condition}, label %{name}.body, label %{name}.exit")
        self.label(f"{name}.body")
        yield
        self.line(f"br label %{name}.exit")
        self.label(f"{name}.exit")

    def function(self, name: str, arguments: str) -> str:
        """Return the module with this function in it."""
        body = "\n".join(self.lines)
        declared = "\n".join(sorted(self.declared))
        metadata = "\n".join(self.metadata)
        return (
            f"{declared}\n\ndefine void @{name}({arguments}) nounwind {{\nentry:\n"
            f"{body}\n  ret void\n}}\n\n{metadata}\n"
        )
