import numpy as np
import pytest

import reassess


class Problem:
    """Random scores with many ties and labels of every kind: missing ones, empty sets, several labels."""

    images, classes = 400, 37

    def __init__(self):
        random = np.random.default_rng(1)
        # Multiples of 1/4 between -4 and 4: exact in every floating-point type, and tied.
        self.scores = (random.integers(-16, 17, (self.images, self.classes)) / 4).astype(np.float64)
        self.labels = random.integers(-1, self.classes, self.images)
        self.sets = [
            sorted(set(random.integers(0, self.classes, random.integers(0, 4)).tolist())) for _ in range(self.images)
        ]
        # Half of the images are easy, so that accuracies are far from 0.
        for i in range(0, self.images, 2):
            if self.labels[i] >= 0:
                self.scores[i, self.labels[i]] = 4.25
        self.real = reassess.LabelSets(self.sets)


@pytest.fixture(scope="session")
def problem():
    return Problem()
