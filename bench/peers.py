#!/usr/bin/env python3
"""Times of numpy, torch, torchmetrics and scikit-learn for the same work on one thread, compared with reassess.

    cmake --preset bench && cmake --build --preset bench
    python3 bench/peers.py [--library build/bench/bench/libbench_peers.so] [--images 20000] [--rounds 9]

Run by hand; installs nothing. Takes those that are installed of numpy (needed), torch, torchmetrics and scikit-learn
(pip install numpy torch torchmetrics scikit-learn), and says which are missing.

All read the very same matrix of float32, images x 1000, in one process: seeded noise, and a bump at the label, as
bench_ranking has it. Everybody takes turns, so that a busy moment of the machine meets all of them; times are medians
over the rounds, and ratios medians of the rounds' ratios.
"""
import os

# Must be set before the imports below, which start threads.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import ctypes
import pathlib
import statistics
import sys
import time

CLASSES = 1000

# The compared work of reassess, and the functions of peers_library.cpp that do it.
REASSESS = {
    "ranks": "reassess_ranks",
    "ranks and top-5 classes": "reassess_lists",
    "ranks and log loss": "reassess_log_loss",
    "all metrics": "reassess_all_metrics",
}


def missing(what):
    sys.exit(f"peers.py: {what}")


try:
    import numpy as np
except ImportError:
    missing("needs numpy (pip install numpy)")


def make_scores(images):
    """Normal noise of standard deviation 2, with a greater score at the label."""
    random = np.random.default_rng(1)
    scores = random.standard_normal((images, CLASSES), dtype=np.float32)
    scores *= 2
    labels = random.integers(CLASSES, size=images)
    scores[np.arange(images), labels] = 8.5 + 2 * random.standard_normal(images, dtype=np.float32)
    return scores, labels


def find_peers(scores, labels):
    """(name, call, compared work of reassess) of every installed library; names and versions; missing libraries."""
    peers = [("numpy argmax", lambda: scores.argmax(axis=1), ["ranks"])]
    found, absent = [f"numpy {np.__version__}"], []
    try:
        import torch
        torch.set_num_threads(1)
        torch_scores, torch_labels = torch.from_numpy(scores), torch.from_numpy(labels)
        found.append(f"torch {torch.__version__}")
        peers.append(("torch.topk(5)", lambda: torch.topk(torch_scores, 5, dim=1),
                      ["ranks", "ranks and top-5 classes"]))
        peers.append(("torch cross_entropy",
                      lambda: torch.nn.functional.cross_entropy(torch_scores, torch_labels), ["ranks and log loss"]))
    except ImportError:
        absent.append("torch")
    try:
        import torchmetrics
        from torchmetrics.functional.classification import multiclass_accuracy
        found.append(f"torchmetrics {torchmetrics.__version__}")
        for k in (1, 5):
            def accuracy(k=k):
                return multiclass_accuracy(torch_scores, torch_labels, num_classes=CLASSES, top_k=k, average="micro")

            peers.append((f"torchmetrics multiclass_accuracy, top-{k}", accuracy, ["all metrics"]))
    except ImportError:
        absent.append("torchmetrics")
    try:
        import sklearn
        from sklearn.metrics import top_k_accuracy_score
        found.append(f"scikit-learn {sklearn.__version__}")
        every_class = np.arange(CLASSES)
        peers.append(("scikit-learn top_k_accuracy_score, k = 5",
                      lambda: top_k_accuracy_score(labels, scores, k=5, labels=every_class), ["all metrics"]))
    except ImportError:
        absent.append("scikit-learn")
    return peers, found, absent


def load_reassess(path, scores, labels):
    """The work of reassess as calls on this matrix. All must find the same number of hits as numpy."""
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        missing(f"--library: {error}")
    library.reassess_problem.restype = ctypes.c_void_p
    library.reassess_problem.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p]
    problem = library.reassess_problem(scores.ctypes.data, *scores.shape, labels.ctypes.data)
    hits = int((scores.argmax(axis=1) == labels).sum())
    calls = {}
    for kind, name in REASSESS.items():
        function = getattr(library, name)
        function.restype = ctypes.c_uint64
        function.argtypes = [ctypes.c_void_p]
        if function(problem) != hits:
            missing(f"{name} finds {function(problem)} hits, numpy {hits}")
        calls[kind] = lambda function=function: function(problem)
    return calls


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def times_of(calls, rounds):
    """The times of every call, by its name. Each call runs twice per round and only the second is timed, because the
    first pays for the state of caches and memory that the previous call left."""
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            call()
            times[name].append(seconds(call))
    return times


def processor():
    """The processor's name, if the system reports it."""
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return "unknown processor"


def print_row(name, nanoseconds, against="", times=""):
    print(f"{name:<44}{nanoseconds / 1e3:>10.3f}{1e9 / nanoseconds:>14,.0f}{4 * CLASSES / nanoseconds:>9.2f}"
          f"   {against:<25}{times:>15}".rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", help="libbench_peers, which the preset bench builds")
    parser.add_argument("--images", type=int, default=20000, help="rows of the matrix (default 20000)")
    parser.add_argument("--rounds", type=int, default=9, help="measured rounds (default 9)")
    arguments = parser.parse_args()
    if arguments.images < 1 or arguments.rounds < 1:
        missing("--images and --rounds must be at least 1")

    scores, labels = make_scores(arguments.images)
    peers, found, absent = find_peers(scores, labels)
    ours = load_reassess(arguments.library, scores, labels) if arguments.library else {}
    times = times_of({name: call for name, call, _ in peers} | ours, arguments.rounds)

    def row_of(name):
        return 1e9 * statistics.median(times[name]) / arguments.images

    print(f"{arguments.images} x {CLASSES} float32, one thread, median of {arguments.rounds} rounds")
    print(f"{processor()}; {', '.join(found)}")
    if absent:
        print(f"not installed, so not measured: {', '.join(absent)}")
    print(f"\n{'':<44}{'us/row':>10}{'rows/s':>14}{'GB/s':>9}   {'compared work':<25}{'reassess is':>15}")
    for name, _, kinds in peers:
        for kind in kinds if ours else [""]:
            ratio = statistics.median(a / b for a, b in zip(times[name], times[kind])) if ours else 0.0
            print_row(name, row_of(name), kind, f"{ratio:.3g} x as fast" if ours else "")
    for kind in ours:
        print_row(f"reassess, {kind}", row_of(kind))
    if not ours:
        print("\nreassess was not measured: pass its library with --library")


if __name__ == "__main__":
    main()
