"""Results of each image: rank, and the comparison of two models on the same images."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _core
from ._labels import arguments, label_arguments
from ._options import Kind, OnNan, options
from ._results import Interval, McNemar, PairedComparison

COLUMNS = (
    "prediction",
    "original_rank",
    "original_tied",
    "label_rank",
    "top_k",
    "confidence",
    "cross_entropy",
    "real_cross_entropy",
    "sigmoid_cross_entropy",
    "real_sigmoid_cross_entropy",
    "brier_score",
)

NO_RANK = 2**32 - 1
"""An unknown rank: the label is missing or not in the stored list, or the image is excluded because of a NaN."""


class ImageResults:
    """Columns of results, element i for image i: what rank returns. A column that does not exist is None.

    The arrays are views of one block of memory, which lives as long as any of them; they are read-only.
    """

    prediction: npt.NDArray[np.int32]
    """The class of rank 0, shape (images,); -1 for an image that is excluded because of a NaN."""
    original_rank: npt.NDArray[np.uint32] | None
    """Rank of the original label, from 0, or NO_RANK, shape (images,)."""
    original_tied: npt.NDArray[np.uint8] | None
    """1 if another class has the same score as the original label, shape (images,)."""
    label_rank: npt.NDArray[np.uint32] | None
    """Rank of every ReaL label, or NO_RANK, in the order of LabelSets.classes, shape (labels,)."""
    top_k: npt.NDArray[np.int32] | None
    """The classes of rank 0 .. k - 1, shape (images, k)."""
    confidence: npt.NDArray[np.float64] | None
    """Probability of the prediction, shape (images,)."""
    cross_entropy: npt.NDArray[np.float64] | None
    """-log p of the original label, shape (images,); 0 without a label."""
    real_cross_entropy: npt.NDArray[np.float64] | None
    """The mean over the label set of -log p, shape (images,); 0 for an empty set."""
    sigmoid_cross_entropy: npt.NDArray[np.float64] | None
    """Sigmoid cross-entropy of the original label (sigmoid=True), shape (images,)."""
    real_sigmoid_cross_entropy: npt.NDArray[np.float64] | None
    """Sigmoid cross-entropy of the label set (sigmoid=True), shape (images,)."""
    brier_score: npt.NDArray[np.float64] | None
    """Brier score of the original label, in [0, 2], shape (images,)."""

    def __init__(self, core: _core.ImageResults) -> None:
        self._core = core
        for name in COLUMNS:
            setattr(self, name, getattr(core, name))

    def __len__(self) -> int:
        """The number of images."""
        return len(self.prediction)

    def as_dict(self) -> dict[str, npt.NDArray[Any]]:
        """The columns that exist, e.g. for a data frame (label_rank and top_k have other lengths and shapes)."""
        return {name: getattr(self, name) for name in COLUMNS if getattr(self, name) is not None}

    def __repr__(self) -> str:
        return f"<ImageResults: {len(self)} images, {', '.join(self.as_dict())}>"


def rank(
    scores: Any,
    original: Any = None,
    real: Any = None,
    *,
    kind: Kind | None = None,
    clip: float = 0.0,
    normalise: bool = False,
    nan: OnNan = "error",
    top_k: int | None = None,
    sigmoid: bool = False,
    threads: int | None = None,
) -> ImageResults:
    """Computes the prediction of every image, the ranks of its labels and, with a kind, its losses.

    The rank of a class is the number of classes with a greater score, plus the number with an equal score and a lower
    index. top_k: also the classes of rank 0 .. top_k - 1, at most 64. Other arguments and errors: see evaluate.
    """
    a = arguments(scores, original, real)
    chosen = options(kind, clip, normalise, nan, sigmoid, threads, top_k=top_k)
    return ImageResults(
        _core.rank(a.output, a.bits_of_bfloat16, a.classes, a.original, a.offsets, a.set_classes, chosen)
    )


def compare_paired(
    first: ImageResults,
    second: ImageResults,
    original: Any = None,
    real: Any = None,
    *,
    metric: Literal["original", "real"] = "original",
    k: int = 1,
    level: float = 0.95,
) -> PairedComparison:
    """Compares two models on the same images: the difference of their accuracies, its interval, McNemar's test.

    first, second: results of rank with the labels `original` and `real`, which must be given again. metric: top-k
    accuracy of the original labels, or ReaL accuracy. Images that one of the two excludes do not count. Raises
    ValueError if results and labels do not fit together or no image counts, IndexError for a k above the depth.
    """
    if metric not in ("original", "real"):
        raise ValueError(f"metric is {metric!r}, expected 'original' or 'real'")
    cells = _core.paired_outcomes(first._core, second._core, *label_arguments(original, real), metric == "real", k)
    difference, interval, test = _core.compare_paired(*cells, level)
    return PairedComparison(*cells, difference, Interval(*interval), McNemar(**test))
