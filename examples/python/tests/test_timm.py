"""The drop-in for timm's RealLabelsImagenet against timm's rule, written from its documentation."""

import json

import numpy as np
import pytest

from reassess.timm import RealLabelsImagenet


def by_the_rule(output, sets, k):
    """In percent: of the images with labels, those with a label among the first k predictions."""
    first = np.argsort(-output, axis=1)[:, :k]
    return 100 * np.mean([any(p in s for p in row) for row, s in zip(first, sets) if s])


def test_batches_in_the_order_of_the_file_names(tmp_path):
    random = np.random.default_rng(5)
    output = random.permuted(np.tile(np.arange(20, dtype=np.float32), (300, 1)), axis=1)
    sets = [random.choice(20, random.integers(0, 4), replace=False).tolist() for _ in range(300)]
    file = tmp_path / "real.json"
    file.write_text(json.dumps(sets))
    order = random.permutation(300)
    names = [f"val/n01440764/ILSVRC2012_val_{i + 1:08d}.JPEG" for i in order]

    real = RealLabelsImagenet(names, file, topk=(1, 3))
    for first in range(0, 300, 64):
        real.add_result(output[first : first + 64])
    ordered = [sets[i] for i in order]
    assert real.get_accuracy() == pytest.approx({k: by_the_rule(output, ordered, k) for k in (1, 3)}, rel=1e-12)
    assert real.get_accuracy(k=2) == pytest.approx(by_the_rule(output, ordered, 2), rel=1e-12)
    assert real.result().with_real_labels == sum(bool(s) for s in sets)

    # Part of the images is enough; more than the names is an error and counts nothing.
    part = RealLabelsImagenet(names, file)
    part.add_result(output[:100])
    assert part.get_accuracy(1) == pytest.approx(by_the_rule(output[:100], ordered[:100], 1), rel=1e-12)
    with pytest.raises(ValueError, match="301 images were evaluated, but there are 300"):
        real.add_result(output[:1])
    assert real.result().images == 300


def test_file_names(tmp_path):
    file = tmp_path / "real.json"
    file.write_text("[[1], [2]]")
    with pytest.raises(ValueError, match="cat.jpg: the name does not end in the number"):
        RealLabelsImagenet(["a/00001.jpg", "a/cat.jpg"], file)
    for name in ("val_00000003.JPEG", "val_00000000.JPEG"):
        with pytest.raises(IndexError, match=f"{name}.*images 1 to 2"):
            RealLabelsImagenet(["val_00000001.JPEG", name], file)
