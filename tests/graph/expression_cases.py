"""Single expressions, as functions of the library, for stored results."""

import numpy as np

from tests.graph.golden_cases import numbers, positive

X, P, Y = numbers(3, 4), positive(3, 4, seed=1), numbers(3, 4, seed=2)
N = np.array([[3, -7, 5], [-2, 4, 9]], "int32")
M = np.array([[2, 3, -4], [5, -3, 2]], "int32")
B = np.array([[True, False, True], [False, False, True]])
SQUARE = (np.eye(3) * 2 + 0.3 * positive(3, 3, seed=4)).astype("float32")
SPD = (SQUARE @ SQUARE.T).astype("float32")
IDS = np.array([0, 0, 1, 3], "int32")
ROWS = numbers(4, 2, seed=6)

UNARY = """
    abs acosh asinh atan atanh ceil cos cosh erf erfc exp expm1 floor log log1p negative
    reciprocal rint round rsqrt sigmoid sign sin sinh sqrt square tan tanh is_finite
    is_nan
""".split()
BINARY = """
    add subtract multiply divide maximum minimum equal not_equal less less_equal greater
    greater_equal squared_difference atan2 div pow
""".split()
REDUCTIONS = """
    reduce_sum reduce_mean reduce_max reduce_min reduce_prod reduce_logsumexp
""".split()
EXPRESSIONS = {
    **{f"unary_{n}": lambda tf, n=n: getattr(tf, n)(_domain(n)) for n in UNARY},
    **{f"binary_{n}": lambda tf, n=n: getattr(tf, n)(P, Y[:1]) for n in BINARY},
    **{f"all_{n}": lambda tf, n=n: getattr(tf, n)(X) for n in REDUCTIONS},
    **{f"axis_{n}": lambda tf, n=n: getattr(tf, n)(X, 1) for n in REDUCTIONS},
    **{
        f"kept_{n}": lambda tf, n=n: getattr(tf, n)(X, [0], keep_dims=True)
        for n in REDUCTIONS
    },
    "mean_of_integers": lambda tf: tf.reduce_mean(N),
    "sum_of_integers": lambda tf: tf.reduce_sum(N, reduction_indices=[0]),
    "any": lambda tf: tf.reduce_any(B, 0),
    "all": lambda tf: tf.reduce_all(B, 1),
    "argmax": lambda tf: tf.argmax(X),
    "argmin": lambda tf: tf.argmin(X, 1),
    "argmax_int32": lambda tf: tf.argmax(X, dimension=1, output_type=tf.int32),
    "count_nonzero": lambda tf: tf.count_nonzero(N * 0 + B, 1),
    "div_of_integers": lambda tf: tf.div(N, M),
    "floordiv": lambda tf: tf.floordiv(N, M),
    "floormod": lambda tf: tf.floormod(N, M),
    "truediv_of_integers": lambda tf: tf.constant(N) / M,
    "operators": lambda tf: 1.0 - 2.0 / (tf.constant(P) ** 2.0 + 1.0) % 0.7,
    "logic": lambda tf: tf.logical_xor(tf.constant(B), ~tf.constant(B[:, ::-1])),
    "cumsum": lambda tf: tf.cumsum(X, 1),
    "cumsum_exclusive": lambda tf: tf.cumsum(X, 1, exclusive=True, reverse=True),
    "cumprod": lambda tf: tf.cumprod(X, 0),
    "cast": lambda tf: tf.cast(X * 3, tf.int32),
    "to_float": lambda tf: tf.to_float(N),
    "saturate_cast": lambda tf: tf.saturate_cast(N * 100, tf.uint8),
    "add_n": lambda tf: tf.add_n([X, P, Y]),
    "matmul": lambda tf: tf.matmul(X, Y, transpose_b=True),
    "matmul_stack": lambda tf: tf.matmul(numbers(2, 3, 4), numbers(2, 4, 2, seed=1)),
    "tensordot": lambda tf: tf.tensordot(X, numbers(2, 4), [[1], [1]]),
    "einsum": lambda tf: tf.einsum("ij,kj->ki", X, Y),
    "shape": lambda tf: tf.shape(X),
    "size": lambda tf: tf.size(X),
    "rank": lambda tf: tf.rank(X),
    "reshape": lambda tf: tf.reshape(X, [2, -1]),
    "transpose": lambda tf: tf.transpose(numbers(2, 3, 4), [2, 0, 1]),
    "expand_dims": lambda tf: tf.expand_dims(X, -1),
    "squeeze": lambda tf: tf.squeeze(numbers(1, 3, 1), [0]),
    "concat": lambda tf: tf.concat([X, Y], 1),
    "stack": lambda tf: tf.stack([X, Y], axis=1),
    "unstack": lambda tf: tf.unstack(X, axis=1)[2],
    "split": lambda tf: tf.split(X, [1, 3], 1)[1],
    "split_rest": lambda tf: tf.split(X, [1, -1], 1)[1],
    "split_number": lambda tf: tf.split(X, 2, axis=1)[0],
    "slice": lambda tf: tf.slice(X, [1, 0], [2, -1]),
    "strided_slice": lambda tf: tf.strided_slice(X, [0, 3], [3, 0], [2, -1]),
    "item": lambda tf: tf.constant(X)[1:, ::-2],
    "item_of_tensors": lambda tf: tf.constant(X)[tf.constant(1), ..., tf.newaxis],
    "gather": lambda tf: tf.gather(X, [[2, 0], [1, 1]]),
    "gather_axis": lambda tf: tf.gather(X, [3, 1], axis=1),
    "gather_nd": lambda tf: tf.gather_nd(X, [[0, 1], [2, 3]]),
    "scatter_nd": lambda tf: tf.scatter_nd([[1], [3], [1]], [5.0, 6.0, 7.0], [5]),
    "one_hot": lambda tf: tf.one_hot([2, 0, 5], 3),
    "one_hot_values": lambda tf: tf.one_hot([[2, 0]], 3, 5, -1, axis=0),
    "tile": lambda tf: tf.tile(X, [2, 1]),
    "pad": lambda tf: tf.pad(X, [[1, 0], [0, 2]]),
    "pad_tensor": lambda tf: tf.pad(X, tf.constant([[1, 0], [0, 2]])),
    "pad_reflect": lambda tf: tf.pad(X, [[1, 1], [2, 0]], "REFLECT"),
    "pad_symmetric": lambda tf: tf.pad(X, [[1, 1], [2, 0]], "SYMMETRIC"),
    "reverse": lambda tf: tf.reverse(X, [1]),
    "reverse_sequence": lambda tf: tf.reverse_sequence(
        X, [2, 4, 1], seq_axis=1, batch_axis=0
    ),
    "where": lambda tf: tf.where(X > 0, X, Y),
    "where_rows": lambda tf: tf.where([True, False, True], X, Y),
    "where_places": lambda tf: tf.where(X > 0),
    "boolean_mask": lambda tf: tf.boolean_mask(X, [True, False, True]),
    "sequence_mask": lambda tf: tf.sequence_mask([1, 3, 2]),
    "sequence_mask_float": lambda tf: tf.sequence_mask([1, 3], 5, tf.float32),
    "meshgrid": lambda tf: tf.meshgrid([1, 2, 3], [4, 5])[1],
    "fill": lambda tf: tf.fill([2, 3], 9),
    "zeros_like": lambda tf: tf.zeros_like(N),
    "ones": lambda tf: tf.ones([2], tf.int64),
    "constant_filled": lambda tf: tf.constant([1, 2], shape=[2, 3]),
    "range": lambda tf: tf.range(3, 18, 3),
    "range_floats": lambda tf: tf.range(2.0),
    "linspace": lambda tf: tf.linspace(1.0, 2.0, 5),
    "eye": lambda tf: tf.eye(2, 3, batch_shape=[2]),
    "sparse_to_dense": lambda tf: tf.sparse_to_dense([[0, 1], [2, 0]], [3, 2], [5, 6]),
    "dynamic_partition": lambda tf: tf.dynamic_partition(X, [0, 1, 0], 2)[0],
    "invert_permutation": lambda tf: tf.invert_permutation([2, 0, 1]),
    "range_of_steps": lambda tf: tf.range(1, 2, 0.25),
    "unique": lambda tf: tf.unique([5, 3, 5, 1, 3])[0],
    "unique_places": lambda tf: tf.unique([5, 3, 5, 1, 3])[1],
    "segment_max_of_none": lambda tf: tf.segment_max(ROWS, [0, 0, 2, 4]),
    "segment_min_of_none": lambda tf: tf.segment_min(ROWS, [0, 0, 2, 4]),
    "unsorted_max_of_none": lambda tf: tf.unsorted_segment_max(ROWS, [2, 0, 2, 0], 4),
    "segment_sum": lambda tf: tf.segment_sum(ROWS, IDS),
    "segment_mean": lambda tf: tf.segment_mean(ROWS, [0, 0, 1, 1]),
    "segment_max": lambda tf: tf.segment_max(ROWS, [0, 0, 1, 1]),
    "unsorted_sum": lambda tf: tf.unsorted_segment_sum(ROWS, [2, 0, 2, 1], 4),
    "unsorted_mean": lambda tf: tf.unsorted_segment_mean(ROWS, [2, 0, 2, 1], 3),
    "inverse": lambda tf: tf.matrix_inverse(SQUARE),
    "determinant": lambda tf: tf.matrix_determinant(SQUARE),
    "solve": lambda tf: tf.matrix_solve(SQUARE, ROWS[:3], adjoint=True),
    "triangular": lambda tf: tf.matrix_triangular_solve(SQUARE, ROWS[:3], lower=False),
    "least_squares": lambda tf: tf.matrix_solve_ls(X.T.copy(), ROWS, 0.1),
    "cholesky": lambda tf: tf.cholesky(SPD),
    "cholesky_solve": lambda tf: tf.cholesky_solve(tf.cholesky(SPD), ROWS[:3]),
    "singular_values": lambda tf: tf.svd(X, compute_uv=False),
    "from_svd": lambda tf: _from_svd(tf),
    "eigenvalues": lambda tf: tf.self_adjoint_eigvals(SPD),
    "diag": lambda tf: tf.diag([1.0, 2.0]),
    "diag_of_matrix": lambda tf: tf.diag([[1, 2, 3], [4, 5, 6]]),
    "diag_part": lambda tf: tf.diag_part(SQUARE),
    "diag_part_of_four": lambda tf: tf.diag_part(tf.diag(X)),
    "matrix_diag": lambda tf: tf.matrix_diag(X),
    "band": lambda tf: tf.matrix_band_part(SQUARE, 1, 0),
    "trace": lambda tf: tf.trace(SQUARE),
    "trace_of_stack": lambda tf: tf.trace(np.stack([SQUARE, SPD])),
    "norm": lambda tf: tf.norm(X, axis=1),
    "norm_one": lambda tf: tf.norm(X, ord=1),
    "cross": lambda tf: tf.cross(numbers(2, 3), numbers(2, 3, seed=1)),
    "complex": lambda tf: tf.complex(X, Y) * tf.complex(Y, X),
    "complex_abs": lambda tf: tf.abs(tf.complex(X, Y)),
    "top_k": lambda tf: tf.nn.top_k(X, 2).indices,
    "zero_fraction": lambda tf: tf.nn.zero_fraction(N * B),
    "in_top_k": lambda tf: tf.nn.in_top_k(X, [1, 0, 3], 2),
    "xw_plus_b": lambda tf: tf.nn.xw_plus_b(X, numbers(4, 2), [1.0, 2.0]),
    "foldl": lambda tf: tf.foldl(lambda a, x: a * 0.5 + x, X),
    "foldr": lambda tf: tf.foldr(lambda a, x: a * 0.5 + x, X),
    "scan": lambda tf: tf.scan(lambda a, x: a * 0.5 + x, X),
    "scan_reverse": lambda tf: tf.scan(lambda a, x: a * 0.5 + x, X, reverse=True),
    "scan_start": lambda tf: tf.scan(lambda a, x: a + tf.reduce_sum(x), X, 1.0),
    "map_fn": lambda tf: tf.map_fn(
        lambda p: p[0] * p[1], (X, Y), dtype=tf.float32
    ),
    "while_loop": lambda tf: tf.while_loop(
        lambda i, x: i < 5, lambda i, x: (i + 1, x * 1.1 + Y), [0, X]
    )[1],
    "case": lambda tf: tf.case(
        [(tf.constant(2) > 3, lambda: X), (tf.constant(2) > 1, lambda: Y)], lambda: P
    ),
    "hessian": lambda tf: _hessian(tf),
    "gradient_of_stopped": lambda tf: _stopped(tf),
}  # fmt: skip


def _domain(name):
    if name == "acosh":
        return P + 1.0
    if name == "atanh":
        return np.tanh(X)
    return P if name in ("log", "log1p", "rsqrt", "sqrt", "reciprocal") else X


def _from_svd(tf):
    s, u, v = tf.svd(X)
    return tf.matmul(tf.matmul(u, tf.diag(s)), v, transpose_b=True)


def _hessian(tf):
    x = tf.constant([1.0, 2.0, 3.0])
    return tf.hessians(tf.reduce_sum(x * x * x) + x[0] * x[2], x)[0]


def _stopped(tf):
    x = tf.constant(X)
    square = x * x
    y = tf.stop_gradient(square) * x + tf.exp(square)
    return tf.gradients(y, x, grad_ys=[Y], stop_gradients=[square])[0]
