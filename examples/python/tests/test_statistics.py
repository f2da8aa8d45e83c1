"""Intervals, paired tests and slope tests against formulas and published numbers."""

import csv
import math
import pathlib

import numpy as np
import plain
import pytest

import reassess


def test_wilson_interval_is_its_formula():
    z = 1.959963984540054
    for hits, total in [(0, 10), (7, 10), (37_000, 50_000)]:
        p, n = hits / total, total
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        margin = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        found = reassess.wilson_interval(reassess.Proportion(hits, total))
        assert found.lower == pytest.approx(centre - margin, abs=1e-14)
        assert found.upper == pytest.approx(centre + margin, abs=1e-14)


def test_exact_intervals_solve_their_equations():
    hits, total = 7, 20
    p = reassess.Proportion(hits, total)

    def at_most(k, share):
        return sum(math.comb(total, i) * share**i * (1 - share) ** (total - i) for i in range(k + 1))

    exact = reassess.clopper_pearson_interval(p, 0.9)
    assert at_most(hits, exact.upper) == pytest.approx(0.05, rel=1e-9)
    assert 1 - at_most(hits - 1, exact.lower) == pytest.approx(0.05, rel=1e-9)
    mid = reassess.mid_p_interval(p, 0.9)
    assert (at_most(hits, mid.upper) + at_most(hits - 1, mid.upper)) / 2 == pytest.approx(0.05, rel=1e-9)
    assert exact.lower < mid.lower < reassess.jeffreys_interval(p, 0.9).lower < hits / total
    for wrong in (reassess.Proportion(0, 0), reassess.Proportion(3, 2)):
        with pytest.raises(ValueError):
            reassess.wilson_interval(wrong)
    with pytest.raises(ValueError, match="level"):
        reassess.wilson_interval(p, 95)


def test_mcnemar_is_the_binomial_test():
    test = reassess.mcnemar_test(5, 15)
    tail = sum(math.comb(20, i) for i in range(6)) / 2**20
    assert test.exact_p_value == pytest.approx(2 * tail, rel=1e-12)
    assert test.mid_p_value == pytest.approx(2 * tail - math.comb(20, 5) / 2**20, rel=1e-12)
    assert test.chi_squared == 5.0
    assert test.corrected_chi_squared == pytest.approx(81 / 20)
    assert reassess.mcnemar_test(0, 0).no_discordant_pairs


def test_models_are_compared_on_the_same_images(problem):
    random = np.random.default_rng(3)
    other = np.where(random.random(problem.scores.shape) < 0.1, 5.0, problem.scores)
    first = reassess.rank(problem.scores, problem.labels, problem.real)
    second = reassess.rank(other, problem.labels, problem.real)

    counted = problem.labels >= 0
    a, b = (plain.ranks(s).argmin(axis=1) == problem.labels for s in (problem.scores, other))
    found = reassess.compare_paired(first, second, problem.labels, problem.real)
    assert found.first_only == (a & ~b & counted).sum() > 0
    assert found.second_only == (~a & b & counted).sum() > 0
    assert found.both == (a & b & counted).sum()
    assert found.difference == pytest.approx((a & counted).sum() / counted.sum() - (b & counted).sum() / counted.sum())
    assert found.interval.lower < found.difference < found.interval.upper
    assert found.test == reassess.mcnemar_test(found.first_only, found.second_only)

    by_real = reassess.compare_paired(first, second, problem.labels, problem.real, metric="real", k=2)
    hits = reassess.evaluate(problem.scores, real=problem.real).real(2).hits
    assert by_real.both + by_real.first_only == hits
    with pytest.raises(ValueError, match="with label sets"):
        reassess.compare_paired(first, second, problem.labels)
    with pytest.raises(ValueError, match="'both'"):
        reassess.compare_paired(first, second, problem.labels, problem.real, metric="both")
    with pytest.raises(IndexError, match="k is 99"):
        reassess.compare_paired(first, second, problem.labels, problem.real, k=99)


def test_slopes_are_those_of_numpy():
    x = np.linspace(0.5, 0.9, 12)
    y = np.minimum(x, 0.7) + 0.3 * np.maximum(x - 0.7, 0) + 0.01 * np.sin(40 * x)
    order = np.random.default_rng(4).permutation(12)
    found = reassess.slope_test(x[order], y[order])
    for fit, half in [(found.first, slice(0, 6)), (found.second, slice(6, 12))]:
        slope, intercept = np.polyfit(x[half], y[half], 1)
        assert fit.slope == pytest.approx(slope, rel=1e-9)
        assert fit.intercept == pytest.approx(intercept, rel=1e-9)
        assert fit.points == 6
    assert found.slope_difference == pytest.approx(found.first.slope - found.second.slope)
    error = math.hypot(found.first.slope_standard_error, found.second.slope_standard_error)
    assert found.t == pytest.approx(found.slope_difference / error)
    assert found.z_test_p_value == pytest.approx(math.erfc(abs(found.t) / math.sqrt(2)), rel=1e-9)
    assert found.p_value > found.z_test_p_value
    with pytest.raises(ValueError, match="NaN|not a number"):
        reassess.slope_test([0.1, math.nan, 0.3, 0.4, 0.5, 0.6], [1, 2, 3, 4, 5, 6])
    with pytest.raises(ValueError):
        reassess.slope_test([0.1, 0.2], [0.1])


def test_the_slopes_of_table_5_are_those_of_the_readme():
    with open(pathlib.Path(__file__).parents[2] / "data/table5.csv", newline="") as file:
        models = [row for row in csv.DictReader(file) if row["pool"] != "labels"]
    assert len(models) == 30
    original, real = ([float(m[column]) for m in models] for column in ("original_accuracy", "real_accuracy"))
    found = reassess.slope_test(original, real)
    assert [round(fit.slope, 2) for fit in (found.first, found.second)] == [0.97, 0.57]
    assert round(found.slope_difference, 2) == 0.40
    assert (round(found.interval.lower, 2), round(found.interval.upper, 2)) == (0.34, 0.46)
    assert round(found.t, 1) == 13.5
    assert f"{found.p_value:.1e}" == "5.2e-13"
