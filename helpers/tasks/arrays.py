"""A task made of arrays: any data set of sequences, for classification or regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers.checks import one_of
from helpers.tasks.task import IGNORE, Task


@dataclass(frozen=True, eq=False, kw_only=True)
class ArrayTask(Task):
    """A task on given arrays, made by `from_arrays`.

    Training batches are drawn from the training arrays with replacement, by the
    run's seed; validation and test are the given arrays, the same for all runs.
    """

    name: str
    arrays: dict[str, tuple[np.ndarray, np.ndarray]]
    loss: str
    score: str
    readout_size: int
    trivial_score: float
    vocabulary: int | None = None
    masked: bool = False

    outputs = property(lambda self: self.readout_size)
    baseline = property(lambda self: self.trivial_score)
    steps = property(lambda self: self.arrays["train"][0].shape[1])
    every_step = property(
        lambda self: self.arrays["train"][1].ndim == (3 if self.loss == "mse" else 2)
    )

    @property
    def features(self) -> int:
        x = self.arrays["train"][0]
        return 0 if self.vocabulary else x.shape[2]

    def sample(self, rng, n):
        x, y = self.arrays["train"]
        rows = rng.integers(len(x), size=n)
        return x[rows], y[rows]

    def validation(self, rng, n):
        return self.arrays["validation"]

    def test(self, rng, n):
        return self.arrays["test"]

    def __repr__(self) -> str:
        return self.name


def from_arrays(
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    loss: str,
    vocabulary: int | None = None,
    masked: bool = False,
    name: str = "data",
    score: str | None = None,
) -> ArrayTask:
    """Make a task of a real data set.

    Parameters
    ----------
    train, validation, test : tuple of ndarray
        x and y each; x (n, steps, features), or (n, steps) whole numbers for
        tokens. For the targets see `helpers.tasks.task`; classes count from 0.
    loss : str
        ``"softmax"``, ``"sigmoid"`` or ``"mse"``. The score is the accuracy for
        the first two and the mean squared error for the third, unless `score` says more.
    vocabulary : int or None
        Number of different tokens, for token inputs; they then go through an
        embedding that is trained with the rest.
    masked : bool
        Whether token 0 is padding (Keras's ``mask_zero=True``): the state
        stands still there.
    name : str
        What the task is called in tables.
    score : {"accuracy", "exact", "bits"}, optional
        Another score for a softmax loss; see `helpers.tasks.task`.

    Returns
    -------
    ArrayTask
        Its baseline is computed on the test targets: the accuracy of the most
        frequent class of the training targets, the bits that their frequencies take (of
        which each class has one more than was counted), or the squared error of their mean.

    Raises
    ------
    ValueError
        If shapes, targets, tokens or the loss do not fit each other, a number is not
        finite (in float32), or a split asks nothing (every target is `IGNORE`).
    """
    one_of("loss", loss, ("softmax", "sigmoid", "mse"))
    if score is None:
        score = "mse" if loss == "mse" else "accuracy"
    elif loss == "softmax":
        one_of("score", score, ("accuracy", "exact", "bits"))
    else:
        raise ValueError(f"score={score!r} can be chosen for a softmax loss alone, not {loss!r}")
    if masked and vocabulary is None:
        raise ValueError("masked=True needs tokens; give the size of the vocabulary as well")
    arrays = {
        split: _checked(split, x, y, loss, vocabulary)
        for split, (x, y) in {"train": train, "validation": validation, "test": test}.items()
    }
    x, y = arrays["train"]
    for split, (other_x, other_y) in arrays.items():
        if other_x.shape[1:] != x.shape[1:] or other_y.shape[1:] != y.shape[1:]:
            raise ValueError(
                f"{split} arrays {other_x.shape}, {other_y.shape} do not fit "
                f"the training arrays {x.shape}, {y.shape}"
            )
    test_y = arrays["test"][1]
    if loss == "mse":
        outputs, baseline = y.shape[-1], float(np.mean((test_y - y.mean(axis=0)) ** 2))
    else:
        counts = np.bincount(y[y != IGNORE])
        outputs = (
            1 if loss == "sigmoid" else max(int(target.max()) for _, target in arrays.values()) + 1
        )
        baseline = _baseline(counts, test_y, outputs, score)
    return ArrayTask(
        name=name,
        arrays=arrays,
        loss=loss,
        score=score,
        readout_size=outputs,
        trivial_score=baseline,
        vocabulary=vocabulary,
        masked=masked,
    )


def _baseline(counts: np.ndarray, test_y: np.ndarray, outputs: int, score: str) -> float:
    """Score the best answer that knows how often each class was seen, and nothing else."""
    asked = test_y[test_y != IGNORE]
    if score == "bits":
        seen = np.bincount(np.arange(outputs), minlength=outputs)
        seen[: len(counts)] += counts
        return float(-np.log2(seen / seen.sum())[asked].mean())
    if score == "exact":
        return float(np.all((test_y == IGNORE) | (test_y == counts.argmax()), axis=-1).mean())
    return float(np.mean(asked == counts.argmax()))


def _checked(
    split: str, x: np.ndarray, y: np.ndarray, loss: str, vocabulary: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs and targets in their types, after refusing what no network can learn from."""
    x, y = np.asarray(x), np.asarray(y)
    if vocabulary is None:
        if x.ndim != 3 or not (x.shape[1] and x.shape[2]):
            raise ValueError(f"{split} x has the shape {x.shape}; (n, steps, features) is needed")
        x = _finite(f"{split} x", x)
    else:
        if x.ndim != 2 or not x.shape[1] or not np.issubdtype(x.dtype, np.integer):
            raise ValueError(
                f"{split} x is {x.dtype} {x.shape}; tokens are whole numbers (n, steps)"
            )
        if x.size and not 0 <= x.min() <= x.max() < vocabulary:
            raise ValueError(
                f"{split} tokens run from {x.min()} to {x.max()}, outside 0 to {vocabulary - 1}"
            )
        x = x.astype("int32")
    if y.ndim == 0 or len(x) != len(y) or len(x) == 0:
        count = len(y) if y.ndim else "no"
        raise ValueError(
            f"{split} has {len(x)} sequences and {count} targets; as many of each are needed"
        )
    steps = x.shape[1]
    if loss == "mse":
        if y.ndim not in (2, 3) or (y.ndim == 3 and y.shape[1] != steps) or not y.shape[-1]:
            raise ValueError(
                f"{split} y has the shape {y.shape}; (n, outputs) or (n, steps, outputs) is needed"
            )
        return x, _finite(f"{split} y", y)
    if (
        y.ndim not in (1, 2)
        or (y.ndim == 2 and y.shape[1] != steps)
        or not np.issubdtype(y.dtype, np.integer)
    ):
        raise ValueError(
            f"{split} y is {y.dtype} {y.shape}; whole numbers (n,) or (n, steps) are needed"
        )
    if y.min() < IGNORE or (loss == "sigmoid" and y.max() > 1):
        raise ValueError(f"{split} targets run from {y.min()} to {y.max()}; classes count from 0")
    if (y == IGNORE).all():
        raise ValueError(f"{split} asks nothing: every target is IGNORE ({IGNORE})")
    return x, y.astype("int32")


def _finite(name: str, values: np.ndarray) -> np.ndarray:
    """Return `values` as float32; raise ValueError unless all are finite real numbers."""
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{name} is {values.dtype}; real numbers are needed")
    with np.errstate(over="ignore"):
        numbers = values.astype("float32")
    if bad := int((~np.isfinite(numbers)).sum()):
        raise ValueError(f"{name} holds {bad} values of {numbers.size} that are not finite")
    return numbers
