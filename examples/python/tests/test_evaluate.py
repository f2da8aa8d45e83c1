"""Metrics against plain numpy, for every element type, layout and kind of array."""

import ml_dtypes
import numpy as np
import plain
import pytest

import reassess

FLOATS = [np.float16, ml_dtypes.bfloat16, np.float32, np.float64]


class OnlyDLPack:
    """An array of another library: nothing but the DLPack protocol."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **arguments):
        return self.array.__dlpack__(**arguments)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def as_integers(scores, dtype):
    return (scores * 4 + (0 if dtype == np.int8 else 17)).astype(dtype)


def check_order(result, scores, p):
    for k in (1, 2, 5, p.classes):
        assert (result.top_k(k).hits, result.top_k(k).total) == plain.top_k(scores, p.labels, k)
        assert (result.real(k).hits, result.real(k).total) == plain.real(scores, p.sets, k)
        kth = result.real_kth(k)
        assert (kth.hits, kth.total) == plain.real_kth(scores, p.sets, k)
    preference = result.preference
    assert (
        preference.model_preferred,
        preference.label_preferred,
        preference.both_correct,
        preference.both_wrong,
    ) == plain.preference(scores, p.labels, p.sets)
    assert result.ties == plain.ties(scores, p.labels) > 0
    assert result.missing_labels == (p.labels < 0).sum() > 0
    assert result.without_real_labels == sum(not s for s in p.sets) > 0
    assert result.images == p.images


@pytest.mark.parametrize("dtype", [*FLOATS, np.int8, np.uint8])
def test_counts_equal_plain_numpy(problem, dtype):
    scores = problem.scores.astype(dtype) if dtype in FLOATS else as_integers(problem.scores, dtype)
    check_order(reassess.evaluate(scores, problem.labels, problem.real), scores, problem)


@pytest.mark.parametrize("dtype", FLOATS)
def test_losses_and_calibration_equal_plain_numpy(problem, dtype):
    logits = problem.scores.astype(dtype)
    result = reassess.evaluate(logits, problem.labels, problem.real, kind="logits", calibration_bins=10)
    check_order(result, logits, problem)
    p = plain.softmax(logits.astype(np.float64))
    predictions = plain.ranks(logits).argmin(axis=1)
    assert result.log_loss.value == pytest.approx(plain.log_loss(p, problem.labels), rel=1e-6)
    assert result.real_log_loss.value == pytest.approx(plain.real_log_loss(p, problem.sets), rel=1e-6)
    assert result.brier_score.value == pytest.approx(plain.brier_score(p, problem.labels), rel=1e-5)
    expected = plain.calibration_error(p, predictions, problem.labels, 10)
    assert result.calibration_error == pytest.approx(expected, rel=1e-5)
    assert sum(b.accuracy.total for b in result.calibration) == (problem.labels >= 0).sum()

    # Probabilities are the same question; they are computed in double.
    probabilities = plain.softmax(problem.scores)
    by_probabilities = reassess.evaluate(probabilities, problem.labels, problem.real, kind="probabilities")
    assert by_probabilities.log_loss.value == pytest.approx(plain.log_loss(probabilities, problem.labels), rel=1e-12)
    weights = reassess.evaluate(3 * probabilities, problem.labels, kind="probabilities", normalise=True)
    assert weights.log_loss.value == pytest.approx(plain.log_loss(probabilities, problem.labels), rel=1e-12)


def test_clip_bounds_the_loss_of_a_probability_of_0():
    p = np.array([[1.0, 0.0]])
    assert reassess.evaluate(p, [1], kind="probabilities").log_loss.value == np.inf
    clipped = reassess.evaluate(p, [1], kind="probabilities", clip=1e-3)
    assert clipped.log_loss.value == pytest.approx(-np.log(1e-3))


def test_sigmoid_losses(problem):
    logits = problem.scores
    result = reassess.evaluate(logits, problem.labels, problem.real, kind="logits", sigmoid=True)
    target = np.zeros_like(logits)
    counted = problem.labels >= 0
    target[np.arange(problem.images)[counted], problem.labels[counted]] = 1
    losses = (np.logaddexp(0, -logits) * target + np.logaddexp(0, logits) * (1 - target)).sum(axis=1)
    assert result.sigmoid_loss.value == pytest.approx(losses[counted].mean(), rel=1e-12)
    with pytest.raises(ValueError, match="sigmoid"):
        reassess.evaluate(logits, problem.labels, kind="logits").sigmoid_loss


@pytest.mark.parametrize("dtype", [*FLOATS, np.int8, np.uint8])
def test_strided_rows_and_other_layouts_are_read_in_place(problem, dtype):
    scores = problem.scores.astype(dtype) if dtype in FLOATS else as_integers(problem.scores, dtype)
    expected = reassess.evaluate(scores, problem.labels, problem.real)

    wide = np.zeros((problem.images, problem.classes + 3), dtype)
    wide[:, 1:-2] = scores
    assert reassess.evaluate(wide[:, 1:-2], problem.labels, problem.real) == expected

    every_other = np.zeros((2 * problem.images, problem.classes), dtype)
    every_other[::2] = scores
    assert reassess.evaluate(every_other[::2], problem.labels, problem.real) == expected

    read_only = scores.copy()
    read_only.flags.writeable = False
    assert reassess.evaluate(read_only, problem.labels, problem.real) == expected
    if dtype != ml_dtypes.bfloat16:
        assert reassess.evaluate(OnlyDLPack(scores), problem.labels, problem.real) == expected


def test_memory_maps_are_read_in_place(problem, tmp_path):
    np.save(tmp_path / "scores.npy", problem.scores)
    mapped = np.load(tmp_path / "scores.npy", mmap_mode="r")
    assert reassess.evaluate(mapped, problem.labels) == reassess.evaluate(problem.scores, problem.labels)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64])
def test_labels_of_every_integer_type(problem, dtype):
    labels = np.maximum(problem.labels, 0).astype(dtype)
    expected = reassess.evaluate(problem.scores, labels.tolist())
    assert reassess.evaluate(problem.scores, labels) == expected
    assert reassess.evaluate(problem.scores, np.repeat(labels, 2)[::2]) == expected


def test_stored_lists(problem):
    order = np.argsort(plain.ranks(problem.scores), axis=1)
    for dtype in (np.int32, np.int64, np.uint16):
        lists = reassess.TopK(order[:, :5].astype(dtype), problem.classes)
        result = reassess.evaluate(lists, problem.labels, problem.real)
        scores = reassess.evaluate(problem.scores, problem.labels, problem.real)
        for k in (1, 5):
            assert result.top_k(k) == scores.top_k(k)
            assert result.real(k) == scores.real(k)
        assert result.depth == 5
        assert result.ties is None
        ranked = reassess.rank(lists, problem.labels)
        assert (ranked.prediction == order[:, 0]).all()


def test_the_number_of_threads_does_not_matter(problem):
    one = reassess.evaluate(problem.scores, problem.labels, problem.real, kind="logits", threads=1)
    assert reassess.evaluate(problem.scores, problem.labels, problem.real, kind="logits", threads=3) == one


def test_nan_is_an_error_or_excluded(problem):
    scores = problem.scores.copy()
    scores[7, 3] = scores[30, 0] = np.nan
    with pytest.raises(ValueError, match="image 7"):
        reassess.evaluate(scores, problem.labels)
    result = reassess.evaluate(scores, problem.labels, problem.real, nan="exclude")
    rest = np.delete(np.arange(problem.images), [7, 30])
    assert result.nan_images == 2
    assert (result.top_k(1).hits, result.top_k(1).total) == plain.top_k(scores[rest], problem.labels[rest], 1)
    assert reassess.rank(scores, problem.labels, nan="exclude").prediction[[7, 30]].tolist() == [-1, -1]


def test_results_of_each_image(problem):
    results = reassess.rank(problem.scores, problem.labels, problem.real, kind="logits", top_k=3)
    ranks = plain.ranks(problem.scores)
    assert (results.prediction == ranks.argmin(axis=1)).all()
    assert (results.top_k == np.argsort(ranks, axis=1)[:, :3]).all()
    counted = problem.labels >= 0
    assert (results.original_rank[counted] == ranks[counted, problem.labels[counted]]).all()
    assert (results.original_rank[~counted] == reassess.NO_RANK).all()
    flat = [ranks[i, c] for i, s in enumerate(problem.sets) for c in s]
    assert results.label_rank.tolist() == flat
    p = plain.softmax(problem.scores)
    assert results.confidence == pytest.approx(p.max(axis=1), rel=1e-6)
    assert results.sigmoid_cross_entropy is None
    assert "sigmoid_cross_entropy" not in results.as_dict()
    assert results.cross_entropy[counted].mean() == pytest.approx(plain.log_loss(p, problem.labels), rel=1e-6)
    assert not results.prediction.flags.writeable


def test_no_images():
    result = reassess.evaluate(np.empty((0, 5), np.float32), np.empty(0, np.int64), [])
    assert result.top_k(1) == reassess.Proportion(0, 0)
    assert result.as_dict()["top_1"]["value"] is None
    with pytest.raises(ValueError, match="0 of 0"):
        result.top_k(1).value
    assert reassess.rank(np.empty((0, 5), np.float32), []).prediction.shape == (0,)


def test_class_metrics(problem):
    result = reassess.evaluate(problem.scores, problem.labels)
    hits, totals = result.class_accuracy()
    predictions = plain.ranks(problem.scores).argmin(axis=1)
    assert totals.tolist() == [(problem.labels == c).sum() for c in range(problem.classes)]
    assert hits.tolist() == [((problem.labels == c) & (predictions == c)).sum() for c in range(problem.classes)]
    assert result.balanced_accuracy.value == pytest.approx((hits / totals).mean(), rel=1e-12)
    ranks = plain.ranks(problem.scores)[np.arange(problem.images), problem.labels][problem.labels >= 0]
    assert result.rank_histogram.tolist() == np.bincount(ranks, minlength=problem.classes).tolist()
    assert result.mean_reciprocal_rank.value == pytest.approx((1 / (1 + ranks)).mean(), rel=1e-12)


def test_results_as_dictionaries_and_html(problem):
    result = reassess.evaluate(problem.scores, problem.labels, problem.real)
    d = result.as_dict()
    assert d["top_1"] == {"hits": result.top_k().hits, "total": result.top_k().total, "value": result.top_k().value}
    assert d["log_loss"] is None
    assert f"<td>{result.top_k(1).hits}</td>" in result._repr_html_()
    assert "&lt;" in reassess.Interval("<", 1)._repr_html_()
    assert "400 images" in repr(result)
