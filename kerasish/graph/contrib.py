"""The names of `tf.contrib` that old programs use most."""

from types import SimpleNamespace

from kerasish.graph import averages, cells, contrib_layers, recurrent

layers = contrib_layers
framework = SimpleNamespace(
    get_global_step=averages.get_global_step,
    get_or_create_global_step=averages.get_or_create_global_step,
)
rnn = SimpleNamespace(
    **{
        name: getattr(cells, name)
        for name in (
            "BasicLSTMCell", "BasicRNNCell", "DropoutWrapper", "GRUCell", "LSTMCell",
            "LSTMStateTuple", "MultiRNNCell", "OutputProjectionWrapper", "RNNCell",
            "ResidualWrapper",
        )
    },
    static_rnn=recurrent.static_rnn,
    static_bidirectional_rnn=recurrent.static_bidirectional_rnn,
)  # fmt: skip
