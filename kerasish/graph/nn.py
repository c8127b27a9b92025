"""The names of `tf.nn`."""

from kerasish.lazy import attach

_HOMES = {
    "convolutions": (
        "atrous_conv2d", "avg_pool", "avg_pool3d", "conv1d", "conv2d",
        "conv2d_transpose", "conv3d", "conv3d_transpose", "convolution",
        "depthwise_conv2d", "max_pool", "max_pool3d", "separable_conv2d",
    ),
    "mathematics": (
        "log_sigmoid", "sigmoid", "softplus", "softsign", "tanh", "zero_fraction",
    ),
    "neural": (
        "batch_normalization", "bias_add", "crelu", "ctc_loss", "dropout", "elu",
        "embedding_lookup", "fused_batch_norm", "in_top_k", "l2_loss", "l2_normalize",
        "leaky_relu", "local_response_normalization", "log_softmax", "lrn", "moments",
        "relu", "relu6", "relu_layer", "selu", "sigmoid_cross_entropy_with_logits",
        "softmax", "softmax_cross_entropy_with_logits",
        "softmax_cross_entropy_with_logits_v2",
        "sparse_softmax_cross_entropy_with_logits", "swish", "top_k",
        "weighted_cross_entropy_with_logits", "xw_plus_b",
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
    | {"rnn_cell": "kerasish.graph.cells:"},
)
