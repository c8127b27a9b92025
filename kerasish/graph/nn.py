"""The names of `tf.nn`."""

from kerasish.graph.absent import hint_of
from kerasish.lazy import attach

_HOMES = {
    "convolutions": (
        "atrous_conv2d", "avg_pool", "avg_pool3d", "conv1d", "conv2d",
        "conv2d_transpose", "conv3d", "conv3d_transpose", "convolution",
        "depthwise_conv2d", "max_pool", "max_pool3d", "separable_conv2d",
    ),
    "mathematics": ("log_sigmoid", "sigmoid", "tanh"),
    "reductions": ("zero_fraction",),
    "activations": (
        "crelu", "elu", "leaky_relu", "log_softmax", "relu", "relu6", "selu", "softmax",
        "softplus", "softsign", "swish",
    ),
    "normalizations": (
        "batch_normalization", "fused_batch_norm", "l2_normalize",
        "local_response_normalization", "lrn", "moments",
    ),
    "crossentropies": (
        "ctc_loss", "sigmoid_cross_entropy_with_logits",
        "softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits_v2",
        "sparse_softmax_cross_entropy_with_logits",
        "weighted_cross_entropy_with_logits",
    ),
    "neural": (
        "bias_add", "dropout", "embedding_lookup", "in_top_k", "l2_loss", "relu_layer",
        "top_k", "xw_plus_b",
    ),
    "sampling": (
        "log_uniform_candidate_sampler", "nce_loss", "sampled_softmax_loss",
        "uniform_candidate_sampler",
    ),
    "recurrent": (
        "bidirectional_dynamic_rnn", "dynamic_rnn", "static_bidirectional_rnn",
        "static_rnn",
    ),
}  # fmt: skip
__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        name: f"kerasish.graph.{module}"
        for module, names in _HOMES.items()
        for name in names
    }
    | {"rnn_cell": "kerasish.graph.rnn_cell:"},
    hint_of("tf.nn"),
)
