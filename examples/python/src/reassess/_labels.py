"""Labels and model outputs: what evaluate, Evaluator and rank take, as arrays of the extension module."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core


@dataclass(frozen=True)
class TopK:
    """Stored top-k predictions, in place of scores.

    lists: integers, images x k; row i has the classes that image i was predicted as, best first, each in [0, classes).
    classes: the number of classes of the data set.

    An int32 or int64 array in C order is not copied.
    """

    lists: Any
    classes: int


class LabelSets:
    """The acceptable classes of each image: one set per image. ReaL metrics exclude images with an empty set.

    LabelSets([[65], [2, 3], []]) makes sets from lists, LabelSets.from_csr from compressed sparse rows,
    LabelSets.read from real.json. Sets are sorted and repeated classes are removed. Immutable.

    Errors: IndexError for a class below 0 or above 2^31 - 1, ValueError for one that is not an integer; the message
    names the image.
    """

    __slots__ = ("_offsets", "_classes")

    def __init__(self, sets: Sequence[Sequence[int]]) -> None:
        offsets = np.zeros(len(sets) + 1, np.uint64)
        offsets[1:] = np.cumsum([len(s) for s in sets], dtype=np.uint64)
        classes = np.empty(int(offsets[-1]), np.int64)
        at = 0
        for image, labels in enumerate(sets):
            for label in labels:
                classes[at] = _as_class(label, image)
                at += 1
        self._set(offsets, classes)

    @classmethod
    def from_csr(cls, offsets: npt.ArrayLike, classes: npt.ArrayLike) -> LabelSets:
        """The sets of compressed sparse rows: image i has classes[offsets[i]:offsets[i + 1]].

        offsets: integers, images + 1, from 0 to the number of labels; classes: integers, labels. Errors: ValueError for
        invalid offsets, IndexError for an invalid class.
        """
        starts = _integers(offsets, "label sets: offsets")
        if starts.dtype.kind == "i" and starts.size and starts.min() < 0:
            raise ValueError(f"label sets: offset {int(starts.argmin())} is {starts.min()}, expected at least 0")
        result = cls.__new__(cls)
        result._set(starts.astype(np.uint64), _integers(classes, "label sets: classes"))
        return result

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> LabelSets:
        """The sets of a JSON file in the form of real.json: a list of lists of classes, one for each image in order."""
        with open(path, encoding="utf-8") as file:
            try:
                sets = json.load(file)
            except ValueError as error:
                raise ValueError(f"{os.fspath(path)}: not valid JSON, expected a list of lists of classes: {error}")
        if not isinstance(sets, list) or not all(isinstance(s, list) for s in sets):
            raise ValueError(f"{os.fspath(path)}: expected a list of lists of classes, as in real.json")
        try:
            return cls(sets)
        except (ValueError, IndexError) as error:
            raise type(error)(f"{os.fspath(path)}: {error}") from None

    def _set(self, offsets: npt.NDArray[Any], classes: npt.NDArray[Any]) -> None:
        sort = _core.sorted_sets_uint64 if classes.dtype == np.uint64 else _core.sorted_sets
        self._offsets, self._classes = sort(offsets, classes)
        self._offsets.flags.writeable = self._classes.flags.writeable = False

    @property
    def offsets(self) -> npt.NDArray[np.uint64]:
        """Where each image's labels start in `classes`; images + 1 elements, read-only."""
        return self._offsets

    @property
    def classes(self) -> npt.NDArray[np.int32]:
        """The labels of all images, read-only."""
        return self._classes

    def __len__(self) -> int:
        """The number of images."""
        return len(self._offsets) - 1

    def __getitem__(self, image: Any) -> Any:
        """The classes of one image, as a tuple; of a slice or an array of images, their LabelSets, in this order.

        Unlike with lists, an image outside [-len, len) in an array of images is an IndexError too.
        """
        if isinstance(image, slice):
            return self._take(np.arange(len(self))[image])
        if isinstance(image, (list, tuple, np.ndarray)):
            images = np.asarray(image)
            return self._take(np.arange(len(self))[images if images.size else images.astype(np.int64)])
        index = operator.index(image)
        if not -len(self) <= index < len(self):
            raise IndexError(f"label sets: image {index} of {len(self)}")
        index %= len(self)
        return tuple(int(c) for c in self._classes[int(self._offsets[index]) : int(self._offsets[index + 1])])

    def _take(self, images: npt.NDArray[Any]) -> LabelSets:
        starts = self._offsets[images].astype(np.int64)
        sizes = self._offsets[images + 1].astype(np.int64) - starts
        ends = np.zeros(len(images) + 1, np.int64)
        np.cumsum(sizes, out=ends[1:])
        at = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], sizes)
        return LabelSets.from_csr(ends, self._classes[at])

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        return (self[image] for image in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LabelSets):
            return NotImplemented
        return np.array_equal(self._offsets, other._offsets) and np.array_equal(self._classes, other._classes)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        return LabelSets.from_csr, (self._offsets, self._classes)

    def __repr__(self) -> str:
        return f"<LabelSets: {len(self)} images, {len(self._classes)} labels>"


