"""The loop over images for a convolutional cell."""

from __future__ import annotations

from typing import Any

from kerasish.layers.input_spec import InputSpec
from kerasish.layers.recurrent.rnn import RNN


class ConvRNN2D(RNN):
    """Runs a convolutional cell over the time steps of sequences of images.

    Args:
        cell: A cell such as `ConvLSTM2DCell`, whose states are images.
        return_sequences: Whether the output has all time steps, or the last.
        return_state: Whether the last states are returned too.
        go_backwards: Whether time runs from the end; outputs come in that order.
        stateful: Whether the states of a batch go on in the next one.
        unroll: Whether the loop is written out, which fixes the number of steps.

    Call arguments: those of `RNN`, with `sequences` of shape
    `(batch, time, rows, columns, channels)`, or with the channels after the time.

    Output shape: that of the cell's output, with `return_sequences`
    `(batch, time, ...)`; with `return_state` a tuple of it and the states.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.ConvRNN2D(keras.layers.ConvLSTM2DCell(4, 2))
    >>> layer(keras.ops.ones((2, 3, 6, 6, 1))).shape
    (2, 5, 5, 4)
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, (list, tuple)):
            raise TypeError(
                "ConvRNN2D runs a single cell; stack layers instead of cells.\n"
                f"Received: cell={cell!r}"
            )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )
        self.input_spec = InputSpec(ndim=5)
