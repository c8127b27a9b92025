"""A combination of fetches and feeds, run again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.backend.devices import current_device
from kerasish.errors import ShapeError
from kerasish.graph.compilation import Compilation, needed_operations
from kerasish.graph.errors import FailedPreconditionError, InvalidArgumentError
from kerasish.graph.tensors import Operation, Tensor
from kerasish.graph.variables import Storage


class Run:
    """A combination of fetches and feeds, compiled.

    Attributes:
        flexible: Which feeds have an unknown rank.
        plans: A compilation for each combination of their ranks.
        has_other_keys: Whether feeds are given by name or in tuples.
    """

    def __init__(self, session: Any, fetches: Any, feeds: Sequence[Tensor]) -> None:
        self.session = session
        self.feeds = list(feeds)
        self.leaves: list[Any] = []
        self.pack = self._packer(fetches)
        tensors = [leaf for leaf in self.leaves if isinstance(leaf, Tensor)]
        self.operations = [x for x in self.leaves if isinstance(x, Operation)]
        running = needed_operations(self.leaves, set(feeds).__contains__)
        hosts = [op for op in running if op.on_host]
        inner = {t for op in running if not op.on_host for t in op.inputs}
        self.early = [op for op in hosts if any(t in inner for t in op.outputs)]
        self.late = [op for op in hosts if op not in self.early]
        texts = [t for op in self.late for t in op.inputs]
        host_made = {t for op in self.late for t in op.outputs}
        wanted = dict.fromkeys([*tensors, *texts])
        self.tensors = [t for t in wanted if t not in host_made and t.dtype != "string"]
        self.operations = [op for op in self.operations if not op.on_host]
        self.flexible = [
            i for i, t in enumerate(self.feeds) if t.stored is None
        ]  # fmt: skip
        self.plans: dict[Any, Compilation] = {}
        self.has_hosts = bool(hosts)
        self.has_other_keys = False
        self.plain: Compilation | None = None
        self.places = {t: i for i, t in enumerate(self.tensors)}

    def _packer(self, fetches: Any) -> Callable:
        graph = self.session.graph
        if isinstance(fetches, (list, tuple)):
            parts = [self._packer(item) for item in fetches]
            kind = type(fetches)
            if hasattr(fetches, "_fields"):
                return lambda value: kind(*(part(value) for part in parts))
            return lambda value: kind([part(value) for part in parts])
        if isinstance(fetches, dict):
            named = {key: self._packer(item) for key, item in fetches.items()}
            return lambda value: {key: part(value) for key, part in named.items()}
        parts = getattr(fetches, "_fetched", None)
        if parts is not None:
            packers = [self._packer(part) for part in parts()]
            return lambda value: type(fetches).packed([p(value) for p in packers])
        if fetches is None:
            raise TypeError("Fetch argument None has invalid type NoneType")
        try:
            leaf = graph.as_graph_element(fetches)
        except TypeError:
            raise TypeError(
                f"Fetch argument {fetches!r} has invalid type "
                f"{type(fetches).__name__!r}, must be a string or Tensor."
            ) from None
        except (ValueError, KeyError) as error:
            raise ValueError(
                f"Fetch argument {fetches!r} cannot be interpreted as a Tensor. "
                f"({error})"
            ) from None
        self.leaves.append(leaf)
        return lambda value: value(leaf)

    def __call__(self, values: list) -> Any:
        if self.has_hosts:
            return self._run_with_host(values)
        if self.flexible:
            ranks = tuple([np.ndim(values[i]) for i in self.flexible])
            compilation = self.plans.get(ranks)
            if compilation is None:
                compilation = self.plans[ranks] = self._compiled(self.feeds, values)
        else:
            compilation = self.plain
            if compilation is None:
                compilation = self.plain = self._compiled(self.feeds, values)
        results = self._execute(compilation, values)
        return self.pack(self._found(results, {}))

    def _found(self, results: list, made: dict) -> Callable:
        places = self.places

        def value(leaf: Any) -> Any:
            if leaf in places:
                array = results[places[leaf]]
                return array[()] if not array.ndim else array
            return made.get(leaf)

        return value

    def _run_with_host(self, values: list) -> Any:
        feeds = list(self.feeds)
        values = [
            value if feed.dtype == "string" else np.asarray(value)
            for feed, value in zip(feeds, values)
        ]
        made: dict[Any, Any] = dict(zip(feeds, values))
        for operation in self.early:
            if all(tensor in made for tensor in operation.outputs):
                continue
            arrays = self.session._without_effects(operation.inputs, made)
            self._call(operation, arrays, made)
            for tensor in operation.outputs:
                feeds.append(tensor)
                values.append(made[tensor])
        kept = [i for i, t in enumerate(feeds) if t.dtype != "string"]
        feeds, values = [feeds[i] for i in kept], [values[i] for i in kept]
        key = tuple(np.ndim(v) for f, v in zip(feeds, values) if f.stored is None)
        compilation = self.plans.get(key)
        if compilation is None:
            compilation = self.plans[key] = self._compiled(feeds, values)
        results = self._execute(compilation, values)
        found = self._found(results, made)
        for operation in self.late:
            self._call(operation, [found(t) for t in operation.inputs], made)
        return self.pack(found)

    def _call(self, operation: Operation, arrays: list, made: dict) -> None:
        result = operation.function(self.session, *arrays)
        results = result if isinstance(result, list) else [result]
        for tensor, value in zip(operation.outputs, results):
            value = value if isinstance(value, bytes) else np.asarray(value)
            if isinstance(value, np.ndarray) and not value.ndim:
                value = value[()]
            made.setdefault(tensor, value)

    def _compiled(self, feeds: list[Tensor], values: list) -> Compilation:
        ranks = {feed: np.ndim(value) for feed, value in zip(feeds, values)}
        return Compilation(
            self.session, self.tensors, self.operations, ranks, self.session._writes
        )

    def _execute(self, compilation: Compilation, values: list) -> list:
        if compilation.reads:
            for variable in compilation.reads:
                if not variable.is_initialized:
                    raise FailedPreconditionError(
                        None,
                        variable.owner.op,
                        f"Attempting to use uninitialized value {variable.name}",
                    )
            compilation.reads = []
        try:
            results = compilation.function(*values)
        except ShapeError as error:
            _check_feeds(compilation.feeds, values)
            raise InvalidArgumentError(None, None, str(error)) from error
        if compilation.rows:
            _write_rows(compilation.rows, results[compilation.count :])
        if compilation.writes:
            for variable in compilation.writes:
                variable.is_initialized = True
            compilation.writes = []
        return results


def _write_rows(variables: Sequence[Storage], arrays: Sequence[np.ndarray]) -> None:
    device = current_device()
    for number, variable in enumerate(variables):
        places, rows = arrays[2 * number : 2 * number + 2]
        variable.on(device)[device.asarray(places)] = device.asarray(rows)


def _check_feeds(feeds: Sequence[Tensor], values: Sequence[Any]) -> None:
    for tensor, value in zip(feeds, values):
        shape = np.shape(value)
        if not tensor.shape.is_compatible_with(shape):
            raise ValueError(
                f"Cannot feed value of shape {shape} for Tensor {tensor.name!r}, which "
                f"has shape {str(tensor.shape)!r}"
            )
