"""Wrong arguments: one exception with the position, the value found and the values allowed."""

import numpy as np
import pytest

import reassess

SCORES = np.zeros((3, 4), np.float32)


@pytest.mark.parametrize(
    "scores, error, words",
    [
        ([[1.0, 2.0]], TypeError, "list is not readable as an array"),
        (None, TypeError, "NoneType"),
        (np.zeros(3), ValueError, "1 dimensions, expected 2"),
        (np.zeros((3, 4, 1)), ValueError, "3 dimensions"),
        (np.zeros((3, 4), np.int64), ValueError, "int64.*TopK"),
        (np.zeros((3, 4), np.uint16), ValueError, "uint16"),
        (np.zeros((3, 4), bool), ValueError, "bool"),
        (np.zeros((3, 4), np.complex64), ValueError, "element type"),
        (np.zeros((3, 4), object), TypeError, "not readable"),
        (np.zeros((3, 4), ">f4"), ValueError, "swapped"),
        (np.asfortranarray(SCORES), ValueError, "stride 3 along the last axis"),
        (np.zeros((3, 8))[:, ::2], ValueError, "stride 2"),
        (SCORES[::-1], ValueError, "reverse"),
        (np.broadcast_to(SCORES[0], (3, 4)), ValueError, "row stride 0"),
        (np.zeros((3, 0)), ValueError, "number of classes is 0"),
        (np.zeros((2, 4)), ValueError, "2 images, the original labels have 3"),
    ],
)
def test_scores(scores, error, words):
    for function in (reassess.evaluate, reassess.rank, reassess.Evaluator().update):
        with pytest.raises(error, match=words):
            function(scores, [0, 1, 2])


@pytest.mark.parametrize(
    "labels, error, words",
    [
        ([0, 1, 4], IndexError, r"original label 4 of image 2 is outside \[0, 4\)"),
        ([0, -2, 1], IndexError, "image 1"),
        ([0.0, 1.0, 2.0], ValueError, "float64, expected integers"),
        ([[0, 1, 2]], ValueError, "2 dimensions"),
        (np.array([0, 1, 2**64 - 1], np.uint64), IndexError, "18446744073709551615"),
        ([0, 1], ValueError, "the original labels have 2"),
    ],
)
def test_original_labels(labels, error, words):
    with pytest.raises(error, match=words):
        reassess.evaluate(SCORES, labels)


@pytest.mark.parametrize(
    "sets, error, words",
    [
        ([[0], [1], [4]], IndexError, r"ReaL label 4 of image 2 is outside \[0, 4\)"),
        ([[0], [-1], []], IndexError, "label -1 of image 1"),
        ([[0], [2**40], []], IndexError, "1099511627776"),
        ([[0], [2**70], []], IndexError, "image 1"),
        ([[0], [1.0], []], ValueError, "1.0 of image 1 is not a class index"),
        ([[0], [True], []], ValueError, "True of image 1"),
        ([[0]], ValueError, "the label sets have 1"),
    ],
)
def test_label_sets(sets, error, words):
    with pytest.raises(error, match=words):
        reassess.evaluate(SCORES, real=sets)


def test_stored_lists():
    for lists, classes, error, words in [
        ([[0, 1], [1, 1]], 4, ValueError, "image 1"),
        ([[0, 1], [1, 4]], 4, IndexError, "image 1"),
        ([[0.0]], 4, ValueError, "float64"),
        (np.array([[2**64 - 5]], np.uint64), 4, IndexError, "18446744073709551611"),
        ([[0]], 0, ValueError, "classes is 0"),
        ([0], 4, ValueError, "1 dimensions"),
    ]:
        with pytest.raises(error, match=words):
            reassess.evaluate(reassess.TopK(lists, classes), [0] * len(lists))


@pytest.mark.parametrize(
    "options, words",
    [
        ({"kind": "softmax"}, "'softmax', expected 'logits'"),
        ({"nan": "ignore"}, "'ignore'"),
        ({"depth": 0}, "depth is 0"),
        ({"depth": 5}, "depth 5"),
        ({"threads": 0}, "threads is 0"),
        ({"calibration_bins": 0}, "0 bins"),
        ({"kind": "logits", "clip": 0.1}, "clip"),
        ({"kind": "probabilities", "clip": 0.5}, r"outside \[0, 0.5\)"),
    ],
)
def test_options(options, words):
    with pytest.raises(ValueError, match=words):
        reassess.evaluate(SCORES, [0, 1, 2], **options)


def test_metrics_that_the_input_cannot_give():
    result = reassess.evaluate(SCORES, [0, 1, 2], depth=2)
    with pytest.raises(IndexError, match="k is 3"):
        result.top_k(3)
    with pytest.raises(IndexError, match="k is 0"):
        result.top_k(0)
    with pytest.raises(ValueError, match="no label sets"):
        result.real(1)
    with pytest.raises(ValueError, match="log_loss"):
        result.log_loss
    with pytest.raises(ValueError, match=r"outside \[0, 1\] \(value 1.5\)"):
        reassess.evaluate(np.full((1, 2), 1.5), [0], kind="probabilities")
    with pytest.raises(IndexError, match="65"):
        reassess.rank(np.zeros((1, 100)), top_k=65)
