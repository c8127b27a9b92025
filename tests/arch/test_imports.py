"""Imports go down only, and the start is light."""

import ast
import subprocess
import sys

import pytest

from tests.arch import sources

# From the bottom up; a module belongs to the longest name that fits.
FLOORS = (
    ("errors", "lazy", "version", "naming", "tree", "registry"),
    ("backend", "backend.config", "backend.dtypes"),
    ("backend.devices",),
    ("backend.graph",),
    ("backend.autodiff",),
    ("backend.ops",),
    ("backend.rewrite",),
    ("backend.plan",),
    (
        "backend.keras_functions",
        "backend.random",
        "backend.seed_generator",
        "config",
        "dtype_policies",
        "dtype_policy_map",
        "ops",
        "random",
        "scopes",
        "serialization",
    ),
    (
        "activations",
        "constraints",
        "initializers",
        "mixed_precision",
        "regularizers",
    ),
    ("layers", "losses", "metrics", "optimizers"),
    (
        "__main__",
        "callbacks",
        "datasets",
        "graph",
        "models",
        "saving",
        "unavailable",
        "utils",
        "visualization",
        "wrappers",
    ),
)
# Imports inside functions that go up, and why.
KNOWN_EXCEPTIONS = {
    # The default gradient of a composite differentiates its definition.
    ("kerasish.backend.graph.composites", "kerasish.backend.autodiff"),
}


def floor_of(module: str) -> int:
    name = module.removeprefix("kerasish").lstrip(".")
    if not name:
        return len(FLOORS)
    fitting = [
        (len(prefix), number)
        for number, group in enumerate(FLOORS)
        for prefix in group
        if name == prefix or name.startswith(prefix + ".")
    ]
    assert fitting, f"{module} is on no floor"
    return max(fitting)[1]


@pytest.mark.parametrize("module", sorted(sources.module_names()))
def test_every_module_is_on_a_floor(module):
    floor_of(module)


def test_imports_go_down():
    upwards = [
        f"{i.source}:{i.line} imports {i.target}"
        for i in sources.imports()
        if floor_of(i.target) > floor_of(i.source)
        and (i.at_start or (i.source, i.target) not in KNOWN_EXCEPTIONS)
        and not (i.target == "kerasish" and not i.at_start)
    ]
    assert upwards == []


def test_start_is_light():
    code = (
        "import sys, kerasish; heavy = {'h5py', 'tqdm', 'cupy', 'numba', 'scipy',"
        " 'pandas', 'PIL', 'matplotlib', 'ml_dtypes'}; print(sorted(heavy &"
        " {name.split('.')[0] for name in sys.modules}))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=sources.ROOT,
    )
    assert found.stdout.strip() == "[]"


OPTIONAL = {"h5py", "tqdm", "cupy", "numba", "scipy", "pandas", "PIL", "ml_dtypes"}


@pytest.mark.parametrize(
    "path", sources.files(), ids=lambda path: sources.module_name(path)
)
def test_only_numpy_is_imported_at_the_start_of_modules(path):
    tree = sources.parsed(path)
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    allowed = set(sys.stdlib_module_names) | {"kerasish", "numpy"}
    assert names <= allowed


BACKENDS = {"numpy", "cupy", "tensorflow", "theano", "cntk", "jax", "torch"}


def test_no_backend_name_is_compared_outside_devices():
    found = []
    for path in sources.files():
        module = sources.module_name(path)
        if module.startswith("kerasish.backend.devices"):
            continue
        for node in ast.walk(sources.parsed(path)):
            if isinstance(node, ast.Compare):
                constants = {
                    part.value
                    for part in ast.walk(node)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
                if constants & BACKENDS:
                    found.append(f"{module}:{node.lineno}")
    assert found == []
