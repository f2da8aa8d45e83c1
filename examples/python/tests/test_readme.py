"""The code of the READMEs runs as it is."""

import pathlib
import re

import pytest

import reassess

PYTHON = pathlib.Path(__file__).parents[1]


@pytest.mark.parametrize("file", [PYTHON / "README.md", PYTHON.parents[1] / "README.md"], ids=["package", "library"])
def test_code_of_the_readme(file, problem, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("real.json").write_text(str(problem.sets))
    (code,) = re.findall(r"```python\n(.*?)```", file.read_text(encoding="utf-8"), re.DOTALL)
    exec(code, {"logits": problem.scores, "labels": problem.labels})
    real = reassess.evaluate(problem.scores, real=problem.real).real(1)
    assert capsys.readouterr().out.split()[1] == str(real.value)
