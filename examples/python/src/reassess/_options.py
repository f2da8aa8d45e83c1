"""The options of a pass, as the extension module reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["logits", "probabilities"]
OnNan = Literal["error", "exclude"]


@dataclass(frozen=True)
class Options:
    kind: str = "unspecified"
    normalise: bool = False
    clip: float = 0.0
    exclude_nan: bool = False
    depth: int = 0
    top_k: int = 0
    sigmoid: bool = False
    calibration_bins: int = 15
    threads: int = 0


def options(
    kind: Kind | None,
    clip: float,
    normalise: bool,
    nan: OnNan,
    sigmoid: bool,
    threads: int | None,
    depth: int | None = None,
    top_k: int | None = None,
    calibration_bins: int = 15,
) -> Options:
    """Checks the options that are words or numbers of Python; the library checks the others."""
    if kind not in (None, "logits", "probabilities"):
        raise ValueError(f"kind is {kind!r}, expected 'logits', 'probabilities' or None")
    if nan not in ("error", "exclude"):
        raise ValueError(f"nan is {nan!r}, expected 'error' or 'exclude'")
    for name, value in (("depth", depth), ("top_k", top_k), ("threads", threads)):
        if value is not None and value < 1:
            raise ValueError(f"{name} is {value}, expected at least 1 or None")
    if kind != "probabilities" and (clip != 0 or normalise):
        raise ValueError("clip and normalise are options of kind='probabilities'")
    return Options(
        kind=kind or "unspecified",
        normalise=normalise,
        clip=clip,
        exclude_nan=nan == "exclude",
        depth=depth or 0,
        top_k=top_k or 0,
        sigmoid=sigmoid,
        calibration_bins=calibration_bins,
        threads=threads or 0,
    )
