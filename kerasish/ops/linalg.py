"""Linear algebra, under the names of `keras.ops.linalg`."""

from kerasish.lazy import attach

_NAMES = """
    cholesky cholesky_inverse det eig eigh inv jvp lstsq lu_factor matrix_rank norm
    pinv qr solve solve_triangular svd
""".split()
__getattr__, __dir__, __all__ = attach(
    __name__, {name: f"kerasish.backend.ops:{name}" for name in _NAMES}
)