def _as_class(label: Any, image: int) -> int:
    if isinstance(label, (bool, np.bool_)) or not hasattr(label, "__index__"):
        raise ValueError(f"label {label!r} of image {image} is not a class index, expected an integer")
    index = operator.index(label)
    # The library checks the range; here only what an int64 cannot say.
    if not -(2**63) <= index < 2**63:
        raise IndexError(f"label {index} of image {image} is not a class index, expected 0 to 2147483647")
    return index


def _integers(values: Any, what: str) -> npt.NDArray[Any]:
    """A contiguous int64 or uint64 array of one dimension."""
    array = np.asarray(values)
    if array.size == 0 and not isinstance(values, np.ndarray):
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{what}: the element type is {array.dtype}, expected integers")
    if array.ndim != 1:
        raise ValueError(f"{what}: the array has {array.ndim} dimensions, expected 1")
    return np.ascontiguousarray(array, np.uint64 if array.dtype == np.uint64 else np.int64)


@dataclass(frozen=True)
class Arguments:
    """Scores or lists, and labels, in the order of the arguments of the extension module."""

    output: Any
    bits_of_bfloat16: bool
    classes: int  # of lists; 0: scores
    original: Any
    offsets: Any
    set_classes: Any


def arguments(scores: Any, original: Any, real: Any) -> Arguments:
    """Makes the arrays of a call. Nothing is copied except small integer arrays and lists."""
    return Arguments(*_output(scores), _original(original), *_sets(real))


def _output(scores: Any) -> tuple[Any, bool, int]:
    if isinstance(scores, TopK):
        lists = np.asarray(scores.lists)
        if lists.dtype.kind not in "iu":
            raise ValueError(f"top-k lists: the element type is {lists.dtype}, expected integers")
        if lists.dtype == np.uint64 and lists.size and lists.max() >= 2**63:
            raise IndexError(f"top-k lists: class {lists.max()} is outside [0, {scores.classes})")
        if scores.classes < 1:
            raise ValueError(f"top-k lists: the number of classes is {scores.classes}, expected at least 1")
        return np.ascontiguousarray(lists, np.int32 if lists.dtype == np.int32 else np.int64), False, scores.classes
    if isinstance(scores, np.ndarray):
        if not scores.dtype.isnative:
            raise ValueError(f"scores: the bytes of {scores.dtype} are swapped; use scores.astype('=f4')")
        if scores.dtype.name == "bfloat16":
            return scores.view(np.uint16), True, 0
    return scores, False, 0


def _original(labels: Any) -> Any:
    if labels is None:
        return None
    array = np.asarray(labels)
    if array.dtype == np.int32 and array.ndim == 1:
        return np.ascontiguousarray(array)
    return _integers(labels if isinstance(labels, (list, tuple)) else array, "original labels")


def _sets(real: Any) -> tuple[Any, Any]:
    if real is None:
        return None, None
    sets = real if isinstance(real, LabelSets) else LabelSets(real)
    return sets.offsets, sets.classes


def label_arguments(original: Any, real: Any) -> tuple[Any, Any, Any]:
    return (_original(original), *_sets(real))
