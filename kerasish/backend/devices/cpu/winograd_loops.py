"""Convolutions with windows of three by three that need fewer multiplications.

Four outputs that lie two by two, a tile, are computed from the four by four inputs that
they see. Inputs and kernel are transformed to sixteen places each, by additions alone;
at each place they are multiplied as matrices, and the outputs are sums of the products.
That is 16 multiplications for each pair of a channel and a filter in the place of 36
(the algorithm of Winograd called F(2x2, 3x3)).

A block of tiles goes through all of it before the next begins, for the filters of one
panel at a time, so that what lies in between stays in the cache. Tiles are numbered
through all images. What a product has to wait for otherwise is asked for early: the
memory of the outputs, and the inputs of the next block.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from kerasish.backend.devices.cpu import loops
from kerasish.backend.devices.cpu.conv_tiles import (
    BYTES,
    COLUMNS,
    ITEM,
    KIND,
    LANES,
    VECTORS,
    Tiles,
)
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import literal
from kerasish.backend.devices.cpu.winograd_transforms import (
    PLACES,
    SIDE,
    STEP,
    along_both,
    gathered,
    panel_place,
    spread_inputs,
    square,
)

# Tiles that are multiplied together.
LINES = 6
# Bytes of a tile's products with the filters of a panel, and of what is noted of a
# tile. Between the products of two tiles, as between transformed inputs or kernels of
# two places, is a gap, or they would compete for the same lines of the cache.
PRODUCTS = (PLACES * COLUMNS + COLUMNS) * ITEM
NOTED = STEP * STEP * 8
_LINE = 64
# Lines of the cache that are asked for with each product.
_AHEAD = 2
WORDS = (
    "x x_image x_row pixel channels height width top left"
    " y y_image y_row y_pixel filters out_height out_width unused index"
    " tiles across block panels panel ahead values values_piece values_place"
    " products products_piece noted noted_piece patch patch_piece"
).split()


class _Convolution(Tiles):
    """Writes the loop over blocks of tiles.

    Args:
        pooled: Whether only the largest of a tile's outputs is wanted.
        indexed: Whether its place is wanted, too.
    """

    def __init__(self, pooled: bool, indexed: bool) -> None:
        super().__init__(WORDS, LINES, False)
        self.pooled, self.indexed = pooled, indexed
        self.values, self.products, self.noted, self.patch = (
            self.pointer(name, self.w.multiply("%piece", self.words[f"{name}_piece"]))
            for name in ("values", "products", "noted", "patch")
        )

    def source(self) -> str:
        """Return the module."""
        w, word = self.w, self.words
        with self._blocks() as (first, count):
            with w.loop("0", count) as number:
                self._inputs(w.emit(f"add i64 {first}, {number}"), number)
            next_inputs = self._after(w.emit(f"add i64 {first}, {count}"))
            groups = w.emit(f"add i64 {count}, {LINES - 1}")
            groups = w.emit(f"sdiv i64 {groups}, {LINES}")
            with self.tiles("filters", COLUMNS) as (column, _):
                number = w.emit(f"add i64 {column}, {COLUMNS - 1}")
                number = w.emit(f"sdiv i64 {number}, {COLUMNS}")
                panel = self.pointer("panels", w.multiply(number, word["panel"]))
                done = w.multiply(w.multiply(number, str(PLACES)), groups)
                with w.loop("0", str(PLACES)) as place:
                    before = w.multiply(place, groups)
                    with w.loop("0", groups) as group:
                        product = w.emit(f"add i64 {before}, {group}")
                        self._ask_for_outputs(product, count, column)
                        product = w.emit(f"add i64 {done}, {product}")
                        self._ask_for_inputs(product, next_inputs)
                        self._product(panel, place, group)
                with w.loop("0", count) as number:
                    self._outputs(column, number)
        return w.function("loop", ARGUMENTS)

    @contextmanager
    def _blocks(self) -> Iterator[tuple[str, str]]:
        """Write the loop over blocks: the first tile, and how many there are."""
        w, block = self.w, self.words["block"]
        whole = w.emit(f"add i64 {w.emit('sub i64 %stop, %start')}, {block}")
        blocks = w.emit(f"sdiv i64 {w.emit(f'sub i64 {whole}, 1')}, {block}")
        with w.loop("0", blocks) as number:
            first = w.emit(f"add i64 %start, {w.multiply(number, block)}")
            left = w.emit(f"sub i64 %stop, {first}")
            fewer = w.emit(f"icmp slt i64 {left}, {block}")
            yield first, w.emit(f"select i1 {fewer}, i64 {left}, i64 {block}")

    def _position(self, tile: str) -> tuple[str, str, str]:
        """The image of a tile, and its row and column there."""
        w, word = self.w, self.words
        image = w.emit(f"sdiv i64 {tile}, {word['tiles']}")
        rest = w.emit(f"srem i64 {tile}, {word['tiles']}")
        row = w.emit(f"sdiv i64 {rest}, {word['across']}")
        return image, row, w.emit(f"srem i64 {rest}, {word['across']}")

    def _inputs(self, tile: str, number: str) -> None:
        """Transform the inputs of a tile, and note where its outputs go."""
        w, word = self.w, self.words
        position = self._position(tile)
        self._note(position, number)
        start, step = self._patch(position)
        line = w.multiply(w.multiply(number, word["channels"]), str(ITEM))
        target = w.offset(self.values, line)
        pixels = square(w, start, SIDE, (step, word["pixel"]))
        with self.tiles("channels", LANES) as (channel, _):
            along = w.multiply(channel, str(ITEM))
            patch = [
                [self.vector(w.offset(pixel, along), 0) for pixel in row]
                for row in pixels
            ]
            here = w.offset(target, along)
            for k, value in enumerate(along_both(w, KIND, patch, spread_inputs)):
                place = w.offset(here, w.multiply(str(k), word["values_place"]))
                w.line(f"store {KIND} {value}, ptr {place}, align {ITEM}")

    def _patch(self, position: tuple[str, str, str]) -> tuple[str, str]:
        """Return where a tile's inputs begin, and the bytes from row to row.

        Where some lie outside of the image, they are copied between zeros first.
        """
        w, word = self.w, self.words
        image, i, j = position
        x = self.pointer("x", w.multiply(image, word["x_image"]))
        top, first_row, last_row = self._range(i, word["top"], word["height"])
        left, first, last = self._range(j, word["left"], word["width"])
        start = w.offset(x, w.multiply(top, word["x_row"]))
        start = w.offset(start, w.multiply(left, word["pixel"]))
        wide = w.emit(f"sub i64 {last}, {first}")
        sides = w.emit(f"add i64 {wide}, {w.emit(f'sub i64 {last_row}, {first_row}')}")
        whole = w.emit(f"icmp eq i64 {sides}, {2 * SIDE}")
        patch_row = w.multiply(word["pixel"], str(SIDE))
        with w.loop("0", w.emit(f"select i1 {whole}, i64 0, i64 1")):
            everything = w.multiply(word["channels"], str(PLACES))
            with w.loop("0", everything, independent=True) as k:
                there = w.emit(f"getelementptr float, ptr {self.patch}, i64 {k}")
                w.store(literal(0, "float32"), there, "float32")
            count = w.multiply(wide, word["channels"])
            before = w.multiply(first, word["pixel"])
            source, target = (w.offset(p, before) for p in (start, self.patch))
            with w.loop(first_row, last_row) as row:
                here = w.offset(source, w.multiply(row, word["x_row"]))
                there = w.offset(target, w.multiply(row, patch_row))
                self.copy_floats(here, there, count)
        start = w.emit(f"select i1 {whole}, ptr {start}, ptr {self.patch}")
        return start, w.emit(f"select i1 {whole}, i64 {word['x_row']}, i64 {patch_row}")

    def _range(self, tile: str, before: str, size: str) -> tuple[str, str, str]:
        """Where a tile begins on an axis, and which of its inputs there are."""
        w = self.w
        start = w.emit(f"sub i64 {w.multiply(tile, str(STEP))}, {before}")
        first = self._within(w.emit(f"sub i64 0, {start}"))
        return start, first, self._within(w.emit(f"sub i64 {size}, {start}"))

    def _within(self, value: str) -> str:
        """Return a value, or the end of 0 to `SIDE` that it lies beyond."""
        for comparison, limit in (("slt", 0), ("sgt", SIDE)):
            beyond = self.w.emit(f"icmp {comparison} i64 {value}, {limit}")
            value = self.w.emit(f"select i1 {beyond}, i64 {limit}, i64 {value}")
        return value

    def _note(self, position: tuple[str, str, str], number: str) -> None:
        """Keep the addresses of a tile's outputs; those too many go where none is."""
        w, word = self.w, self.words
        image, i, j = position
        start = w.multiply(image, word["y_image"])
        if self.pooled:
            start = w.emit(f"add i64 {start}, {w.multiply(i, word['y_row'])}")
            start = w.emit(f"add i64 {start}, {w.multiply(j, word['y_pixel'])}")
            places = [self.pointer("y", start)]
            if self.indexed:
                start = w.emit(f"sdiv i64 {start}, {ITEM}")
                places.append(self.pointer("index", start))
        else:
            y, unused = self.pointer("y", start), self.pointer("unused", "0")
            places = []
            for row, high in self._outputs_along(i, "out_height", "y_row"):
                for column, wide in self._outputs_along(j, "out_width", "y_pixel"):
                    exists = w.emit(f"and i1 {high}, {wide}")
                    place = w.offset(w.offset(y, row), column)
                    place = f"select i1 {exists}, ptr {place}, ptr {unused}"
                    places.append(w.emit(place))
        for place, there in zip(places, self._notes(number)):
            w.line(f"store ptr {place}, ptr {there}, align 8")

    def _outputs_along(self, tile: str, size: str, step: str) -> list[tuple[str, str]]:
        """For a tile's outputs along an axis, how far off they are, and if at all."""
        w, word = self.w, self.words
        first = w.multiply(tile, str(STEP))
        places = [w.emit(f"add i64 {first}, {k}") for k in range(STEP)]
        return [
            (
                w.multiply(place, word[step]),
                w.emit(f"icmp slt i64 {place}, {word[size]}"),
            )
            for place in places
        ]

    def _notes(self, number: str) -> list[str]:
        """Where the addresses of a tile's outputs are kept."""
        first = self.w.offset(self.noted, self.w.multiply(number, str(NOTED)))
        count = 1 + self.indexed if self.pooled else STEP * STEP
        return [self.w.offset(first, str(8 * k)) for k in range(count)]

    def _after(self, tile: str) -> str:
        """Return where the inputs begin that a tile sees, but none of those before."""
        w, word = self.w, self.words
        image, i, j = self._position(tile)
        row = w.emit(f"add i64 {w.multiply(i, str(STEP))}, {STEP}")
        row = w.emit(f"sub i64 {row}, {word['top']}")
        x = self.pointer("x", w.multiply(image, word["x_image"]))
        x = w.offset(x, w.multiply(row, word["x_row"]))
        return w.offset(x, w.multiply(j, w.multiply(word["pixel"], str(STEP * STEP))))

    def _ask_for_inputs(self, product: str, start: str) -> None:
        """Have some of the inputs of the next block come into the second cache."""
        place = self.w.offset(start, self.w.multiply(product, self.words["ahead"]))
        for k in range(_AHEAD):
            self.w.prefetch(self.w.offset(place, str(k * _LINE)), False)

    def _ask_for_outputs(self, product: str, count: str, column: str) -> None:
        """Have the memory of a tile's outputs come into the cache."""
        w = self.w
        last = w.emit(f"sub i64 {count}, 1")
        beyond = w.emit(f"icmp sgt i64 {product}, {last}")
        number = w.emit(f"select i1 {beyond}, i64 {last}, i64 {product}")
        along = w.multiply(column, str(ITEM))
        for place in self._notes(number)[: 1 if self.pooled else None]:
            target = w.emit(f"load ptr, ptr {place}, align 8")
            w.prefetch(w.offset(target, along), True)

    def _product(self, panel: str, place: str, group: str) -> None:
        """Multiply the inputs of some tiles with a panel of the kernel at a place."""
        w, word = self.w, self.words
        values = w.offset(self.values, w.multiply(place, word["values_place"]))
        weights = panel_place(w, word["channels"])
        weights = w.offset(panel, w.multiply(place, weights))
        products = w.offset(self.products, w.multiply(place, str(COLUMNS * ITEM)))
        length = w.multiply(word["channels"], str(ITEM))
        first = w.multiply(group, str(LINES))
        starts = [w.offset(values, w.multiply(first, length))]
        for _ in range(1, LINES):
            starts.append(w.offset(starts[-1], length))
        self.clear()
        with w.loop("0", word["channels"]) as k:
            here = w.offset(weights, w.multiply(k, str(COLUMNS * ITEM)))
            vectors = [self.vector(here, number) for number in range(VECTORS)]
            along = w.multiply(k, str(ITEM))
            self.add_products([w.offset(start, along) for start in starts], vectors)
        target = w.offset(products, w.multiply(first, str(PRODUCTS)))
        for line, totals in enumerate(self.totals):
            for k, total in enumerate(totals):
                value = w.emit(f"load {KIND}, ptr {total}, align 32")
                there = w.offset(target, str(line * PRODUCTS + k * LANES * ITEM))
                w.line(f"store {KIND} {value}, ptr {there}, align {ITEM}")

    def _outputs(self, column: str, number: str) -> None:
        """Transform the products of a tile to its outputs."""
        w = self.w
        here = w.offset(self.products, w.multiply(number, str(PRODUCTS)))
        targets = [
            w.emit(f"load ptr, ptr {place}, align 8") for place in self._notes(number)
        ]
        along = w.multiply(column, str(ITEM))
        for k in range(VECTORS):
            patch = [
                [self.vector(here, (SIDE * i + j) * VECTORS + k) for j in range(SIDE)]
                for i in range(SIDE)
            ]
            results = along_both(w, KIND, patch, gathered)
            if self.pooled:
                value, index = self.largest(results)
                results = [value]
                if self.indexed:
                    place = w.offset(w.offset(targets[1], column), str(k * LANES))
                    w.line(f"store {BYTES} {index}, ptr {place}, align 1")
            for value, target in zip(results, targets):
                place = w.offset(w.offset(target, along), str(k * LANES * ITEM))
                w.line(f"store {KIND} {value}, ptr {place}, align {ITEM}")


@lru_cache(maxsize=3)
def function(pooled: bool, indexed: bool) -> int:
    """Return the address of the convolution; its words are `WORDS`.

    Args:
        pooled: Whether only the largest of a tile's outputs is wanted.
        indexed: Whether its place is wanted, too.
    """
    return loops.compiled(_Convolution(pooled, indexed).source())
