"""The names of `tf.contrib` that old programs use most."""

from types import SimpleNamespace

from kerasish.graph import averages, contrib_layers, recurrent, rnn_cell

layers = contrib_layers
framework = SimpleNamespace(
    get_global_step=averages.get_global_step,
    get_or_create_global_step=averages.get_or_create_global_step,
)
rnn = SimpleNamespace(
    **{name: getattr(rnn_cell, name) for name in rnn_cell.__all__},
    static_rnn=recurrent.static_rnn,
    static_bidirectional_rnn=recurrent.static_bidirectional_rnn,
)
