"""LabelSets: lists, CSR arrays, files, slices, pickling."""

import pickle

import numpy as np
import pytest

import reassess


def test_sets_are_sorted_and_unique():
    sets = reassess.LabelSets([[3, 1, 3], [], [2]])
    assert list(sets) == [(1, 3), (), (2,)]
    assert sets.offsets.tolist() == [0, 2, 2, 3]
    assert sets.classes.dtype == np.int32
    assert sets[-1] == (2,)
    assert sets == reassess.LabelSets([[1, 3], [], [2]]) != reassess.LabelSets([[1], [3], [2]])
    assert pickle.loads(pickle.dumps(sets)) == sets
    with pytest.raises(IndexError, match="image 3 of 3"):
        sets[3]
    with pytest.raises(ValueError, match="read-only"):
        sets.classes[0] = 9


def test_compressed_sparse_rows():
    sets = reassess.LabelSets.from_csr([0, 2, 2, 3], np.array([3, 1, 2], np.uint8))
    assert list(sets) == [(1, 3), (), (2,)]
    for offsets, words in [
        ([], "no offsets"),
        ([1, 3], "offset 0 is 1"),
        ([0, 2, 1, 3], "offset 2"),
        ([0, 2], "last offset"),
        ([0, -1, 3], "offset 1 is -1"),
        ([0.0, 3.0], "expected integers"),
    ]:
        with pytest.raises(ValueError, match=words):
            reassess.LabelSets.from_csr(offsets, [3, 1, 2])
    with pytest.raises(IndexError, match="label -1 of image 1"):
        reassess.LabelSets.from_csr([0, 1, 2], [0, -1])
    with pytest.raises(IndexError, match="18446744073709551615"):
        reassess.LabelSets.from_csr([0, 1], np.array([2**64 - 1], np.uint64))


def test_slices_and_orders(problem):
    sets = problem.real
    assert list(sets[10:50:3]) == [tuple(s) for s in problem.sets[10:50:3]]
    order = np.random.default_rng(2).permutation(len(sets))
    assert list(sets[order]) == [tuple(problem.sets[i]) for i in order]
    assert list(sets[[-1, 0, 0]]) == [sets[-1], sets[0], sets[0]]
    assert len(sets[[]]) == len(sets[5:5]) == 0
    with pytest.raises(IndexError):
        sets[[0, len(sets)]]


def test_files(tmp_path):
    path = tmp_path / "real.json"
    path.write_text("[[65, 3], [], [970]]")
    assert list(reassess.LabelSets.read(path)) == [(3, 65), (), (970,)]
    for text, error, words in [
        ("[[1,", ValueError, "not valid JSON"),
        ("[1]", ValueError, "list of lists"),
        ('{"a": [1]}', ValueError, "list of lists"),
        ("[[1.0]]", ValueError, "1.0 of image 0"),
        ("[[true]]", ValueError, "True"),
        ('[["1"]]', ValueError, "'1'"),
        ("[[], [-1]]", IndexError, "label -1 of image 1"),
    ]:
        path.write_text(text)
        with pytest.raises(error, match=words) as raised:
            reassess.LabelSets.read(path)
        assert str(path) in str(raised.value)
