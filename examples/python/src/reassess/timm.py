"""A drop-in for timm's RealLabelsImagenet, with exact counts: `from reassess.timm import RealLabelsImagenet`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._evaluation import Evaluation, Evaluator
from ._labels import LabelSets


class RealLabelsImagenet:
    """ReaL accuracy of batches in the order of `filenames`, as timm's validate.py uses it.

    filenames: the images in the order in which they are evaluated; the number at the end of each name, such as
        ILSVRC2012_val_00000293.JPEG, is the position of its label set, from 1. real_json: the path of real.json.
    topk: the k of get_accuracy without arguments.

    Differences from timm's class: any part of the images may be evaluated, result() has the exact counts, and real.json
    is not part of the package. Raises ValueError for a name without a number, IndexError for one without a label set.
    """

    def __init__(
        self, filenames: Sequence[str], real_json: str | os.PathLike[str], topk: Sequence[int] = (1, 5)
    ) -> None:
        numbers = np.array([_number_of(name) for name in filenames], np.int64)
        sets = LabelSets.read(real_json)
        outside = np.flatnonzero((numbers < 1) | (numbers > len(sets)))
        if outside.size:
            name = filenames[int(outside[0])]
            raise IndexError(f"{name}: {os.fspath(real_json)} has label sets of images 1 to {len(sets)}")
        self.topk = tuple(topk)
        self._real = sets[numbers - 1]
        self._evaluator = Evaluator()

    def add_result(self, output: Any) -> None:
        """Counts a batch of scores, images x classes: a torch tensor on any device, or an array on the CPU."""
        if hasattr(output, "detach"):
            output = output.detach().cpu()
        first = self._evaluator.images
        if first + len(output) > len(self._real):
            raise ValueError(f"{first + len(output)} images were evaluated, but there are {len(self._real)} file names")
        self._evaluator.update(output, real=self._real[first : first + len(output)])

    def get_accuracy(self, k: int | None = None) -> Any:
        """ReaL@k of the images so far, in percent; without k, a dictionary of all `topk`."""
        result = self.result()
        if k is None:
            return {each: 100 * result.real(each).value for each in self.topk}
        return 100 * result.real(k).value

    def result(self) -> Evaluation:
        """The evaluation of the images so far."""
        return self._evaluator.result()


def _number_of(name: str) -> int:
    stem = os.path.splitext(os.path.basename(name))[0]
    digits = re.search(r"[0-9]+$", stem)
    if digits is None:
        raise ValueError(f"{name}: the name does not end in the number of an image, as in ILSVRC2012_val_00000293.JPEG")
    return int(digits[0])
