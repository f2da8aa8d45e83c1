"""Batches, shards, saved states, threads, signals, memory."""

import ctypes
import gc
import pathlib
import pickle
import resource
import signal
import threading
import weakref

import numpy as np
import pytest

import reassess


def test_batches_and_shards_equal_one_call(problem):
    whole = reassess.evaluate(problem.scores, problem.labels, problem.real, kind="logits")
    for sizes in ([1, 399], [100, 100, 200], [400]):
        first = reassess.Evaluator(kind="logits")
        second = reassess.Evaluator(kind="logits")
        start = 0
        for number, size in enumerate(sizes):
            rows = slice(start, start + size)
            (first, second)[number % 2].update(problem.scores[rows], problem.labels[rows], problem.real[rows])
            start += size
        first.merge(second)
        assert first.result() == whole
        assert first.images == problem.images


def test_states_are_saved_and_loaded(problem):
    evaluator = reassess.Evaluator(kind="logits", nan="exclude", threads=2)
    evaluator.update(problem.scores[:100], problem.labels[:100])
    copies = [pickle.loads(pickle.dumps(evaluator)), reassess.Evaluator()]
    copies[1].load_state_dict(evaluator.state_dict())
    for copy in (evaluator, *copies):
        copy.update(problem.scores[100:], problem.labels[100:])
        assert copy.result() == reassess.evaluate(problem.scores, problem.labels, kind="logits", nan="exclude")
    result = evaluator.result()
    assert pickle.loads(pickle.dumps(result)) == result
    assert reassess.Evaluation.from_bytes(result.to_bytes()) == result
    with pytest.raises(ValueError, match="saved state"):
        evaluator.load_state_dict({**evaluator.state_dict(), "evaluation": b"reassess?"})
    assert evaluator.result() == result
    for length in range(0, len(result.to_bytes()), 997):
        with pytest.raises(ValueError):
            reassess.Evaluation.from_bytes(result.to_bytes()[:length])


def test_an_update_that_raises_counts_nothing(problem):
    evaluator = reassess.Evaluator()
    evaluator.update(problem.scores, problem.labels)
    before = evaluator.result()
    broken = problem.scores.copy()
    broken[-1, 0] = np.nan
    with pytest.raises(ValueError, match="image 799"):  # images are numbered through all batches
        evaluator.update(broken, problem.labels)
    with pytest.raises(ValueError, match="classes"):
        evaluator.update(problem.scores[:, :-1].copy(), np.zeros(problem.images, int))
    with pytest.raises(ValueError, match="label sets"):
        evaluator.update(problem.scores, problem.labels, problem.real)
    with pytest.raises(ValueError, match="itself|logits"):
        evaluator.merge(reassess.evaluate(problem.scores, problem.labels, kind="logits"))
    assert evaluator.result() == before
    evaluator.reset()
    assert evaluator.images == 0


def test_results_do_not_change_with_the_evaluator(problem):
    evaluator = reassess.Evaluator()
    evaluator.update(problem.scores, problem.labels)
    result = evaluator.result()
    evaluator.update(problem.scores, problem.labels)
    assert result.images == problem.images
    assert (result + result) == evaluator.result()
    assert result.images == problem.images


def test_threads_may_update_at_once(problem):
    evaluator = reassess.Evaluator(threads=1)
    parts = [slice(i, i + 10) for i in range(0, problem.images, 10)]

    def work(number):
        for part in parts[number::4]:
            evaluator.update(problem.scores[part], problem.labels[part], problem.real[part])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert evaluator.result() == reassess.evaluate(problem.scores, problem.labels, problem.real)


def test_the_gil_is_released_and_signals_are_handled_in_a_long_call():
    # Pages that were never written are one page of zeros, so this takes address space, not memory.
    scores = np.zeros((1 << 20, 256), np.float32)  # 1 GiB, 4 blocks
    labels = np.zeros(len(scores), np.int32)
    calls = []
    previous = signal.signal(signal.SIGALRM, lambda *_: calls.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    ticks, done = [], threading.Event()

    def tick():
        while not done.wait(0.01):
            ticks.append(1)

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        reassess.evaluate(scores, labels, kind="logits", threads=1)
        # Without signal checks, any number of signals is handled once, after the call.
        handled, ticked = len(calls), len(ticks)
    finally:
        done.set()
        ticker.join()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert handled > 1
    assert ticked > 1


def test_keyboard_interrupt_leaves_the_evaluator_unchanged():
    scores = np.zeros((1 << 20, 256), np.float32)
    labels = np.zeros(len(scores), np.int32)
    evaluator = reassess.Evaluator(threads=1)
    evaluator.update(scores[:10], labels[:10])

    def interrupt(*_):
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.03)
    try:
        with pytest.raises(KeyboardInterrupt):
            evaluator.update(scores, labels)
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        with pytest.raises(KeyboardInterrupt):
            reassess.rank(scores, labels, threads=1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert evaluator.images == 10


def test_blocks_are_joined_in_order():
    # More than one block of 256 MiB, with a label in each; the last class has the greatest score only where written.
    scores = np.zeros((300_000, 256), np.float32)
    labels = np.arange(len(scores), dtype=np.int32) % 256
    for image in (0, 149_999, 262_144, 299_999):
        scores[image, 255] = 1
    results = reassess.rank(scores, labels, [[7]] * len(scores), top_k=2)
    assert np.flatnonzero(results.prediction).tolist() == [0, 149_999, 262_144, 299_999]
    assert results.top_k.shape == (300_000, 2)
    expected = labels.astype(np.uint32)
    expected[[0, 149_999, 262_144, 299_999]] += 1
    expected[labels == 255] = np.where(np.isin(np.flatnonzero(labels == 255), [149_999]), 0, 255)
    assert (results.original_rank == expected).all()
    assert results.label_rank.shape == (300_000,)
    with pytest.raises(ValueError, match="image 299998"):
        scores[299_998, 3] = np.nan
        reassess.evaluate(scores, labels)


def test_nothing_refers_to_the_scores_after_a_call(problem):
    scores = problem.scores.copy()
    watched = weakref.ref(scores)
    result = reassess.evaluate(scores, problem.labels)
    ranked = reassess.rank(scores, problem.labels, top_k=2)
    del scores
    gc.collect()
    assert watched() is None
    assert result.top_k(1).total > 0
    # Columns keep the memory of the results alive, not the other way round.
    lists, prediction = ranked.top_k, ranked.prediction
    del ranked
    gc.collect()
    assert (lists[:, 0] == prediction).all()


def resident_bytes():
    # Not the peak of getrusage, which other tests have raised, and without the heap's free memory, which hides growth.
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_memory_does_not_grow_over_2000_calls(problem):
    def call():
        evaluator = reassess.Evaluator(threads=1)
        evaluator.update(problem.scores, problem.labels, problem.real)
        evaluator.result().as_dict()
        reassess.rank(problem.scores, problem.labels, problem.real, top_k=5, threads=1)
        for wrong in (problem.scores[:3], [1]):
            with pytest.raises((ValueError, TypeError)):
                reassess.evaluate(wrong, problem.labels)

    for _ in range(100):
        call()
    before = resident_bytes()
    for _ in range(500):  # of 4 calls each
        call()
    # A lost array of results alone would be 500 x 400 x 20 bytes = 4 MB.
    assert resident_bytes() - before < 2 << 20
