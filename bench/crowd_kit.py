#!/usr/bin/env python3
"""Dawid-Skene in Python on the released votes: numpy, crowd-kit, compared with reassess.

    REASSESS_DATA=folder python3 bench/crowd_kit.py [--bench build/bench/bench_dawid_skene] [--iterations 10]

Run by hand; installs nothing. Needs numpy, and crowd-kit with pandas (pip install crowd-kit; it says that it needs
torch, which this does not use: pip install --no-deps crowd-kit, then numpy pandas pyarrow scikit-learn tqdm attrs
nltk transformers).

crowd-kit knows no answers that are not classes, so it estimates three classes (no, maybe, yes) where reassess and numpy
estimate two; reassess is measured with three as well. An iteration is the difference of two fits by their iterations, so
that preparing the votes does not count.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time


def missing(what):
    sys.exit(f"crowd_kit.py: {what}")


try:
    import numpy as np
except ImportError:
    missing("needs numpy (pip install numpy)")


def read_votes(path):
    """Rater, pair and answer of every vote."""
    if not path.is_file():
        missing(f"{path} is missing: set REASSESS_DATA to the folder of the released data")
    with np.load(path) as archive:
        return np.nonzero(archive["tensor"])


def numpy_fit(raters, pairs, answers, iterations):
    """Two classes, vote shares as start; the log-likelihood of every iteration."""
    num_raters, num_pairs = raters.max() + 1, pairs.max() + 1
    codes = raters * 3 + answers
    votes = np.bincount(pairs, minlength=num_pairs)
    present = np.bincount(pairs, np.array([0, 0.5, 1])[answers], num_pairs) / votes
    log_likelihood = []
    for _ in range(iterations):
        share = present.mean()
        of_present = np.bincount(codes, present[pairs], num_raters * 3).reshape(-1, 3)
        of_absent = np.bincount(codes, 1 - present[pairs], num_raters * 3).reshape(-1, 3)
        with np.errstate(divide="ignore"):
            log_present = np.log(of_present / of_present.sum(1, keepdims=True)).ravel()
            log_absent = np.log(of_absent / of_absent.sum(1, keepdims=True)).ravel()
        yes = np.log(share) + np.bincount(pairs, log_present[codes], num_pairs)
        no = np.log(1 - share) + np.bincount(pairs, log_absent[codes], num_pairs)
        greatest = np.maximum(yes, no)
        total = greatest + np.log(np.exp(yes - greatest) + np.exp(no - greatest))
        present = np.exp(yes - total)
        log_likelihood.append(total.sum())
    return log_likelihood


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def seconds_of_iteration(fit, iterations):
    return (seconds(lambda: fit(1 + iterations)) - seconds(lambda: fit(1))) / iterations


def print_row(name, iteration, total=""):
    print(f"{name:<44}{iteration:>16}{total:>34}")


def print_reassess(path):
    """Iterations of two and of three classes, and the whole fit to 1e-9, from the C++ benchmark."""
    command = [path, "--benchmark_format=json", "--benchmark_filter=iteration_seq|iteration_three_classes|load"]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]
    of = {row["name"].split("/")[0]: row for row in rows}
    whole = of["load_and_fit"]
    print_row("reassess, 2 classes, 1 thread", f"{of['iteration_seq']['real_time']:.2f} ms",
              f"{whole['real_time']:.2f} s, {whole['iterations_to_1e-9']:.0f} iterations")
    print_row("  of this, reading the archive", "", f"{of['load']['real_time']:.2f} s")
    print_row("reassess, 3 classes, 1 thread", f"{of['iteration_three_classes']['real_time']:.2f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", help="the program bench_dawid_skene, to be run as well")
    parser.add_argument("--iterations", type=int, default=10, help="measured iterations (default 10)")
    arguments = parser.parse_args()
    if arguments.iterations < 1:
        missing("--iterations must be at least 1")
    if "REASSESS_DATA" not in os.environ:
        missing("set REASSESS_DATA to the folder of the released data")
    path = pathlib.Path(os.environ["REASSESS_DATA"]) / "reassessed-imagenet" / "raters.npz"
    raters, pairs, answers = read_votes(path)
    print(f"{len(pairs)} votes of {raters.max() + 1} raters on {pairs.max() + 1} pairs\n")
    print_row("", "one iteration", "whole fit")
    if arguments.bench:
        print_reassess(arguments.bench)
    iteration = seconds_of_iteration(lambda n: numpy_fit(raters, pairs, answers, n), arguments.iterations)
    print_row("numpy, 2 classes", f"{1e3 * iteration:.1f} ms")

    try:
        import pandas as pd
        from crowdkit.aggregation import DawidSkene
    except ImportError as error:
        missing(f"{error}; needs crowd-kit and pandas (see the top of this file)")
    votes = pd.DataFrame({"task": pairs, "worker": raters, "label": answers})

    def fit(iterations):
        DawidSkene(n_iter=iterations, tol=-np.inf).fit(votes)

    iteration = seconds_of_iteration(fit, arguments.iterations)
    model = DawidSkene()
    total = seconds(lambda: model.fit(votes))
    print_row("crowd-kit, 3 classes, its defaults", f"{1e3 * iteration:.0f} ms",
              f"{total:.2f} s, {len(model.loss_history_)} iterations to 1e-5")


if __name__ == "__main__":
    main()
