"""reassess: image classifiers against their original labels and against reassessed (ReaL) labels.

    import reassess

    real = reassess.LabelSets.read("real.json")
    result = reassess.evaluate(logits, labels, real, kind="logits")
    result.top_k(1).value, result.real(1).value, result.log_loss.value
    reassess.wilson_interval(result.real(1))

evaluate computes all metrics of one model; Evaluator does so in batches and shards; rank has the results of each image,
and compare_paired tests whether one of two models is better. Scores are read where they are, without a copy.
"""

from ._evaluation import Evaluation, Evaluator, evaluate
from ._labels import LabelSets, TopK
from ._ranking import NO_RANK, ImageResults, compare_paired, rank
from ._results import (
    CalibrationBin,
    ClassMean,
    Interval,
    LinearFit,
    McNemar,
    Mean,
    PairedComparison,
    Preference,
    Proportion,
    SlopeTest,
)
from ._statistics import (
    clopper_pearson_interval,
    jeffreys_interval,
    mcnemar_test,
    mid_p_interval,
    slope_test,
    wilson_interval,
)

__all__ = [
    "NO_RANK",
    "CalibrationBin",
    "ClassMean",
    "Evaluation",
    "Evaluator",
    "ImageResults",
    "Interval",
    "LabelSets",
    "LinearFit",
    "McNemar",
    "Mean",
    "PairedComparison",
    "Preference",
    "Proportion",
    "SlopeTest",
    "TopK",
    "clopper_pearson_interval",
    "compare_paired",
    "evaluate",
    "jeffreys_interval",
    "mcnemar_test",
    "mid_p_interval",
    "rank",
    "slope_test",
    "wilson_interval",
]
