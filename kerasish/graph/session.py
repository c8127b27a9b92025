"""Sessions: they hold the values of variables, and run graphs."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.backend.devices import current_device
from kerasish.backend.seed_generator import make_default_seed
from kerasish.graph.runs import Run
from kerasish.graph.shapes import TensorShape
from kerasish.graph.state import get_default_graph, pushed, state
from kerasish.graph.tensors import Operation, Tensor
from kerasish.graph.variables import RandomState, Storage

_KEPT = 256


class ConfigProto:
    """Settings of sessions, accepted and kept: the engine has its own.

    Args:
        **settings: Any names and values.

    Example:

    >>> ConfigProto(log_device_placement=True).log_device_placement
    True
    """

    NO_TRACE, SOFTWARE_TRACE, HARDWARE_TRACE, FULL_TRACE = range(4)

    def __init__(self, **settings: Any) -> None:
        self.__dict__.update(settings)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        # Settings within settings, such as `config.gpu_options.allow_growth`.
        value = self.__dict__[name] = ConfigProto()
        return value


GPUOptions = GraphOptions = RunOptions = RunMetadata = OptimizerOptions = ConfigProto


class Session:
    """Holds values of variables and runs a graph.

    Args:
        target: Must be empty: everything runs in this process.
        graph: The graph; the default one for `None`.
        config: A `ConfigProto`, which is kept.

    Raises:
        ValueError: If there is a target.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.placeholder(tf.float32, [None])
    ...     print(sess.run(x * 2.0, feed_dict={x: [1.0, 2.0]}))
    [2. 4.]
    """

    def __init__(self, target: str = "", graph: Any = None, config: Any = None) -> None:
        if target:
            raise ValueError(f"Sessions run in this process.\nReceived: {target!r}")
        self.graph = graph or get_default_graph()
        self.config = config
        self.sess_str = ""
        self._variables: dict[Any, Storage] = {}
        self._runs: OrderedDict[Any, Run] = OrderedDict()
        self._closed = False
        self._writes = True
        self._contexts: list[contextlib.ExitStack] = []

    def run(
        self,
        fetches: Any,
        feed_dict: dict | None = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Compute tensors and run operations; each one runs at most once.

        Args:
            fetches: A tensor, operation or name, or a nested structure of them.
            feed_dict: Values of tensors, which take the place of what they would be
                computed from.
            options: Kept for the signature.
            run_metadata: Kept for the signature.

        Returns:
            NumPy arrays and scalars in the structure of the fetches; `None` for an
            operation.

        Raises:
            InvalidArgumentError: If a placeholder is needed that is not fed.
            FailedPreconditionError: If a variable is read that was not initialized.
            ValueError: If a value does not have the shape of the tensor it is fed to.
            TypeError: If something cannot be fetched or fed.
            RuntimeError: If the session is closed.
        """
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        feeds = feed_dict or {}
        try:
            kind = type(fetches)
            parts = tuple(fetches) if kind is list else fetches
            key = (kind, parts, *feeds, self._writes)
            run = self._runs.get(key)
        except TypeError:
            key, run = None, None
        if run is None:
            run, feeds = self._new_run(key, fetches, feeds)
        elif run.has_other_keys:
            feeds = self._standard_feeds(feeds)
        values = list(feeds.values())
        for tensor, value in feeds.items():
            if isinstance(value, Tensor):
                raise TypeError(
                    "The value of a feed cannot be a tf.Tensor object. Acceptable feed "
                    "values include Python scalars, strings, lists and numpy ndarrays."
                    f"\nReceived: {value!r} for {tensor!r}"
                )
        return run(values)

    def _new_run(self, key: Any, fetches: Any, feeds: dict) -> tuple[Run, dict]:
        standard = self._standard_feeds(feeds)
        # Equal structures of other kinds of lists must not be taken for this one.
        if key is None or not _is_flat(fetches):
            key = (_structure(fetches), *standard, self._writes)
            run = self._runs.get(key)
            if run is not None:
                return run, standard
        run = Run(self, fetches, list(standard))
        run.has_other_keys = list(standard) != list(feeds)
        self._runs[key] = run
        if len(self._runs) > _KEPT:
            self._runs.popitem(last=False)
        return run, standard

    def _standard_feeds(self, feeds: dict) -> dict[Tensor, Any]:
        standard: dict[Tensor, Any] = {}
        for key, value in feeds.items():
            if isinstance(key, tuple):
                standard.update(self._standard_feeds(dict(zip(key, value))))
                continue
            try:
                tensor = self.graph.as_graph_element(key, allow_operation=False)
            except (TypeError, ValueError, KeyError) as error:
                raise TypeError(
                    f"Cannot interpret feed_dict key as Tensor: {error}"
                ) from None
            standard[tensor] = value
        return standard

    def _without_effects(self, tensors: Sequence[Tensor], feeds: dict) -> list:
        outer, self._writes = self._writes, False
        try:
            return self.run(list(tensors), feeds) if tensors else []
        finally:
            self._writes = outer

    def make_callable(self, fetches: Any, feed_list: Sequence | None = None) -> Any:
        """Return a function that runs the same every time.

        Args:
            fetches: What to compute.
            feed_list: The tensors that its arguments are fed to.
        """
        feeds = list(feed_list or ())
        return lambda *values: self.run(fetches, dict(zip(feeds, values)))

    # Variables.

    def storage(self, variable: Any) -> Storage:
        """Return the engine's Variable of a variable.

        Args:
            variable: A variable of the graph.
        """
        found = self._variables.get(variable)
        if found is None:
            shape, dtype = variable.shape.as_list(), variable.dtype
            found = self._variables[variable] = Storage(variable, shape, dtype, True)
            if isinstance(variable, RandomState):
                seed = variable.seed
                seed = make_default_seed() if seed is None else seed
                self._put(found, np.array([seed, 0], "uint32"))
        return found

    def holds(self, variable: Any) -> bool:
        """Tell whether a variable has a value.

        Args:
            variable: A variable of the graph.
        """
        return variable in self._variables and self._variables[variable].is_initialized

    def load(self, variable: Any, value: Any) -> None:
        """Give a variable a value.

        Args:
            variable: A variable of the graph.
            value: An array of its shape.

        Raises:
            ValueError: If the shape differs.
        """
        array = np.asarray(value)
        if TensorShape(array.shape) != variable.shape:
            raise ValueError(
                f"Cannot load a value of shape {array.shape} into {variable.name!r} of "
                f"shape {variable.shape}"
            )
        self._put(self.storage(variable), array)

    def _put(self, storage: Storage, array: np.ndarray) -> None:
        device = current_device()
        storage.on(device)[...] = device.asarray(array.astype(storage.spec.dtype))
        storage.is_initialized = True

    @property
    def graph_def(self) -> Any:
        """A list of the operations of the graph; see `Graph.as_graph_def`."""
        return self.graph.as_graph_def()

    # Contexts.

    def as_default(self) -> contextlib.AbstractContextManager:
        """Make this the session of `eval` and `run` in a `with` block."""
        return pushed(state.sessions, self)

    def __enter__(self) -> Session:
        stack = contextlib.ExitStack()
        stack.enter_context(self.graph.as_default())
        stack.enter_context(self.as_default())
        self._contexts.append(stack)
        return self

    def __exit__(self, *exception: Any) -> None:
        self._contexts.pop().close()
        self.close()

    def close(self) -> None:
        """Forget the values of the variables."""
        self._closed = True
        self._variables.clear()
        self._runs.clear()


class InteractiveSession(Session):
    """A session that is the default one from the start, until it is closed.

    Args:
        target: Must be empty.
        graph: The graph; the default one for `None`.
        config: A `ConfigProto`, which is kept.

    Example:

    >>> import kerasish.graph as tf
    >>> sess = tf.InteractiveSession()
    >>> print(tf.constant(2.0).eval())
    2.0
    >>> sess.close()
    """

    def __init__(self, target: str = "", graph: Any = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        state.sessions.append(self)

    def close(self) -> None:
        """Forget the values of the variables."""
        super().close()
        if self in state.sessions:
            state.sessions.remove(self)


def _is_flat(fetches: Any) -> bool:
    parts = fetches if isinstance(fetches, (list, tuple)) else [fetches]
    return all(isinstance(part, (Tensor, Operation, str)) for part in parts)


def _structure(fetches: Any) -> Any:
    """A key for nested fetches."""
    if isinstance(fetches, (list, tuple)):
        return (type(fetches), *(_structure(item) for item in fetches))
    if isinstance(fetches, dict):
        return (dict, *((key, _structure(item)) for key, item in fetches.items()))
    return fetches
