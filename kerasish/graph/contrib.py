"""The names of `tf.contrib` that old programs use most."""

from types import SimpleNamespace
from typing import Any

from kerasish.graph import averages, contrib_layers, recurrent, rnn_cell
from kerasish.graph.absent import refusal

__getattr__ = refusal(__name__, "tf.contrib")


class _Names(SimpleNamespace):
    """A module of `tf.contrib`."""

    def __getattr__(self, name: str) -> Any:
        return refusal(__name__, f"tf.contrib.{self.called}")(name)


layers = contrib_layers
framework = _Names(
    called="framework",
    get_global_step=averages.get_global_step,
    get_or_create_global_step=averages.get_or_create_global_step,
)
rnn = _Names(
    **{name: getattr(rnn_cell, name) for name in rnn_cell.__all__},
    called="rnn",
    static_rnn=recurrent.static_rnn,
    static_bidirectional_rnn=recurrent.static_bidirectional_rnn,
)
