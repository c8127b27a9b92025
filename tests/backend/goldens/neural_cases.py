"""Expressions on activations, losses, normalisation, attention and loops.

Gradients are taken of the weighted sum of float32 results by each float32 input named.
"""

import numpy as np

_RNG = np.random.default_rng(11)


def _normal(*shape):
    return _RNG.normal(size=shape).astype("float32")


_PROBABILITIES = np.exp(_normal(3, 4))

INPUTS = {
    "x": np.float32([[-7.5, -2.2, -0.7, -0.1], [0.3, 0.8, 1.7, 4.4], [9, -20, 30, 2]]),
    "h": np.float16([[-2.5, 0.25], [1.5, 5.0]]),
    "y": _normal(2, 3, 4),
    "p": (_PROBABILITIES / _PROBABILITIES.sum(-1, keepdims=True)).astype("float32"),
    "e": np.float32([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]),
    "t": np.float32([[0, 0, 1, 0], [0.1, 0.2, 0.3, 0.4], [0, 0, 0, 1]]),
    "b": np.float32([[0, 1, 1, 0], [1, 0, 0.5, 1], [0, 0, 0, 1]]),
    "i": np.array([2, 0, 3], "int32"),
    "n": np.array([[2, 1, 0, 1], [3, 1, 1, 2]], "int32"),
    "g": np.float32([0.5, -1.0, 2.0, 1.5]),
    "v": np.float32([0.5, 1.0, 2.0, 0.1]),
    "z": np.float32([[0, 0, 0, 0], [1, 2, 2, 0]]),
    "q": _normal(2, 3, 4, 2),
    "k": _normal(2, 5, 4, 2),
    "w": _normal(2, 5, 2, 2),
    "m": _RNG.uniform(size=(2, 1, 3, 5)) > 0.4,
}

_ACTIVATIONS = (
    "relu relu6 leaky_relu elu selu celu gelu silu softplus softsign sigmoid "
    "hard_sigmoid hard_silu hard_tanh hard_shrink soft_shrink tanh_shrink log_sigmoid "
    "glu squareplus sparse_plus sparse_sigmoid softmax log_softmax"
).split()

CASES = [
    *(f"ops.{name}({x})" for name in _ACTIVATIONS for x in "xyh"),
    "ops.relu(i)",
    "ops.leaky_relu(x, negative_slope=0.7)",
    "ops.elu(x, alpha=0.3)",
    "ops.celu(x, alpha=2.0)",
    "ops.gelu(x, approximate=False)",
    "ops.glu(x, axis=1)",
    "ops.hard_shrink(x, threshold=1.0)",
    "ops.soft_shrink(x, threshold=1.0)",
    "ops.squareplus(x, b=1)",
    "ops.threshold(x, 0.5, -2.0)",
    "ops.softmax(y, axis=1)",
    "ops.softmax(y, axis=(0, 2))",
    "ops.log_softmax(y, axis=0)",
    "ops.binary_crossentropy(b, p)",
    "ops.binary_crossentropy(b, e)",
    "ops.binary_crossentropy(b, x, from_logits=True)",
    "ops.categorical_crossentropy(t, p)",
    "ops.categorical_crossentropy(t, e)",
    "ops.categorical_crossentropy(t, v * p)",
    "ops.categorical_crossentropy(t, x, from_logits=True)",
    "ops.categorical_crossentropy(t, p, axis=0)",
    "ops.sparse_categorical_crossentropy(i, p)",
    "ops.sparse_categorical_crossentropy(i, e)",
    "ops.sparse_categorical_crossentropy(i, x, from_logits=True)",
    "ops.moments(y, axes=[1])",
    "ops.moments(y, axes=[0, 2], keepdims=True)",
    "ops.batch_normalization(x, g, v, axis=-1)",
    "ops.batch_normalization(x, g, v, axis=-1, offset=v, scale=g, epsilon=0.1)",
    "ops.batch_normalization(y, p[:, 0], v[:3], axis=1)",
    "ops.layer_normalization(y)",
    "ops.layer_normalization(y, g, v)",
    "ops.layer_normalization(y, axis=(1, 2), epsilon=0.1)",
    "ops.layer_normalization(h)",
    "ops.rms_normalization(y)",
    "ops.rms_normalization(y, scale=g, axis=-1)",
    "ops.normalize(x)",
    "ops.normalize(z)",
    "ops.normalize(y, axis=0, order=1)",
    "ops.normalize(y, order=3)",
    "ops.psnr(x, p, 2.0)",
    "ops.dot_product_attention(q, k, k)",
    "ops.dot_product_attention(q, w, w)",
    "ops.dot_product_attention(q, k, k, is_causal=True)",
    "ops.dot_product_attention(q, k, k, mask=m, scale=0.3)",
    "ops.dot_product_attention(q, k, k, bias=ops.swapaxes(y, 1, 2)[..., None], mask=m)",
    "ops.scan(lambda c, s: (c * s + 1, c - s), g, x)",
    "ops.scan(lambda c, s: (c * s + 1, c - s), g, x, reverse=True)",
    "ops.scan(lambda c, _: (c * 2 + v, c), g, length=3)",
    "ops.fori_loop(1, 4, lambda s, c: c * v, g)",
    "ops.map(lambda s: s * s, x)",
    "ops.vectorized_map(lambda s: s * g, x)",
    "ops.associative_scan(lambda a, c: a * c, p, axis=1)",
    "ops.associative_scan(lambda a, c: a + c, x, reverse=True)",
    "ops.switch(2, [lambda a: a, lambda a: a * a], x)",
    "ops.stop_gradient(x) * p",
]
