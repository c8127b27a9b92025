"""Calls of `argument_cases.py` where this library follows no backend, and why.

A call is named by how it begins. What a user may notice is in `docs/differences.md`.
"""

VALUES = {
    "int64 becomes the default float type": (
        "ops.cbrt(l)",
        "ops.deg2rad(l)",
        "ops.rad2deg(l)",
        "ops.i0(l)",
    ),
    "the type of the arguments is kept, and one that is asked for is given": (
        "ops.clip(i, 0.5",
        'ops.conv(w, np.ones((2, 2, 3, 4), "float16"))',
        "ops.view_as_complex(d",
        "ops.mod(c",
        "ops.mod(h",
        "ops.fmod(h",
        "ops.prod(f, dtype=",
        "ops.prod(i, axis=0, dtype=",
        "ops.select([b[0]",
    ),
    "as NumPy: NaN, infinities, rounding, a shift by the width, vectors as rows": (
        "ops.isclose(n, n",
        "ops.argmax(n)",
        "ops.argmin(n)",
        "ops.floor_divide(l, p)",
        "ops.bitwise_right_shift(c",
        "ops.right_shift(c",
        "ops.vstack([r, r])",
        "ops.vdot(z, z)",
        "ops.norm(z)",
        "ops.unravel_index(j, (3",
        "ops.unravel_index(5",
    ),
    "the published definition": ("ops.sparsemax(",),
    "the order is free": ("ops.argpartition(", "ops.unique(j, sorted=False)"),
    "means of integers are not cut": ("ops.psnr(i",),
    "renormalised before it is clipped": ("ops.sparse_categorical_crossentropy(",),
    "weights of the cubic are not taken from a table": ("ops.image.resize(",),
    "refused, as a mistake": (
        "ops.get_item(f, (9,))",
        "ops.take(f, [7]",
        "ops.unstack(f, 3)",
        "ops.reshape(e, (0, -1))",
        "ops.moveaxis(m, (0, 1), (0, 0))",
        "ops.slice_update(f, (1, 2)",
        "ops.max_pool(w, 9)",
        "ops.average_pool(w, 9)",
    ),
    "of the lower triangle": ("ops.cholesky(i[",),
    "no result where a step gives none": ("ops.scan(lambda c, a: ((c[1]",),
}
SLOPES = {
    "where a function has a corner, or infinity": (
        "ops.softsign(n",
        "ops.hard_silu(n",
        "ops.hard_swish(n",
        "ops.hard_tanh(f)",
    ),
    "exact at ties": ("ops.hypot(", "ops.logaddexp(", "ops.logaddexp2("),
    "constant almost everywhere": ("ops.nextafter(",),
    "of the published definition": ("ops.sparsemax(",),
    "of the size alone: signs and angles of vectors are free": (
        "ops.svd(",
        "ops.eigh(",
    ),
    "the rank is taken to stay": ("ops.lstsq(k, v[:4], 0.5)", "ops.pinv(k, 0.7)"),
    "of targets that need not sum to one": (
        "ops.categorical_crossentropy(p, f, True)",
        "ops.categorical_crossentropy(m, m, True",
        "ops.sparse_categorical_crossentropy([0, 2], p)",
    ),
    "labels are never the blank": ("ops.ctc_loss([[0, 1]", "ops.ctc_decode("),
    "exact, not approximate": (
        "ops.image.resize(w, (4, 11), ",
        "ops.image.affine_transform(",
        "ops.image.perspective_transform(",
        "ops.image.hsv_to_rgb(",
    ),
    "no gradient": (
        "ops.batch_normalization(h, r, p[0], -1)",
        "ops.get_item(f, (9,))",
        "ops.slice_update(f, (1, 2)",
        "ops.take(f, [7]",
        "ops.unstack(f, 3)",
        "ops.convert_to_numpy(",
        "ops.prod(f, dtype=",
        "ops.moveaxis(m, (0, 1), (0, 0))",
        "ops.get_item(f, b)",
        "ops.reshape(e, (0, -1))",
        "ops.max_pool(w, 9)",
        "ops.average_pool(w, 9)",
    ),
}
SPECS = {
    "vectors are rows": ("ops.vstack([r, r])",),
    "refused, as a mistake": ("ops.slice_update(f, (1, 2)",),
    "nothing is guessed": (
        "ops.image.scale_and_translate(w",
        "ops.scan(lambda c, a: (c + a",
    ),
}


def differs(call, table):
    """Tell whether a call is in a table."""
    return any(call.startswith(prefix) for part in table.values() for prefix in part)
