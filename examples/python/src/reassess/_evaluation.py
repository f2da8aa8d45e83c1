"""The metrics of one model: evaluate, Evaluator and Evaluation."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from . import _core
from ._labels import arguments
from ._options import Kind, OnNan, Options, options
from ._results import CalibrationBin, ClassMean, Mean, Preference, Proportion, html_table

T = TypeVar("T")


class Evaluation:
    """The metrics of one model as exact counts: what evaluate and Evaluator.result return.

    Evaluations of parts of a data set are merged by `a + b`, in any order, and equal one evaluation of the whole. They
    are saved by to_bytes or pickle; the bytes are the same on every machine and for the C++ library.

    A metric of labels that were not given, and a loss of scores without a kind, is a ValueError; a k that is 0 or above
    `depth` is an IndexError. If no image counts, a metric is 0 of 0.
    """

    __slots__ = ("_core",)

    def __init__(self, core: _core.Evaluation | None = None) -> None:
        self._core = _core.Evaluation() if core is None else core

    # Counts of images.

    @property
    def images(self) -> int:
        """All images, including those that metrics exclude."""
        return self._core.images()

    @property
    def nan_images(self) -> int:
        """Images excluded from every metric because of a NaN score (nan="exclude")."""
        return self._core.nan_images()

    @property
    def missing_labels(self) -> int:
        """Images without an original label (-1)."""
        return self._core.missing_labels()

    @property
    def with_real_labels(self) -> int:
        """Images with a label set that is not empty: the denominator of ReaL metrics."""
        return self._core.with_real_labels()

    @property
    def without_real_labels(self) -> int:
        """Images with an empty label set, which ReaL metrics exclude."""
        return self._core.without_real_labels()

    @property
    def ties(self) -> int | None:
        """Images whose original label has the same score as another class; None if the input does not tell."""
        return self._core.ties()

    @property
    def classes(self) -> int:
        """The number of classes."""
        return self._core.classes()

    @property
    def depth(self) -> int:
        """The largest k of top_k(k) and similar metrics."""
        return self._core.depth()

    # Metrics of the order of the scores.

    def top_k(self, k: int = 1) -> Proportion:
        """Top-k accuracy: of the images with an original label, those whose label is among the first k."""
        return Proportion(*self._core.top_k(k))

    def real(self, k: int = 1) -> Proportion:
        """ReaL accuracy (k = 1) and ReaL@k: of the images with ReaL labels, those with one of the first k in it."""
        return Proportion(*self._core.real(k))

    def real_kth(self, k: int) -> Proportion:
        """Of the images with ReaL labels, those whose k-th prediction is in the set."""
        return Proportion(*self._core.real_kth(k))

    def real_kth_where_enough_labels(self, k: int) -> Proportion:
        """real_kth over images with at least k labels only (Fig. 5 of the paper)."""
        return Proportion(*self._core.real_kth_where_enough_labels(k))

    def all_of_top_k(self, k: int) -> Proportion:
        """Of the images with at least k labels, those whose first k predictions are all in the set."""
        return Proportion(*self._core.all_of_top_k(k))

    @property
    def preference(self) -> Preference:
        """Model or original label: which of the two is in the label set, where they differ. Needs both labels."""
        return Preference(*self._core.preference())

    @property
    def mean_reciprocal_rank(self) -> Mean:
        """The mean of 1 / (1 + rank of the original label). Needs depth == classes."""
        return Mean(*self._core.mean_reciprocal_rank())

    @property
    def real_mean_reciprocal_rank(self) -> Mean:
        """The mean of 1 / (1 + the best rank in the label set). Needs depth == classes."""
        return Mean(*self._core.real_mean_reciprocal_rank())

    @property
    def rank_histogram(self) -> npt.NDArray[np.uint64]:
        """Images whose original label has rank 0, 1, .. depth - 1."""
        return self._core.rank_histogram()

    @property
    def balanced_accuracy(self) -> ClassMean:
        """The mean of the class accuracies of the classes that occur."""
        return ClassMean(*self._core.balanced_accuracy())

    @property
    def real_balanced_accuracy(self) -> ClassMean:
        """The same for label sets."""
        return ClassMean(*self._core.real_balanced_accuracy())

    def class_accuracy(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """Of each class c: images of label c that are predicted as c, and images of label c. Shapes (classes,)."""
        return self._core.class_accuracy()

    # Losses and calibration: kind="logits" or "probabilities".

    @property
    def log_loss(self) -> Mean:
        """Cross-entropy: the mean of -log p of the original label."""
        return Mean(*self._core.log_loss())

    @property
    def real_log_loss(self) -> Mean:
        """The mean over images of the mean over their ReaL labels of -log p."""
        return Mean(*self._core.real_log_loss())

    @property
    def sigmoid_loss(self) -> Mean:
        """Sigmoid cross-entropy of the original label (sigmoid=True)."""
        return Mean(*self._core.sigmoid_loss())

    @property
    def real_sigmoid_loss(self) -> Mean:
        """Sigmoid cross-entropy of the label set (sigmoid=True)."""
        return Mean(*self._core.real_sigmoid_loss())

    @property
    def brier_score(self) -> Mean:
        """Brier score of the original label, in [0, 2]."""
        return Mean(*self._core.brier_score())

    @property
    def calibration(self) -> list[CalibrationBin]:
        """Bins of the predictions by confidence; correct is the original label."""
        return _bins(self._core.calibration())

    @property
    def real_calibration(self) -> list[CalibrationBin]:
        """Bins over images with ReaL labels; correct is a prediction in the set."""
        return _bins(self._core.real_calibration())

    @property
    def calibration_error(self) -> float | None:
        """Expected calibration error (L1) of `calibration`; None without images."""
        return self._core.calibration_error(False)

    @property
    def real_calibration_error(self) -> float | None:
        """Expected calibration error (L1) of `real_calibration`; None without images."""
        return self._core.calibration_error(True)

    # The evaluation as a value.

    def __add__(self, other: Evaluation) -> Evaluation:
        """The evaluation of the images of both. ValueError if they differ in classes, labels, kind or options."""
        if not isinstance(other, Evaluation):
            return NotImplemented
        merged = self._core.copy()
        merged.merge(other._core)
        return Evaluation(merged)

    def __eq__(self, other: object) -> bool:
        return self._core.equals(other._core) if isinstance(other, Evaluation) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def to_bytes(self) -> bytes:
        """The evaluation as bytes, for from_bytes in Python or C++."""
        return self._core.to_bytes()

    @staticmethod
    def from_bytes(data: bytes) -> Evaluation:
        """Reads the bytes of to_bytes. ValueError for other bytes."""
        return Evaluation(_core.Evaluation.from_bytes(data))

    def __reduce__(self) -> Any:
        return Evaluation.from_bytes, (self.to_bytes(),)

    def as_dict(self) -> dict[str, Any]:
        """The main metrics as numbers and dictionaries; None for what the input cannot give."""
        e = self._core
        original, real, losses = e.has_original(), e.has_real(), e.has_losses()
        ks = [k for k in (1, 5) if k <= self.depth]

        def given(condition: bool, value: Callable[[], T]) -> T | None:
            return value() if condition else None

        return {
            "images": self.images,
            "with_real_labels": given(real, lambda: self.with_real_labels),
            "nan_images": self.nan_images,
            "ties": self.ties,
            **{f"top_{k}": self.top_k(k).as_dict() if original else None for k in ks},
            **{f"real_{k}": self.real(k).as_dict() if real else None for k in ks},
            "preference": given(original and real, lambda: self.preference.as_dict()),
            "balanced_accuracy": given(original, lambda: self.balanced_accuracy.value),
            "log_loss": given(losses and original, lambda: self.log_loss.as_dict()["value"]),
            "real_log_loss": given(losses and real, lambda: self.real_log_loss.as_dict()["value"]),
            "brier_score": given(losses and original, lambda: self.brier_score.as_dict()["value"]),
            "calibration_error": given(losses and original, lambda: self.calibration_error),
            "real_calibration_error": given(losses and real, lambda: self.real_calibration_error),
        }

    def _repr_html_(self) -> str:
        return html_table(self.as_dict())

    def __repr__(self) -> str:
        accuracies = []
        if self.depth and self._core.has_original() and self.top_k(1).total:
            accuracies.append(f"original {self.top_k(1).value:.4f}")
        if self.depth and self._core.has_real() and self.real(1).total:
            accuracies.append(f"ReaL {self.real(1).value:.4f}")
        return f"<Evaluation: {', '.join([f'{self.images} images', *accuracies])}>"


def _bins(bins: list[tuple[float, float, tuple[int, int], tuple[float, int]]]) -> list[CalibrationBin]:
    return [CalibrationBin(low, high, Proportion(*hits), Mean(*sums)) for low, high, hits, sums in bins]


class Evaluator:
    """Evaluates one model batch by batch; shards and saved states are merged exactly. The options are evaluate's.

        e = reassess.Evaluator(kind="logits")
        for logits, labels in batches:
            e.update(logits, labels)
        e.result().top_k(1).value

    Batches of any size give the same result. Threads may call update at once: it releases the GIL, and each call is
    counted whole. A call that raises, also KeyboardInterrupt, has counted nothing.
    """

    def __init__(
        self,
        *,
        kind: Kind | None = None,
        clip: float = 0.0,
        normalise: bool = False,
        nan: OnNan = "error",
        depth: int | None = None,
        sigmoid: bool = False,
        calibration_bins: int = 15,
        threads: int | None = None,
    ) -> None:
        self._options = options(
            kind, clip, normalise, nan, sigmoid, threads, depth=depth, calibration_bins=calibration_bins
        )
        self._total = _core.Evaluation()
        self._lock = threading.Lock()

    def update(self, scores: Any, original: Any = None, real: Any = None) -> None:
        """Counts a batch. Arguments and errors: see evaluate. ValueError if it does not fit the earlier batches."""
        a = arguments(scores, original, real)
        batch = _core.evaluate(
            a.output, a.bits_of_bfloat16, a.classes, a.original, a.offsets, a.set_classes, self._options, self.images
        )
        with self._lock:
            self._total.merge(batch)

    def merge(self, other: Evaluator | Evaluation) -> None:
        """Adds the images of another shard. ValueError if it differs in classes, labels, kind or options."""
        more = other.result() if isinstance(other, Evaluator) else other
        with self._lock:
            self._total.merge(more._core)

    def result(self) -> Evaluation:
        """The evaluation of all batches so far."""
        with self._lock:
            return Evaluation(self._total.copy())

    @property
    def images(self) -> int:
        """The number of images so far."""
        return self._total.images()

    def reset(self) -> None:
        """Removes all counts."""
        with self._lock:
            self._total = _core.Evaluation()

    def state_dict(self) -> dict[str, Any]:
        """Options and counts, for load_state_dict or a checkpoint: {"options": dict, "evaluation": bytes}."""
        return {"options": dataclasses.asdict(self._options), "evaluation": self.result().to_bytes()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Replaces options and counts by those of state_dict. ValueError for other bytes; then nothing changes."""
        new_options, total = Options(**state["options"]), _core.Evaluation.from_bytes(state["evaluation"])
        with self._lock:
            self._options, self._total = new_options, total

    def __getstate__(self) -> dict[str, Any]:
        return self.state_dict()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._lock = threading.Lock()
        self.load_state_dict(state)

    def __repr__(self) -> str:
        return f"<Evaluator: {self.images} images>"


