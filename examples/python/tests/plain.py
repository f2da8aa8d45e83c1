"""The metrics in plain numpy and loops, written from their definitions, for comparison."""

import numpy as np


def ranks(scores):
    """The rank of every class in every row: greater scores first, equal ones by index. NaN must not occur."""
    order = np.argsort(-scores.astype(np.float64), axis=1, kind="stable")
    result = np.empty_like(order)
    np.put_along_axis(result, order, np.arange(scores.shape[1])[None, :], axis=1)
    return result


def top_k(scores, labels, k):
    counted = labels >= 0
    rank = ranks(scores)[np.arange(len(labels)), np.maximum(labels, 0)]
    return int((rank[counted] < k).sum()), int(counted.sum())


def real(scores, sets, k):
    rank = ranks(scores)
    counted = [i for i, s in enumerate(sets) if s]
    return sum(min(rank[i, c] for c in sets[i]) < k for i in counted), len(counted)


def real_kth(scores, sets, k):
    kth = np.argsort(ranks(scores), axis=1)[:, k - 1]
    counted = [i for i, s in enumerate(sets) if s]
    return sum(int(kth[i]) in sets[i] for i in counted), len(counted)


def preference(scores, labels, sets):
    predictions = ranks(scores).argmin(axis=1)
    model = label = both = neither = 0
    for p, y, s in zip(predictions, labels, sets):
        if y < 0 or p == y:
            continue
        model += p in s and y not in s
        label += p not in s and y in s
        both += p in s and y in s
        neither += p not in s and y not in s
    return model, label, both, neither


def ties(scores, labels):
    return sum(int((row == row[y]).sum() > 1) for row, y in zip(scores, labels) if y >= 0)


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def log_loss(p, labels):
    counted = labels >= 0
    return -np.log(p[counted, labels[counted]]).mean()


def real_log_loss(p, sets):
    return np.mean([-np.log(p[i, list(s)]).mean() for i, s in enumerate(sets) if s])


def brier_score(p, labels):
    counted = labels >= 0
    target = np.eye(p.shape[1])[labels[counted]]
    return ((p[counted] - target) ** 2).sum(axis=1).mean()


def calibration_error(p, predictions, labels, bins):
    counted = labels >= 0
    confidence = p[np.arange(len(p)), predictions][counted]
    right = (predictions == labels)[counted]
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(abs(right[bin_of == b].sum() - confidence[bin_of == b].sum()) for b in range(bins)) / counted.sum()
