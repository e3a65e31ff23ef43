"""Print the processor features that NumPy can do without: ``python -m booktools.cpu``.

Given to NumPy as ``NPY_DISABLE_CPU_FEATURES``, they stand in for an older
processor (see ``make test-other-cpu``).
"""

# The names are NumPy's own and its type hints leave them out.
from numpy._core import _multiarray_umath as core  # type: ignore[attr-defined]


def optional_features() -> list[str]:
    """Return the features of this processor that NumPy uses beyond its baseline."""
    return [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]


if __name__ == "__main__":
    print(" ".join(optional_features()))
