"""Intervals and tests of counts and of lines through models."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core
from ._results import Interval, LinearFit, McNemar, Proportion, SlopeTest


def wilson_interval(p: Proportion, level: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion, the usual choice. ValueError for 0 of 0 and a level outside (0, 1)."""
    return Interval(*_core.wilson_interval(p.hits, p.total, level))


def clopper_pearson_interval(p: Proportion, level: float = 0.95) -> Interval:
    """The exact interval: its coverage is never below the level. Errors: see wilson_interval."""
    return Interval(*_core.clopper_pearson_interval(p.hits, p.total, level))


def mid_p_interval(p: Proportion, level: float = 0.95) -> Interval:
    """The mid-p interval: shorter than Clopper and Pearson's. Errors: see wilson_interval."""
    return Interval(*_core.mid_p_interval(p.hits, p.total, level))


def jeffreys_interval(p: Proportion, level: float = 0.95) -> Interval:
    """Jeffreys' interval, of the Beta(1/2, 1/2) prior. Errors: see wilson_interval."""
    return Interval(*_core.jeffreys_interval(p.hits, p.total, level))


def mcnemar_test(first_only: int, second_only: int) -> McNemar:
    """McNemar's test of the numbers of images that only the first or only the second model classifies correctly."""
    return McNemar(**_core.mcnemar_test(first_only, second_only))


def slope_test(x: Any, y: Any, level: float = 0.95) -> SlopeTest:
    """Whether gains carry over less for better models (Fig. 4 of the paper).

    x: original accuracies, y: ReaL accuracies, one element per model. One line is fitted to the half of the models
    with lower x (rounded down) and one to the other half; their slopes are compared by Welch's t-test. Raises
    ValueError for different sizes, values that are not finite, fewer than 3 models per half, and halves of equal x.
    """
    first, second, interval, test = _core.slope_test(
        np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64), level
    )
    return SlopeTest(LinearFit(**first), LinearFit(**second), Interval(*interval), **test)
