"""The example prints what ../output/is_it_better.txt has, and draws its figure."""

import pathlib
import struct
import subprocess
import sys

PYTHON = pathlib.Path(__file__).parents[1]


def test_is_it_better_prints_the_kept_output(tmp_path):
    command = [sys.executable, PYTHON / "is_it_better.py"]
    printed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    kept, expected = (PYTHON / "output" / "is_it_better.txt").read_text().split("\n", 1)
    assert kept == "$ python is_it_better.py"
    assert printed == expected
    figure = (tmp_path / "is_it_better.png").read_bytes()
    assert figure[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", figure[16:24]) == (1350, 600)
