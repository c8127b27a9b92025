"""The functions of `tf.summary`: what TensorBoard shows."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from kerasish.callbacks import event_messages as messages
from kerasish.callbacks.event_file import EventFile
from kerasish.errors import ShapeError
from kerasish.graph.absent import refusal
from kerasish.graph.constants import apply_on_host
from kerasish.graph.current_graph import add_to_collections, get_collection
from kerasish.graph.documentation import example
from kerasish.graph.graphs import GraphKeys
from kerasish.graph.state import get_default_graph
from kerasish.graph.tensors import Tensor

__all__ = [
    "FileWriter", "audio", "histogram", "image", "merge", "merge_all", "scalar", "text",
]  # fmt: skip
__getattr__ = refusal(__name__, "tf.summary")
_NOT_IN_NAMES = re.compile(r"[^-/\w.]")


def _added(
    name: str, encode: Any, collections: Any, family: str | None, *tensors: Any
) -> Tensor:
    name = _NOT_IN_NAMES.sub("_", name).lstrip("/")
    tag = get_default_graph().unique_name(name, mark_as_used=False)
    tag = f"{family}/{tag}" if family else tag
    result = apply_on_host(
        name, lambda session, *values: encode(tag, *values), *tensors, dtype="string"
    )
    add_to_collections(collections or [GraphKeys.SUMMARIES], result)
    return result


def scalar(
    name: str, tensor: Any, collections: Any = None, family: str | None = None
) -> Tensor:
    """Return the summary of a number, as encoded bytes.

    Args:
        name: The name of the curve.
        tensor: A number.
        collections: Collections that it joins; that of the summaries for `None`.
        family: A prefix of the name.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     summary = sess.run(tf.summary.scalar("loss", 0.5))
    >>> b"loss" in summary
    True
    """

    def encode(tag: str, value: Any) -> bytes:
        return messages.scalar_value(tag, float(np.asarray(value).reshape(())))

    return _added(name, encode, collections, family, tensor)


@example(
    'b"weights" in summary', "True",
    'summary = sess.run(tf.summary.histogram("weights", [1.0, 2.0]))', run=False,
)  # fmt: skip
def histogram(
    name: str, values: Any, collections: Any = None, family: str | None = None
) -> Tensor:
    """Return the summary of many numbers: how often which sizes occur.

    Args:
        name: See `scalar`.
        values: A tensor.
        collections: See `scalar`.
        family: See `scalar`.
    """
    return _added(name, messages.histogram_value, collections, family, values)


@example(
    'b"digits/image/0" in summary', "True",
    'summary = sess.run(tf.summary.image("digits", tf.zeros([2, 8, 8, 1])))', run=False,
)  # fmt: skip
def image(
    name: str,
    tensor: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """Return the summary of pictures.

    Args:
        name: See `scalar`.
        tensor: `(batch, height, width, channels)`; floats are scaled to bytes.
        max_outputs: How many pictures there are at most.
        collections: See `scalar`.
        family: See `scalar`.
    """

    def encode(tag: str, value: np.ndarray) -> bytes:
        return b"".join(
            messages.image_value(label, _bytes_of(pixels))
            for label, pixels in _labelled(f"{tag}/image", value, max_outputs)
        )

    return _added(name, encode, collections, family, tensor)


def _labelled(tag: str, values: np.ndarray, most: int) -> list[tuple[str, np.ndarray]]:
    # The place of one of several is told even where there turns out to be one.
    return [
        (tag if most == 1 else f"{tag}/{place}", value)
        for place, value in enumerate(values[:most])
    ]


def _bytes_of(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype == np.uint8:
        return pixels
    low, high = float(pixels.min()), float(pixels.max())
    if low >= 0:
        return (pixels * (255.0 / high if high else 0.0)).astype("uint8")
    # Zero stays in the middle.
    largest = max(abs(low), abs(high))
    return (pixels * (127.0 / largest) + 128.0).astype("uint8")


@example(
    'b"noise/audio/0" in summary', "True",
    'summary = sess.run(tf.summary.audio("noise", tf.zeros([2, 100]), 8000.0))',
    run=False,
)  # fmt: skip
def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """Return the summary of sounds.

    Args:
        name: See `scalar`.
        tensor: Floats `(batch, samples)` or `(batch, samples, channels)` from -1 to 1.
        sample_rate: Samples a second.
        max_outputs: How many sounds there are at most.
        collections: See `scalar`.
        family: See `scalar`.

    Raises:
        ShapeError: If the tensor that is summarised has another number of axes.
    """

    def encode(tag: str, value: np.ndarray, rate: np.ndarray) -> bytes:
        if value.ndim not in (2, 3):
            raise ShapeError(
                f"The summary {name!r} takes sounds (batch, samples) or (batch, "
                f"samples, channels).\nReceived: a tensor of shape {value.shape}"
            )
        sounds = value if value.ndim == 3 else value[..., None]
        return b"".join(
            messages.sound_value(label, sound, float(rate))
            for label, sound in _labelled(f"{tag}/audio", sounds, max_outputs)
        )

    return _added(name, encode, collections, family, tensor, sample_rate)


@example(
    'b"hello" in summary', "True",
    'summary = sess.run(tf.summary.text("note", tf.constant("hello")))', run=False,
)  # fmt: skip
def text(name: str, tensor: Any, collections: Any = None) -> Tensor:
    """Return the summary of a text.

    Args:
        name: See `scalar`.
        tensor: A text.
        collections: See `scalar`.
    """

    def encode(tag: str, value: Any) -> bytes:
        content = value if isinstance(value, bytes) else np.asarray(value).item()
        return messages.text_value(tag, content.decode())

    return _added(name, encode, collections, None, tensor)


@example(
    'b"a" in summary and b"b" in summary', "True",
    "parts = [tf.summary.scalar(name, 0.5) for name in 'ab']",
    "summary = sess.run(tf.summary.merge(parts))", run=False,
)  # fmt: skip
def merge(inputs: Any, collections: Any = None, name: str | None = None) -> Tensor:
    """Return several summaries as one.

    Args:
        inputs: Summaries.
        collections: Collections that it joins.
        name: A name.
    """
    result = apply_on_host(
        "MergeSummary", lambda session, *parts: b"".join(parts), *inputs, name=name
    )
    if collections:
        add_to_collections(collections, result)
    return result


@example(
    'b"loss" in summary', "True", "_ = tf.summary.scalar('loss', 0.5)",
    "summary = sess.run(tf.summary.merge_all())", run=False,
)  # fmt: skip
def merge_all(key: str = GraphKeys.SUMMARIES, scope: str | None = None) -> Any:
    """Return all summaries of a collection as one, `None` if there are none.

    Args:
        key: The name of the collection.
        scope: What their names begin with.
    """
    found = get_collection(key, scope)
    return merge(found) if found else None


class FileWriter:
    """Writes summaries to a file that TensorBoard reads.

    Args:
        logdir: The folder.
        graph: A graph to write, or `None`.
        max_queue: Kept for the signature.
        flush_secs: Kept for the signature.
        graph_def: Kept for the signature.
        filename_suffix: Kept for the signature.

    Example:

    >>> writer = FileWriter("logs")
    >>> writer.add_summary(messages.scalar_value("loss", 0.5), 1)
    >>> writer.close()
    """

    def __init__(
        self,
        logdir: str,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
    ) -> None:
        self._logdir = str(logdir)
        self._file = EventFile(self._logdir)
        if graph is not None:
            self.add_graph(graph)

    def get_logdir(self) -> str:
        """Return the folder."""
        return self._logdir

    def add_summary(self, summary: bytes, global_step: Any = None) -> None:
        """Write a summary.

        Args:
            summary: What running a summary gave.
            global_step: The number of the step.
        """
        self._file.add_summary(summary, 0 if global_step is None else int(global_step))

    def add_graph(self, graph: Any, global_step: Any = None) -> None:
        """Write a graph.

        Args:
            graph: The graph, or what its `as_graph_def` returned.
            global_step: Kept for the signature.
        """
        listed = graph.as_graph_def() if hasattr(graph, "as_graph_def") else graph
        nodes = [(node.name, node.op, node.input) for node in listed.node]
        self._file.add_graph(messages.graph(nodes))

    def add_run_metadata(
        self, run_metadata: Any, tag: str, global_step: Any = None
    ) -> None:
        """Accept the metadata of a run, of which there are none.

        Args:
            run_metadata: Kept for the signature.
            tag: Kept for the signature.
            global_step: Kept for the signature.
        """

    def flush(self) -> None:
        """Make what was written readable."""
        self._file.flush()

    def reopen(self) -> None:
        """Go on in a new file."""
        self._file = EventFile(self._logdir)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