def evaluate(
    scores: Any,
    original: Any = None,
    real: Any = None,
    *,
    kind: Kind | None = None,
    clip: float = 0.0,
    normalise: bool = False,
    nan: OnNan = "error",
    depth: int | None = None,
    sigmoid: bool = False,
    calibration_bins: int = 15,
    threads: int | None = None,
) -> Evaluation:
    """Computes all metrics of one model in one pass over its scores.

        reassess.evaluate(logits, labels, reassess.LabelSets.read("real.json"), kind="logits")

    scores: images x classes, on the CPU: a numpy array, or an array with __dlpack__ (torch, jax, cupy), of float16,
        bfloat16, float32, float64, int8 or uint8. Rows may be strided; the classes of a row must be contiguous. Not
        copied. Or stored predictions: TopK(lists, classes).
    original: one integer per image, in [0, classes), or -1 for no label; None: no original labels.
    real: LabelSets, or one list of classes per image; None: no ReaL labels.
    kind: "logits" or "probabilities"; losses and calibration need it. None: only the order of the scores is used.
    clip, normalise: of probabilities: clip to [clip, 1 - clip] before a logarithm; divide each row by its sum.
    nan: "error", or "exclude" images with a NaN score from every metric.
    depth: the largest k of the metrics, by default the number of classes (of stored lists, their length).
    sigmoid: also compute sigmoid cross-entropies, which take about as long as all the rest.
    calibration_bins: bins of equal width, 1 to 65536.
    threads: by default all cores. The result does not depend on it.

    Ties: the class with the lower index is first. Raises ValueError for wrong shapes and types, for a NaN and for a
    score that is not a probability, IndexError for a label outside [0, classes), with the image in the message.
    """
    evaluator = Evaluator(
        kind=kind,
        clip=clip,
        normalise=normalise,
        nan=nan,
        depth=depth,
        sigmoid=sigmoid,
        calibration_bins=calibration_bins,
        threads=threads,
    )
    evaluator.update(scores, original, real)
    return evaluator.result()
