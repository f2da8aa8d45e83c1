#!/usr/bin/env python3
"""What others take for the same work on one thread: numpy, torch, torchmetrics, scikit-learn, and beside them reassess.

    python3 bench/peers.py [--bench build/release/bench/bench_ranking] [--images 20000] [--rounds 9]

Run by hand; installs nothing. Takes those that are installed of numpy (needed), torch, torchmetrics and scikit-learn
(pip install numpy torch torchmetrics scikit-learn), and says which are missing.

All read the same seeded matrix of float32, images x 1000: noise, and a bump at the label, as bench_ranking has it. Peers
take turns, so that a busy moment of the machine meets all of them; times are medians over the rounds. bench_ranking runs
before and after the peers, and its two times for a row are averaged: they are printed both, since ratios are no better
than the two agree.
"""
import os

# Before anything is imported that starts threads.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

CLASSES = 1000

# What reassess is measured by, and the names that bench_ranking has for it, the fastest path first.
REASSESS = {
    "ranks": ["rank/float/1000/seq"],
    "ranks and top-5 classes": [f"kernel+top-5/float/1000/{path}" for path in ("avx2", "baseline")],
    "ranks and log loss": [f"kernel+log loss/float/1000/{path}" for path in ("avx2", "baseline")],
    "all metrics": ["evaluate/float/1000/seq"],
}


def missing(what):
    sys.exit(f"peers.py: {what}")


try:
    import numpy as np
except ImportError:
    missing("needs numpy (pip install numpy)")


def make_scores(images):
    """Noise of standard deviation 2, and a bump at the label."""
    random = np.random.default_rng(1)
    scores = random.standard_normal((images, CLASSES), dtype=np.float32)
    scores *= 2
    labels = random.integers(CLASSES, size=images)
    scores[np.arange(images), labels] = 8.5 + 2 * random.standard_normal(images, dtype=np.float32)
    return scores, labels


def find_peers(scores, labels):
    """(name, call, what of reassess does as much) of every peer that is installed; names and versions; what is not."""
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


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def seconds_of_peers(peers, rounds):
    """The median of every peer, by its name. The first round is not counted."""
    times = {name: [] for name, _, _ in peers}
    for _ in range(rounds + 1):
        for name, call, _ in peers:
            times[name].append(seconds(call))
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def run_bench(path):
    """Nanoseconds a row of each kind of work."""
    names = [name for alternatives in REASSESS.values() for name in alternatives]
    # Names go into a regular expression.
    pattern = "|".join(f"^{name}/".replace("+", "[+]") for name in names)
    command = [path, "--benchmark_format=json", f"--benchmark_filter={pattern}"]
    try:
        result = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        missing(f"--bench: {error}")
    except subprocess.CalledProcessError as error:
        missing(f"--bench: {path} failed: {error.stderr.strip()}")
    # Nothing is printed where nothing of these names is found.
    rows = json.loads(result.stdout)["benchmarks"] if result.stdout else []
    of_name = {row["name"].split("/iterations:")[0]: row["ns/row"] for row in rows if not row.get("error_occurred")}
    of_kind = {}
    for kind, alternatives in REASSESS.items():
        ran = [name for name in alternatives if name in of_name]
        if not ran:
            missing(f"--bench: {path} has none of {', '.join(alternatives)}")
        of_kind[kind] = of_name[ran[0]]
    return of_kind


def processor():
    """The processor's name, where the system tells."""
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
    parser.add_argument("--bench", help="the program bench_ranking, to be run before and after")
    parser.add_argument("--images", type=int, default=20000, help="rows of the matrix (default 20000)")
    parser.add_argument("--rounds", type=int, default=9, help="measured rounds (default 9)")
    arguments = parser.parse_args()
    if arguments.images < 1 or arguments.rounds < 1:
        missing("--images and --rounds must be at least 1")

    scores, labels = make_scores(arguments.images)
    peers, found, absent = find_peers(scores, labels)
    before = run_bench(arguments.bench) if arguments.bench else {}
    of_peer = seconds_of_peers(peers, arguments.rounds)
    after = run_bench(arguments.bench) if arguments.bench else {}

    print(f"{arguments.images} x {CLASSES} float32, one thread, median of {arguments.rounds} rounds")
    print(f"{processor()}; {', '.join(found)}")
    if absent:
        print(f"not installed, so not measured: {', '.join(absent)}")
    print(f"\n{'':<44}{'us/row':>10}{'rows/s':>14}{'GB/s':>9}   {'reassess, for its':<25}{'is':>15}")
    for name, _, kinds in peers:
        row = 1e9 * of_peer[name] / arguments.images
        for kind in kinds if arguments.bench else [""]:
            times = f"{row / ((before[kind] + after[kind]) / 2):.3g} x as fast" if arguments.bench else ""
            print_row(name, row, kind, times)
    for kind in before:
        print_row(f"reassess, {kind}, before", before[kind])
        print_row(f"reassess, {kind}, after", after[kind])
    if not arguments.bench:
        print("\nreassess was not measured: name the program bench_ranking with --bench")


if __name__ == "__main__":
    main()
