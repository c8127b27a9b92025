"""Calls of Keras 2's backend functions, as text, and the arrays that they use."""

import numpy as np


def array(*shape, low=-1.0, high=1.0):
    count = int(np.prod(shape))
    # An irregular order without a random generator, so that it is the same everywhere.
    places = (np.arange(count) * 7919) % max(count, 1)
    values = low + (high - low) * (places + 0.5) / max(count, 1)
    return values.reshape(shape).astype("float32")


V = array(6)
M = array(3, 4)
N = array(3, 4, low=0.05, high=0.95)
D = array(4, 2, low=-2.0, high=3.0).astype("float64")
T = array(2, 3, 4)
S = array(2, 4, 3)
I4 = array(2, 5, 6, 3)
I4F = array(2, 3, 5, 6)
I5 = array(1, 4, 5, 3, 2)
SEQ = array(2, 7, 3)
K1 = array(3, 3, 4)
K2 = array(3, 2, 3, 4)
K3 = array(2, 2, 2, 2, 3)
D2 = array(2, 3, 3, 2)
P2 = array(1, 1, 6, 4)
KT2 = array(3, 2, 4, 3)
KT3 = array(2, 2, 2, 3, 2)
B = np.array([[True, False, True, True], [False] * 4, [True] * 4])
LABELS = np.array([1, 0, 3], dtype="int64")
ONE_HOT = np.eye(4, dtype="float32")[[1, 0, 3]]
PROBS = N / N.sum(axis=1, keepdims=True)
LK1 = array(5, 9, 2)
LK1S = array(3, 9, 2)
LK2 = array(20, 12, 2)
LK2S = array(6, 12, 2)
CTC_Y = array(2, 6, 5, low=0.05, high=1.0)
CTC_Y = CTC_Y / CTC_Y.sum(axis=-1, keepdims=True)
CTC_LABELS = np.array([[0, 1, 2], [3, 3, 0]])
CTC_T = np.array([[6], [5]])
CTC_L = np.array([[3], [2]])
GRID = array(1, 2, 2, 1)
MASK = np.array([[True, True, False], [False, True, True]])
W = array(4, 4)
C4, C3 = array(4), array(3)
POS4, POS3 = array(4, low=0.5, high=2.0), array(3, low=0.5, high=2.0)


def step(K, weights, output_scale=1.0):
    """A step function of `K.rnn`: a plain recurrent cell."""

    def run(x, states):
        new = K.tanh(x + K.dot(states[0], K.constant(weights)))
        return new * output_scale, [new]

    return run


def step_with_constants(K):
    """A step function that is given a constant after its states."""

    def run(x, states):
        new = states[0] + x * states[1]
        return new, [new]

    return run


