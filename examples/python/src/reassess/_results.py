"""Results as values: attributes, as_dict(), and a table in notebooks."""

from __future__ import annotations

import dataclasses
import html
from dataclasses import dataclass
from typing import Any


def html_table(values: dict[str, Any]) -> str:
    def cell(value: Any) -> str:
        if isinstance(value, dict):
            return html_table(value)
        return html.escape(f"{value:.6g}" if isinstance(value, float) else str(value))

    rows = "".join(f"<tr><th>{html.escape(key)}</th><td>{cell(value)}</td></tr>" for key, value in values.items())
    return f"<table>{rows}</table>"


class Result:
    """Base of results: as_dict() for logging and JSON, and _repr_html_() for notebooks."""

    def as_dict(self) -> dict[str, Any]:
        """All attributes, as numbers, None, lists and dictionaries."""
        return dataclasses.asdict(self)  # type: ignore[call-overload, no-any-return]

    def _repr_html_(self) -> str:
        return html_table(self.as_dict())


@dataclass(frozen=True)
class Proportion(Result):
    """Exact counts: `hits` of `total` images."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """hits / total, in [0, 1]. ValueError if total is 0."""
        if self.total == 0:
            raise ValueError("proportion: 0 of 0 is undefined")
        return self.hits / self.total

    def as_dict(self) -> dict[str, Any]:
        return {"hits": self.hits, "total": self.total, "value": self.value if self.total else None}


@dataclass(frozen=True)
class Mean(Result):
    """A mean over `total` images; `sum` is exact before it is rounded once, and infinite if an image's value is."""

    sum: float
    total: int

    @property
    def value(self) -> float:
        """sum / total. ValueError if total is 0."""
        if self.total == 0:
            raise ValueError("mean: undefined for 0 images")
        return self.sum / self.total

    def as_dict(self) -> dict[str, Any]:
        return {"sum": self.sum, "total": self.total, "value": self.value if self.total else None}


@dataclass(frozen=True)
class Interval(Result):
    """A confidence interval, or the bounds of a difference."""

    lower: float
    upper: float


@dataclass(frozen=True)
class ClassMean(Result):
    """A mean over the classes that have images; `value` and `standard_error` are None if there is none."""

    value: float | None
    standard_error: float | None
    classes: int
    classes_without_images: int


@dataclass(frozen=True)
class Preference(Result):
    """Images whose prediction differs from their original label, by which of the two is in the label set."""

    model_preferred: int
    label_preferred: int
    both_correct: int
    both_wrong: int
    both_wrong_without_labels: int

    @property
    def ratio(self) -> Proportion:
        """model_preferred of model_preferred + label_preferred. Above one half: raters prefer the model's."""
        return Proportion(self.model_preferred, self.model_preferred + self.label_preferred)

    def as_dict(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "ratio": self.ratio.as_dict()}


@dataclass(frozen=True)
class CalibrationBin(Result):
    """Predictions with a confidence in [lower, upper): their accuracy and their mean confidence."""

    lower: float
    upper: float
    accuracy: Proportion
    confidence: Mean


@dataclass(frozen=True)
class McNemar(Result):
    """McNemar's test of two models on the same images; only images that exactly one classifies correctly count.

    `mid_p_value` is recommended, `exact_p_value` is conservative; the chi-squared tests need many images.
    """

    first_only: int
    second_only: int
    exact_p_value: float
    mid_p_value: float
    log10_mid_p_value: float
    chi_squared: float
    chi_squared_p_value: float
    corrected_chi_squared: float
    corrected_chi_squared_p_value: float
    no_discordant_pairs: bool


@dataclass(frozen=True)
class PairedComparison(Result):
    """Two models on the same images: how many images both, one or neither classify correctly, and what follows.

    `difference` is the accuracy of the first less that of the second, with Newcombe's interval for paired data.
    """

    both: int
    first_only: int
    second_only: int
    neither: int
    difference: float
    interval: Interval
    test: McNemar


@dataclass(frozen=True)
class LinearFit(Result):
    """A line fitted by least squares; None where the number of points does not determine a value."""

    points: int
    slope: float
    intercept: float
    slope_standard_error: float | None
    r_squared: float | None


@dataclass(frozen=True)
class SlopeTest(Result):
    """Welch's t-test of two slopes, and the p-value of the paper's Z-test, which is too small for few models."""

    first: LinearFit
    second: LinearFit
    interval: Interval
    slope_difference: float
    standard_error: float
    t: float
    degrees_of_freedom: float
    p_value: float
    z_test_p_value: float
