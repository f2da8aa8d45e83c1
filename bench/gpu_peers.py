#!/usr/bin/env python3
"""Times of torch on a GPU for the work that bench/cuda.cu measures, in the same table.

    python3 bench/gpu_peers.py [--runs 40]

Run by hand, on a machine with a GPU and torch (pip install torch), right after or before bench_cuda on the same GPU; it
installs nothing. The matrix is float32 of 1 GiB: noise of standard deviation 2 and a bump at the label. Times are medians
of the runs, between two events of the stream.
"""
import argparse
import statistics
import sys


def missing(what):
    sys.exit(f"gpu_peers.py: {what}")


try:
    import torch
except ImportError:
    missing("needs torch (pip install torch)")


def seconds_of(work, runs):
    """The median time of `runs` runs, after three warm-up runs."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    times = []
    for run in range(-3, runs):
        begin.record()
        work()
        end.record()
        end.synchronize()
        if run >= 0:
            times.append(begin.elapsed_time(end) * 1e-3)
    return statistics.median(times)


def measure(classes, runs):
    images = (1 << 30) // (4 * classes)
    torch.manual_seed(1)
    scores = torch.randn(images, classes, device="cuda").mul_(2)
    labels = torch.randint(classes, (images, 1), device="cuda")
    scores.scatter_(1, labels, 8.5 + 2 * torch.randn(images, 1, device="cuda"))
    copy = torch.empty_like(scores)
    depth = min(5, classes)

    def hits_of_top_k():
        return (torch.topk(scores, depth, dim=1).indices == labels).any(dim=1).sum()

    def rank_by_gather():
        return (scores > scores.gather(1, labels)).sum(dim=1)

    works = [
        ("copy", lambda: copy.copy_(scores)),
        ("torch argmax", lambda: scores.argmax(dim=1)),
        ("torch rank by gather", rank_by_gather),
        (f"torch topk({depth}), hits", hits_of_top_k),
        ("torch cross entropy", lambda: torch.nn.functional.cross_entropy(scores, labels.squeeze(1))),
    ]
    copying = None
    for name, work in works:
        seconds = seconds_of(work, runs)
        copying = copying or seconds
        print(f"{'float':<9} {classes:>6} classes   {name:<28} {seconds / images * 1e9:>10.2f} ns/row "
              f"{4 * images * classes / seconds * 1e-9:>7.0f} GB/s {copying / seconds:>6.2f} of the copy")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=40, help="measured runs (default 40)")
    runs = parser.parse_args().runs
    if runs < 1:
        missing("--runs must be at least 1")
    if not torch.cuda.is_available():
        missing("needs a GPU that torch can use")
    print(f"{torch.cuda.get_device_name()}; torch {torch.__version__}, CUDA {torch.version.cuda}")
    for classes in (10, 100, 1000, 21843):
        measure(classes, runs)


if __name__ == "__main__":
    main()