REDUCTIONS = [
    f"K.{name}(c(M){options})"
    for name in ("sum", "prod", "mean", "max", "min", "var", "std")
    for options in ("", ", axis=0", ", axis=[0, 1]", ", axis=-1, keepdims=True")
]
REDUCTIONS += [
    f"K.{name}(c(B){options})"
    for name in ("any", "all", "mean")
    for options in ("", ", axis=0", ", axis=1, keepdims=True")
]
ELEMENTS = [
    f"K.{name}(c({value}))"
    for value in "MTD"
    for name in (
        "abs square exp sin cos round sign sigmoid hard_sigmoid tanh softplus "
        "softsign elu relu sqrt flatten batch_flatten transpose ones_like zeros_like "
        "expand_dims shape argmax argmin softmax cumsum cumprod l2_normalize"
    ).split()
]
PAIRS = [
    f"K.{name}({values})"
    for values in ("c(M), c(N)", "c(T), 0.25", "c(M), c(C4)", "c(D), c(D)[:1]")
    for name in (
        "maximum minimum equal not_equal greater greater_equal less less_equal"
    ).split()
]
CASES = [
    *ELEMENTS,
    *REDUCTIONS,
    *PAIRS,
    "K.log(c(N))",
    "K.log(c(POS4))",
    "K.log(c(D) + 2.5)",
    "K.gather(c(D), c(np.array([[3], [-0]])))",
    "K.in_test_phase(c(M), c(N), training=1)",
    "K.in_test_phase(lambda: c(M), lambda: c(N), training=False)",
    "K.in_train_phase(lambda: c(M), lambda: c(N), training=1)",
    "K.one_hot(c(np.array([3, -1, 1])), 2)",
    "K.ones((1, 2, 2), dtype='float64')",
    "K.ones(())",
    "K.ones_like(c(LABELS))",
    "K.ones_like(c(D), 'bool')",
    "K.repeat(c(D), 3)",
    "K.zeros((3,), dtype='bool')",
    "K.zeros((0, 2))",
    "K.zeros_like(c(LABELS))",
    "K.zeros_like(c(T), dtype='float64')",
    "K.pow(c(N), 3)",
    "K.pow(c(N), 0.5)",
    "K.pow(c(N), c(M))",
    "K.clip(c(M), -0.5, 0.25)",
    "K.clip(c(M), None, 0.25)",
    "K.clip(c(M), 0.5, -0.25)",
    "K.relu(c(M), alpha=0.2)",
    "K.relu(c(M), max_value=0.5)",
    "K.relu(c(M), alpha=0.1, max_value=0.6, threshold=0.2)",
    "K.elu(c(M), alpha=0.5)",
    "K.elu(c(T), 2.0)",
    "K.softmax(c(T), axis=1)",
    "K.softmax(c(T), axis=-1)",
    "K.cumsum(c(M), axis=1)",
    "K.cumsum(c(T), axis=-1)",
    "K.cumprod(c(M), axis=1)",
    "K.cumprod(c(T), axis=-1)",
    "K.argmax(c(M), axis=0)",
    "K.argmax(c(T), axis=1)",
    "K.argmin(c(M), axis=0)",
    "K.argmin(c(T), axis=1)",
    "K.l2_normalize(c(M), axis=1)",
    "K.l2_normalize(c(T), axis=[1, 2])",
    "K.cast(c(M) * 3, 'int32')",
    "K.cast(c(B), 'float32')",
    "K.cast(c(M), 'bool')",
    "K.dot(c(M), c(W))",
    "K.dot(c(T), c(W))",
    "K.dot(c(M), c(S))",
    "K.batch_dot(c(T), c(S))",
    "K.batch_dot(c(T), c(T), axes=2)",
    "K.batch_dot(c(T), c(S), axes=(1, 2))",
    "K.batch_dot(c(M), c(N))",
    "K.batch_dot(c(M), c(N), axes=1)",
    "K.batch_dot(c(T), c(T)[:, 0], axes=(2, 1))",
    "K.batch_dot(c(M)[:2], c(S), axes=1)",
    "K.batch_dot(c(I4), c(T), axes=(3, 1))",
    "K.bias_add(c(I4), c(C3))",
    "K.bias_add(c(I4F), c(C3), data_format='channels_first')",
    "K.bias_add(c(I4), c(I4)[0])",
    "K.bias_add(c(I4F), c(I4)[0], data_format='channels_first')",
    "K.bias_add(c(SEQ), c(C3))",
    "K.bias_add(c(M), c(C4))",
    "K.reshape(c(T), (4, -1))",
    "K.reshape(c(T), [2, 12])",
    "K.reshape(c(T), (-1,))",
    "K.permute_dimensions(c(T), (0, 2, 1))",
    "K.permute_dimensions(c(T), [2, 0, 1])",
    "K.permute_dimensions(c(M), (1, 0))",
    "K.concatenate([c(M), c(N)])",
    "K.concatenate([c(M), c(N)], axis=0)",
    "K.concatenate([c(T), c(T), c(T)], axis=1)",
    "K.stack([c(M), c(N)])",
    "K.stack([c(M), c(N)], axis=1)",
    "K.stack([c(M), c(N)], axis=-1)",
    "K.expand_dims(c(M), 0)",
    "K.expand_dims(c(M), 1)",
    "K.squeeze(K.expand_dims(c(M), 1), 1)",
    "K.squeeze(K.expand_dims(c(M)), -1)",
    "K.squeeze(K.expand_dims(c(M), 0), 0)",
    "K.tile(c(V), 2)",
    "K.tile(c(M), [2, 1])",
    "K.tile(c(M), (1, 3))",
    "K.repeat(c(M), 2)",
    "K.repeat(c(N), 1)",
    "K.repeat_elements(c(M), 2, 0)",
    "K.repeat_elements(c(M), 3, axis=1)",
    "K.repeat_elements(c(T), 2, 1)",
    "K.reverse(c(T), 1)",
    "K.reverse(c(T), [0, 2])",
    "K.reverse(c(M), (1,))",
    "K.gather(c(M), c(LABELS[:2]))",
    "K.gather(c(T), c(np.array([[1, 0], [0, 0]])))",
    "K.one_hot(c(LABELS), 4)",
    "K.one_hot(c(np.array([[0, 5], [2, 1]])), 3)",
    "K.arange(4)",
    "K.arange(2, 5)",
    "K.arange(1, 8, 3, 'float32')",
    "K.arange(-3)",
    "K.eye(3)",
    "K.eye(2, dtype='float64')",
    "K.eye(1, 'int32')",
    "K.constant(2, shape=(2, 2))",
    "K.constant([1, 2, 3], dtype='int32')",
    "K.constant([1, 2, 3, 4], shape=(2, 2))",
    "K.zeros((2, 1))",
    "K.ones((2,), dtype='int32')",
    "K.ones_like(c(M), dtype='int32')",
    "K.zeros_like(c(B))",
    "K.logsumexp(c(M))",
    "K.logsumexp(c(M), axis=1)",
    "K.logsumexp(c(T), axis=[0, 2], keepdims=True)",
    "K.in_top_k(c(PROBS), c(LABELS.astype('int32')), 1)",
    "K.in_top_k(c(PROBS), c(LABELS.astype('int32')), 2)",
    "K.in_top_k(c(PROBS), c(LABELS.astype('int32')), 3)",
    "K.switch(c(np.array(True)), lambda: c(M), lambda: c(N))",
    "K.switch(c(B), c(M), c(N))",
    "K.switch(c(np.array(False)), c(M), c(N))",
    "K.in_train_phase(c(M), c(N), training=True)",
    "K.in_train_phase(c(M), c(N), training=0)",
    "K.in_test_phase(c(M), c(N), training=0)",
    "K.temporal_padding(c(SEQ))",
    "K.temporal_padding(c(SEQ), (2, 0))",
    "K.temporal_padding(c(T), padding=(0, 1))",
    "K.spatial_2d_padding(c(I4))",
    "K.spatial_2d_padding(c(I4), ((1, 0), (2, 1)))",
    "K.spatial_2d_padding(c(I4F), ((1, 0), (0, 2)), 'channels_first')",
    "K.spatial_3d_padding(c(I5))",
    "K.spatial_3d_padding(c(I5), ((1, 0), (0, 1), (2, 0)))",
    "K.spatial_3d_padding(c(I5), ((0, 0), (1, 1), (0, 1)), 'channels_first')",
    "K.resize_images(c(I4), 2, 3, 'channels_last')",
    "K.resize_images(c(I4F), 2, 1, 'channels_first')",
    "K.resize_images(c(I4), 2, 2, 'channels_last', interpolation='bilinear')",
    "K.resize_volumes(c(I5), 2, 1, 2, 'channels_last')",
    "K.resize_volumes(c(I5), 1, 2, 1, 'channels_first')",
    "K.resize_volumes(c(I5), 1, 1, 1, 'channels_last')",
    "K.conv1d(c(SEQ), c(K1))",
    "K.conv1d(c(SEQ), c(K1), strides=2, padding='same')",
    "K.conv1d(c(SEQ), c(K1), padding='causal', dilation_rate=2)",
    "K.conv2d(c(I4), c(K2))",
    "K.conv2d(c(I4), c(K2), strides=(2, 1), padding='same')",
    "K.conv2d(c(I4), c(K2), padding='same', dilation_rate=(1, 2))",
    "K.conv3d(c(I5), c(K3))",
    "K.conv3d(c(I5), c(K3), strides=(1, 2, 1), padding='same')",
    "K.conv3d(c(I5), c(K3), dilation_rate=(2, 1, 1))",
    "K.conv2d_transpose(c(I4), c(KT2), (2, 7, 7, 4))",
    "K.conv2d_transpose(c(I4), c(KT2), (2, 10, 12, 4), (2, 2), 'same')",
    "K.conv2d_transpose(c(I4), c(KT2), (2, 9, 11, 4), (2, 2), 'same')",
    "K.conv2d_transpose(c(I4), c(KT2), (2, 12, 13, 4), strides=(2, 2))",
    "K.conv3d_transpose(c(I5), c(KT3), (1, 5, 6, 4, 3))",
    "K.conv3d_transpose(c(I5), c(KT3), (1, 8, 10, 6, 3), (2, 2, 2), 'same')",
    "K.conv3d_transpose(c(I5), c(KT3), (1, 4, 5, 3, 3), padding='same')",
    "K.depthwise_conv2d(c(I4), c(D2))",
    "K.depthwise_conv2d(c(I4), c(D2), strides=(2, 2), padding='same')",
    "K.depthwise_conv2d(c(I4), c(D2), padding='same', dilation_rate=(2, 1))",
    "K.separable_conv2d(c(I4), c(D2), c(P2))",
    "K.separable_conv2d(c(I4), c(D2), c(P2), strides=(2, 2), padding='same')",
    "K.separable_conv2d(c(I4), c(D2), c(P2), dilation_rate=(2, 2))",
    "K.pool2d(c(I4), (2, 2))",
    "K.pool2d(c(I4), (3, 2), strides=(2, 2), padding='same')",
    "K.pool2d(c(I4), (2, 2), (2, 2), 'same', pool_mode='avg')",
    "K.pool3d(c(I5), (2, 2, 2))",
    "K.pool3d(c(I5), (2, 2, 2), (2, 2, 2), 'same')",
    "K.pool3d(c(I5), (2, 3, 2), (1, 2, 1), pool_mode='avg')",
    "K.local_conv1d(c(SEQ), c(LK1), (3,), (1,))",
    "K.local_conv1d(c(SEQ), c(LK1S), (3,), (2,))",
    "K.local_conv1d(c(S), c(LK1)[:2], (3,), (1,))",
    "K.local_conv2d(c(I4), c(LK2), (2, 2), (1, 1), (4, 5))",
    "K.local_conv2d(c(I4), c(LK2S), (2, 2), (2, 2), (2, 3))",
    "K.local_conv2d(c(I4F), c(LK2), (2, 2), (1, 1), (4, 5), 'channels_first')",
    "K.batch_normalization(c(M), c(C4), c(POS4), c(C4), c(POS4))",
    "K.batch_normalization(c(M), c(C4), c(POS4), None, None, epsilon=0.1)",
    "K.batch_normalization(c(I4F), c(C3), c(POS3), c(C3), c(POS3), axis=1)",
    "K.normalize_batch_in_training(c(M), c(POS4), c(C4), [0])",
    "K.normalize_batch_in_training(c(SEQ), c(POS3), c(C3), [0, 1])",
    "K.normalize_batch_in_training(c(I4F), c(POS3), c(C3), [0, 2, 3], 0.1)",
    "K.categorical_crossentropy(c(ONE_HOT), c(PROBS))",
    "K.categorical_crossentropy(c(ONE_HOT), c(N))",
    "K.categorical_crossentropy(c(ONE_HOT), c(M), from_logits=True)",
    "K.categorical_crossentropy(c(ONE_HOT.T), c(PROBS.T), axis=0)",
    "K.sparse_categorical_crossentropy(c(LABELS), c(PROBS))",
    "K.sparse_categorical_crossentropy(c(LABELS), c(N))",
    "K.sparse_categorical_crossentropy(c(LABELS), c(M), from_logits=True)",
    "K.sparse_categorical_crossentropy(c(LABELS), c(PROBS), ignore_class=0)",
    "K.binary_crossentropy(c(ONE_HOT), c(N))",
    "K.binary_crossentropy(c(PROBS), c(N))",
    "K.binary_crossentropy(c(ONE_HOT), c(M), from_logits=True)",
    "K.binary_focal_crossentropy(c(ONE_HOT), c(N))",
    "K.binary_focal_crossentropy(c(ONE_HOT), c(N), True, alpha=0.3, gamma=1.5)",
    "K.binary_focal_crossentropy(c(ONE_HOT), c(M), from_logits=True)",
    "K.categorical_focal_crossentropy(c(ONE_HOT), c(PROBS))",
    "K.categorical_focal_crossentropy(c(ONE_HOT), c(N), alpha=0.5, gamma=1.0)",
    "K.categorical_focal_crossentropy(c(ONE_HOT), c(M), from_logits=True)",
    "K.ctc_batch_cost(c(CTC_LABELS), c(CTC_Y), c(CTC_T), c(CTC_L))",
    "K.ctc_batch_cost(c(CTC_LABELS), c(CTC_Y), c(CTC_T), c(CTC_L - 1))",
    "K.ctc_batch_cost(c(CTC_LABELS[:1]), c(CTC_Y[:1]), c(CTC_T[:1]), c(CTC_L[:1]))",
    "K.ctc_decode(c(CTC_Y), c(CTC_T[:, 0]))",
    "K.ctc_decode(c(CTC_Y), c(CTC_T[:, 0] - 2))",
    "K.ctc_decode(c(CTC_Y[:1]), c(CTC_T[:1, 0]), greedy=True)",
    "K.map_fn(lambda row: row * 2.0, c(M))",
    "K.map_fn(lambda row: K.sum(row), c(M))",
    "K.map_fn(lambda pair: pair[0] - pair[1], (c(M), c(N)), dtype='float32')",
    "K.foldl(lambda total, row: total * 0.5 + row, c(M))",
    "K.foldl(lambda total, row: total - row, c(M), initializer=c(C4))",
    "K.foldl(lambda total, x: total * x, c(V))",
    "K.foldr(lambda total, row: total * 0.5 + row, c(M))",
    "K.foldr(lambda total, row: total - row, c(M), initializer=c(C4))",
    "K.foldr(lambda total, x: total * x, c(V))",
    "K.rnn(step(K, W), c(T), [c(M[:2])])",
    "K.rnn(step(K, W), c(T), [c(M[:2])], go_backwards=True)",
    "K.rnn(step(K, W), c(T), [c(M[:2])], mask=c(MASK))",
    "K.rnn(step(K, W, 2.0), c(T), [c(M[:2])], True, c(MASK), unroll=True)",
    "K.rnn(step(K, W), c(T), [c(M[:2])], mask=c(MASK), zero_output_for_mask=True)",
    "K.rnn(step_with_constants(K), c(T), [c(M[:2])], constants=[c(C4)])",
    "K.rnn(step_with_constants(K), c(T), [c(M[:2])], True, None, [c(C4)], True)",
    "K.rnn(step(K, W), c(T), [c(N[:3])], time_major=True)",
    "K.rnn(step(K, W), c(T), [c(M[:2])], return_all_outputs=False)",
    "K.rnn(step(K, W), c(T), [c(M[:2])], unroll=True)",
]
