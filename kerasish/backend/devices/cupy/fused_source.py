"""Turns a fused program into a CUDA function.

The source names no sizes: they come at run time. It depends on the program, on the
number of axes, and on how each operand moves along them.

Without a reduction each thread takes packs of `width` neighbours along the last axis.
With one the elements are `kept` times `reduced` places. If the reduced axes are the
last ones, a team of threads shares the places of one result; if they are the first
ones, neighbouring threads take neighbouring results, and the rows of a block share
their places. In both cases the second axis of the grid cuts the reduced places into
pieces, whose partial results another function puts together.

A program may also run on many sets of arrays at once: then a table holds the addresses
of the arrays and the number of their elements, and each block takes a piece of one set.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from kerasish.backend.devices.cupy.cuda import THREADS, CudaFunction, compute_type
from kerasish.backend.devices.cupy.cuda_expressions import (
    DTYPES,
    FUNCTIONS,
    Unsupported,
    step_expression,
)
from kerasish.backend.devices.cupy.cuda_text import REDUCTIONS

WARP = 32
ROWS = THREADS // WARP
# Packs that a thread takes one after the other where many sets of arrays are walked.
TURNS = 4
_HOW = {"sum": "Sum", "mean": "Sum", "max": "Max"}

_PACK = r"""
template <class T, int N> struct __align__(sizeof(T) * N) Pack { T at[N]; };
"""
# The last pack of an array may have fewer elements.
_PARTS = r"""
template <class T, int N>
__device__ __forceinline__ Pack<T, N> load_part(const T* place, int64 rest) {
    if (rest >= N) return *(const Pack<T, N>*)place;
    Pack<T, N> pack;
    #pragma unroll
    for (int e = 0; e < N; ++e) pack.at[e] = place[e < rest ? e : 0];
    return pack;
}
template <class T, int N>
__device__ __forceinline__ void store_part(T* place, Pack<T, N> pack, int64 rest) {
    if (rest >= N) {
        *(Pack<T, N>*)place = pack;
        return;
    }
    #pragma unroll
    for (int e = 0; e < N; ++e)
        if (e < rest) place[e] = pack.at[e];
}
"""


class Layout(NamedTuple):
    """What the source of a program depends on beside the program.

    Attributes:
        moves: For each operand, inputs then outputs, how it moves along each axis:
            `"0"` not at all, `"1"` to the next element, `"s"` by a stride.
        reduced: How many axes at the beginning are reduced, or, if negative, how many
            at the end; 0 without a reduction.
        width: How many neighbours along the last axis a thread takes together.
        team: How many threads share a result of reduced axes at the end.
        pieces: Whether the reduced places are cut into pieces.
        index: The type of places, `"int32"` or `"int64"`.
        many: Whether many sets of arrays of one axis are walked.
    """

    moves: tuple[str, ...]
    reduced: int = 0
    width: int = 1
    team: int = WARP
    pieces: bool = False
    index: str = "int32"
    many: bool = False

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.moves[0])

    @property
    def columns(self) -> bool:
        """Whether neighbouring threads take neighbouring results of a reduction."""
        return 0 < self.reduced < self.rank


@lru_cache(maxsize=4096)
def fused_function(program: Any, layout: Layout) -> CudaFunction:
    """Return the function of a program.

    For many sets of arrays its arguments are the table, a row of addresses and the
    number of elements for each set, and for each block the number of a set and of its
    piece.
    Otherwise they are the arrays, the counts of places (all of them, or those that are
    kept, those that are reduced, those of a piece, and the divisor of a mean), the
    sizes of the axes, and the strides in elements where `moves` has `"s"`. Counts and
    the last size are in packs, but for the divisor.

    Raises:
        Unsupported: If the program does what CUDA functions do not offer.
    """
    return CudaFunction("fused", _Writer(program, layout).source(), hot=True)


@lru_cache(maxsize=4096)
def supported(program: Any) -> bool:
    """Tell whether a program can be written as a CUDA function."""
    dtypes = {*program.dtypes, *(step.dtype for step in program.steps)}
    if not dtypes <= DTYPES:
        return False
    moves = ("1",) * (len(program.dtypes) + len(program.outputs))
    try:
        _Writer(program, Layout(moves, int(_reduces(program)))).source()
    except Unsupported:
        return False
    return True


def _reduces(program: Any) -> bool:
    return any(output.reduction for output in program.outputs)


class _Writer:
    """The parts of one function."""

    def __init__(self, program: Any, layout: Layout) -> None:
        self.program, self.layout = program, layout
        self.inputs = len(program.dtypes)
        steps = program.steps
        self.dtypes = [*program.dtypes]
        self.dtypes += [steps[output.step].dtype for output in program.outputs]
        self.reductions = [
            k
            for k, output in enumerate(program.outputs)
            if output.reduction and layout.reduced
        ]
        self.lines: list[str] = []

    def source(self) -> str:
        layout = self.layout
        helpers = REDUCTIONS if self.reductions else ""
        self.lines = [
            helpers + FUNCTIONS + _PACK + (_PARTS if layout.many else ""),
            f"typedef {layout.index} Index;",
            f"#define WIDTH {layout.width}",
            f"#define TEAM {layout.team}",
            'extern "C" __global__ void __launch_bounds__(THREADS, 2) fused(',
            ",\n".join(f"    {text}" for text in self._parameters()),
            ") {",
        ]
        if layout.many:
            self._write_many()
        elif not layout.reduced:
            self._write_map()
        elif layout.columns:
            self._write_columns()
        else:
            self._write_rows()
        return "\n".join([*self.lines, "}\n"])

    def _parameters(self) -> list[str]:
        if self.layout.many:
            return ["const int64* table", "const int32* pieces"]
        texts = []
        for operand, dtype in enumerate(self.dtypes):
            number = operand - self.inputs
            if number < 0:
                texts.append(f"const {dtype}* p{operand}")
            elif number in self.reductions and self.layout.pieces:
                texts.append(f"{compute_type(dtype)}* p{operand}")
            else:
                texts.append(f"{dtype}* p{operand}")
        names = ["places"]
        if self.layout.reduced:
            names += ["reduced", "piece", "divisor"]
        names += [f"size{axis}" for axis in range(self.layout.rank)]
        for operand, moves in enumerate(self.layout.moves):
            names += [f"step{operand}_{k}" for k, how in enumerate(moves) if how == "s"]
        return texts + [f"Index {name}" for name in names]

    def _write_map(self) -> None:
        self._add("for (Index n = thread_number(); n < places; n += thread_count()) {")
        self._places("n", range(self.layout.rank))
        self._body("")
        self._add("}")

    def _write_many(self) -> None:
        count = len(self.dtypes)
        self._add(
            f"const int64* row = table + pieces[2 * blockIdx.x] * {count + 1};",
            f"const int64 count = row[{count}];",
        )
        for operand, dtype in enumerate(self.dtypes):
            kind = f"const {dtype}*" if operand < self.inputs else f"{dtype}*"
            self._add(f"{kind} p{operand} = ({kind})row[{operand}];")
        self._add(
            "#pragma unroll 1",
            f"for (int turn = 0; turn < {TURNS}; ++turn) {{",
            f"Index i0 = pieces[2 * blockIdx.x + 1] * (Index){TURNS} + turn;",
            "i0 = (i0 * THREADS + threadIdx.x) * WIDTH;",
            "if (i0 >= count) return;",
        )
        self._body("")
        self._add("}")

    def _write_rows(self) -> None:
        layout, rank = self.layout, self.layout.rank
        first = 0 if layout.reduced > 0 else rank + layout.reduced
        self._add(
            "Index k = (Index)blockIdx.x * (THREADS / TEAM) + threadIdx.x / TEAM;"
        )
        self._add("Index start = blockIdx.y * piece + threadIdx.x % TEAM;")
        self._add("Index stop = min(reduced, (Index)(blockIdx.y + 1) * piece);")
        self._accumulators("", "")
        self._add("if (k < places) {")
        self._places("k", range(first))
        self._add("for (Index n = start; n < stop; n += TEAM) {")
        self._places("n", range(first, rank))
        self._body("")
        self._add("}\n}")
        block = layout.team == THREADS
        for number in self.reductions:
            how, kind = self._reduction(number)
            if block:
                self._add(f"__shared__ {kind} room{number}[THREADS / 32];")
                self._add(f"a{number} = block_reduce<{how}>(a{number}, room{number});")
            else:
                self._add(f"a{number} = team_reduce<TEAM, {how}>(a{number});")
        self._add("if (k < places && threadIdx.x % TEAM == 0) {")
        for number in self.reductions:
            self._store_result(number, f"a{number}", "k", "places")
        self._add("}")

    def _write_columns(self) -> None:
        layout, rank = self.layout, self.layout.rank
        self._add(f"Index k = (Index)blockIdx.x * {WARP} + threadIdx.x % {WARP};")
        self._add(f"Index start = blockIdx.y * piece + threadIdx.x / {WARP};")
        self._add("Index stop = min(reduced, (Index)(blockIdx.y + 1) * piece);")
        self._accumulators("[WIDTH]", "[e]")
        self._add("if (k < places) {")
        self._places("k", range(layout.reduced, rank))
        self._add(f"for (Index n = start; n < stop; n += {ROWS}) {{")
        self._places("n", range(layout.reduced))
        self._body("[e]")
        self._add("}\n}")
        # One room for all, as large as the largest type asks for.
        self._add("__shared__ float64 room[WIDTH * THREADS];")
        for number in self.reductions:
            how, kind = self._reduction(number)
            self._add(
                "__syncthreads();",
                f"{kind}* room{number} = ({kind}*)room + threadIdx.x;",
                "#pragma unroll",
                "for (int e = 0; e < WIDTH; ++e)",
                f"room{number}[e * THREADS] = a{number}[e];",
                "__syncthreads();",
                f"if (threadIdx.x < {WARP} && k < places)",
                "#pragma unroll",
                "for (int e = 0; e < WIDTH; ++e) {",
                f"{kind} value = room{number}[e * THREADS];",
                f"for (int row = 1; row < {ROWS}; ++row)",
                f"value = {how}::of(value, room{number}[e * THREADS + row * {WARP}]);",
            )
            self._store_result(number, "value", "(k * WIDTH + e)", "places * WIDTH")
            self._add("}")

    def _reduction(self, number: int) -> tuple[str, str]:
        name = _HOW[self.program.outputs[number].reduction]
        return name, compute_type(self.dtypes[self.inputs + number])

    def _accumulators(self, array: str, element: str) -> None:
        for number in self.reductions:
            how, kind = self._reduction(number)
            self._add(f"{kind} a{number}{array};")
            if array:
                self._add("#pragma unroll", "for (int e = 0; e < WIDTH; ++e)")
            self._add(f"a{number}{element} = {how}::start<{kind}>();")

    def _store_result(self, number: int, value: str, place: str, count: str) -> None:
        operand = self.inputs + number
        dtype = self.dtypes[operand]
        if self.layout.pieces:
            self._add(f"p{operand}[blockIdx.y * ({count}) + {place}] = {value};")
            return
        if self.program.outputs[number].reduction == "mean":
            value = f"{value} / divisor"
        self._add(f"p{operand}[{place}] = narrow<{dtype}>({value});")

    def _places(self, name: str, axes: Sequence[int]) -> None:
        """Write the places on some axes that a number stands for, the last first."""
        if not axes:
            return
        rest = name
        if len(axes) > 1:
            rest = f"{name}_rest"
            self._add(f"Index {rest} = {name};")
        for axis in reversed(axes):
            value = rest if axis == axes[0] else f"{rest} % size{axis}"
            if axis == self.layout.rank - 1:
                value = f"({value}) * WIDTH"
            self._add(f"Index i{axis} = {value};")
            if axis != axes[0]:
                self._add(f"{rest} /= size{axis};")

    def _offset(self, operand: int) -> str:
        terms = []
        for axis, how in enumerate(self.layout.moves[operand]):
            if how != "0":
                step = f" * step{operand}_{axis}" if how == "s" else ""
                terms.append(f"i{axis}{step}")
        return " + ".join([f"p{operand}", *terms])

    def _body(self, accumulator: str) -> None:
        """Write what happens to the elements of one pack."""
        for operand in range(self.inputs):
            self._load(operand)
        stored = [
            k for k in range(len(self.program.outputs)) if k not in self.reductions
        ]
        for number in stored:
            dtype = self.dtypes[self.inputs + number]
            self._add(f"Pack<{dtype}, WIDTH> r{number};")
        self._add("#pragma unroll", "for (int e = 0; e < WIDTH; ++e) {")
        self._steps()
        for number, output in enumerate(self.program.outputs):
            value, dtype = f"v{output.step}", self.dtypes[self.inputs + number]
            if number in self.reductions:
                how, _ = self._reduction(number)
                place = f"a{number}{accumulator}"
                self._add(f"{place} = {how}::of({place}, {value});")
            else:
                self._add(f"r{number}.at[e] = narrow<{dtype}>({value});")
        self._add("}")
        for number in stored:
            operand = self.inputs + number
            dtype = self.dtypes[operand]
            place = self._offset(operand)
            if self.layout.many:
                self._add(f"store_part({place}, r{number}, count - i0);")
            else:
                self._add(f"*(Pack<{dtype}, WIDTH>*)({place}) = r{number};")

    def _load(self, operand: int) -> None:
        dtype, how = self.dtypes[operand], self.layout.moves[operand][-1]
        place = self._offset(operand)
        if how == "0":
            self._add(f"{dtype} l{operand} = *({place});")
        elif self.layout.many:
            part = f"load_part<{dtype}, WIDTH>({place}, count - i0)"
            self._add(f"Pack<{dtype}, WIDTH> l{operand} = {part};")
        elif how == "1":
            pack = f"Pack<{dtype}, WIDTH>"
            self._add(f"{pack} l{operand} = *(const {pack}*)({place});")
        else:
            last = f"step{operand}_{self.layout.rank - 1}"
            self._add(
                f"Pack<{dtype}, WIDTH> l{operand};",
                "#pragma unroll",
                "for (int e = 0; e < WIDTH; ++e)",
                f"l{operand}.at[e] = ({place})[e * {last}];",
            )

    def _steps(self) -> None:
        for operand in range(self.inputs):
            kind = compute_type(self.dtypes[operand])
            same = self.layout.moves[operand][-1] == "0"
            element = f"l{operand}" if same else f"l{operand}.at[e]"
            self._add(f"const {kind} x{operand} = widen({element});")
        for number, step in enumerate(self.program.steps):
            text = step_expression(step, self._value, self._dtype)
            self._add(f"const {compute_type(step.dtype)} v{number} = {text};")

    def _value(self, kind: str, number: int) -> str:
        return f"x{number}" if kind == "input" else f"v{number}"

    def _dtype(self, kind: str, number: int) -> str:
        return (
            self.program.dtypes[number]
            if kind == "input"
            else self.program.steps[number].dtype
        )

    def _add(self, *lines: str) -> None:
        self.lines += lines
