"""Is the second model better than the first, by the original labels and by the ReaL labels?

    python is_it_better.py                                       # two simulated models
    python is_it_better.py first.npy second.npy labels.npy real.json --kind logits

Prints a table of both models and the paired tests, and draws accuracies and calibration into is_it_better.png if
matplotlib is installed (pip install './examples/python[plot]').
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

import reassess


@dataclass
class Model:
    name: str
    result: reassess.Evaluation
    images: reassess.ImageResults


def simulated(images: int = 20_000, classes: int = 100) -> tuple[list[Any], Any, reassess.LabelSets]:
    """Images with one or two acceptable classes, of which 10 % have a wrong original label.

    The second model has learned the labels' mistakes: it gains by the original labels, and not by the ReaL labels.
    """
    random = np.random.RandomState(1)
    first_class = random.randint(classes, size=images)
    other = (first_class + random.randint(1, classes, size=images)) % classes
    has_two = random.uniform(size=images) < 0.2
    mistaken = random.uniform(size=images) < 0.1
    labels = np.where(mistaken, (first_class + classes // 2) % classes, first_class)
    real = reassess.LabelSets([[a, b] if two else [a] for a, b, two in zip(first_class, other, has_two)])

    every = np.arange(images)
    scores = []
    for learned in (1.5, 3.0):
        logits = random.standard_normal((images, classes)).astype(np.float32)
        logits[every, first_class] += 3.5
        logits[every[has_two], other[has_two]] += 3.0
        logits[every[mistaken], labels[mistaken]] += learned
        scores.append(2 * logits)
    return scores, labels, real


def percent(p: reassess.Proportion) -> str:
    bounds = reassess.wilson_interval(p)
    return f"{100 * p.value:6.2f} [{100 * bounds.lower:.2f}, {100 * bounds.upper:.2f}]"


def print_models(models: list[Model], kind: str | None) -> None:
    rows: dict[str, Callable[[reassess.Evaluation], str]] = {
        "original top-1, %": lambda r: percent(r.top_k(1)),
        "original top-5, %": lambda r: percent(r.top_k(5)),
        "ReaL, %": lambda r: percent(r.real(1)),
        "preferred to the label, %": lambda r: percent(r.preference.ratio),
    }
    if kind is not None:
        rows["log loss"] = lambda r: f"{r.log_loss.value:6.3f}"
        rows["calibration error"] = lambda r: f"{r.calibration_error:6.3f}"
        rows["calibration error, ReaL"] = lambda r: f"{r.real_calibration_error:6.3f}"
    print(f"{'':26}" + "".join(f"{model.name:24}" for model in models).rstrip())
    for name, text in rows.items():
        print(f"{name:26}" + "".join(f"{text(model.result):24}" for model in models).rstrip())


def print_comparison(first: Model, second: Model, labels: Any, real: reassess.LabelSets) -> None:
    metrics: dict[Literal["original", "real"], str] = {"original": "original labels", "real": "ReaL labels"}
    for metric, name in metrics.items():
        found = reassess.compare_paired(second.images, first.images, labels, real, metric=metric)
        p = found.test.mid_p_value
        if p >= 0.05:
            verdict = "no difference can be seen"
        else:
            verdict = f"{second.name} is {'better' if found.difference > 0 else 'worse'}"
        print(
            f"{name:26}{100 * found.difference:+.2f} points "
            f"[{100 * found.interval.lower:+.2f}, {100 * found.interval.upper:+.2f}], "
            f"p = {p:.2g}: {verdict}"
        )


def draw(models: list[Model], kind: str | None, file: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (accuracies, calibration) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for number, model in enumerate(models):
        for at, p in enumerate((model.result.top_k(1), model.result.real(1))):
            bounds = reassess.wilson_interval(p)
            accuracies.errorbar(
                at + 0.1 * number,
                100 * p.value,
                yerr=[[100 * (p.value - bounds.lower)], [100 * (bounds.upper - p.value)]],
                fmt="o",
                color=f"C{number}",
                label=model.name if at == 0 else None,
            )
    accuracies.set(xticks=[0, 1], xticklabels=["original", "ReaL"], xlim=(-0.5, 1.6), ylabel="accuracy, %")
    accuracies.legend(loc="upper left")
    calibration.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    calibration.set(xlabel="confidence", ylabel="accuracy (ReaL)", xlim=(0, 1), ylim=(0, 1))
    for model in models if kind is not None else ():
        bins = [b for b in model.result.real_calibration if b.accuracy.total]
        calibration.plot([b.confidence.value for b in bins], [b.accuracy.value for b in bins], "o-", label=model.name)
    figure.savefig(file, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="scores of both models, labels (npy), label sets")
    parser.add_argument("--kind", choices=("logits", "probabilities"), help="what the scores in files are")
    parser.add_argument("--plot", default="is_it_better.png", help="the figure's file")
    arguments = parser.parse_args()
    if len(arguments.files) not in (0, 4):
        parser.error(f"{len(arguments.files)} files, expected four or none")
    if arguments.files:
        scores = [np.load(file, mmap_mode="r") for file in arguments.files[:2]]
        labels, real = np.load(arguments.files[2]), reassess.LabelSets.read(arguments.files[3])
        kind = arguments.kind
    else:
        scores, labels, real = simulated()
        kind = "logits"

    models = [
        Model(name, reassess.evaluate(s, labels, real, kind=kind), reassess.rank(s, labels, real))
        for name, s in zip(("first", "second"), scores)
    ]
    print_models(models, kind)
    print()
    print_comparison(models[0], models[1], labels, real)
    try:
        draw(models, kind, arguments.plot)
    except ImportError:
        print("\nno figure: matplotlib is not installed")
    else:
        print(f"\nfigure: {arguments.plot}")


if __name__ == "__main__":
    main()
