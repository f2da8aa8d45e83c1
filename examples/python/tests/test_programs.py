"""Numbers of the package against the JSON of the C++ programs, on simulated scores and on the released data."""

import json
import os
import pathlib
import re
import subprocess

import numpy as np
import pytest

import reassess

PROGRAMS = os.environ.get("REASSESS_PROGRAMS")
DATA = os.environ.get("REASSESS_DATA")

needs_programs = pytest.mark.skipif(not PROGRAMS, reason="REASSESS_PROGRAMS does not name the folder of the programs")
needs_data = pytest.mark.skipif(not DATA, reason="REASSESS_DATA does not name the folder of the released data")


def run_evaluate(folder, *arguments):
    output = folder / "evaluate.json"
    subprocess.run(
        [os.path.join(PROGRAMS, "evaluate"), *map(str, arguments), "--json", str(output)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return json.loads(output.read_text())


def check_proportion(found, expected):
    assert (found.hits, found.total) == (expected["hits"], expected["total"])
    bounds = reassess.wilson_interval(found)
    assert (found.value, bounds.lower, bounds.upper) == (expected["value"], expected["lower"], expected["upper"])


def check_model(found, expected):
    for key, metric in [
        ("top_k", found.top_k),
        ("real_any", found.real),
        ("real_kth", found.real_kth),
        ("real_kth_where_enough_labels", found.real_kth_where_enough_labels),
        ("all_of_top_k", found.all_of_top_k),
    ]:
        assert len(expected[key]) == 5
        for entry in expected[key]:
            check_proportion(metric(entry["k"]), entry)
    preference = found.preference.as_dict()
    for key in ("model_preferred", "label_preferred", "both_correct", "both_wrong", "both_wrong_without_labels"):
        assert preference[key] == expected["preference"][key]
    assert preference["ratio"]["value"] == expected["preference"]["ratio"]
    assert found.ties == expected["ties"]


def check_pairs(results, labels, real, pairs, metric):
    assert pairs
    for pair in pairs:
        found = reassess.compare_paired(results[pair["first"]], results[pair["second"]], labels, real, metric=metric)
        assert (found.both, found.first_only, found.second_only, found.neither) == (
            pair["both_right"],
            pair["only_first_right"],
            pair["only_second_right"],
            pair["both_wrong"],
        )
        assert found.difference == pair["difference"]
        assert (found.interval.lower, found.interval.upper) == (pair["lower"], pair["upper"])
        for key in ("exact_p_value", "mid_p_value", "chi_squared", "corrected_chi_squared_p_value"):
            assert getattr(found.test, key) == pair[key]


@needs_programs
def test_simulated_scores_give_the_numbers_of_the_program(tmp_path):
    simulate = [os.path.join(PROGRAMS, "simulate_validation_set"), "--images", "3000", "--classes", "50"]
    subprocess.run([*simulate, "--out", str(tmp_path)], check=True, stdout=subprocess.DEVNULL)
    models = sorted(tmp_path.glob("model_*.npy"))
    arguments = [word for model in models for word in ("--scores", f"{model.stem}={model}")]
    labels_and_names = ["--original", tmp_path / "original.npy", "--real", tmp_path / "real.json"]
    expected = run_evaluate(
        tmp_path, *arguments, *labels_and_names, "--names", tmp_path / "names.txt", "--scores-are", "logits"
    )

    names = (tmp_path / "names.txt").read_text().split()
    numbers = [int(re.findall(r"\d+", pathlib.Path(name).stem)[-1]) for name in names]
    labels = np.load(tmp_path / "original.npy")
    real = reassess.LabelSets.read(tmp_path / "real.json")[np.array(numbers) - 1]
    results = {}
    for model in expected["models"]:
        scores = np.load(tmp_path / f"{model['name']}.npy", mmap_mode="r")
        found = reassess.evaluate(scores, labels, real, kind="logits")
        check_model(found, model)
        losses = model["probabilities"]
        assert found.log_loss.value == losses["log_loss"]
        assert found.real_log_loss.value == losses["real_log_loss"]
        assert found.brier_score.value == losses["brier_score"]
        assert found.calibration_error == losses["calibration"]["l1"]
        assert found.real_calibration_error == losses["real_calibration"]["l1"]
        for found_bin, expected_bin in zip(found.calibration, losses["calibration"]["bins"], strict=True):
            assert found_bin.accuracy.hits == expected_bin["hits"]
            assert found_bin.accuracy.total == expected_bin["total"]
        results[model["name"]] = reassess.rank(scores, labels, real)
    for metric in ("original", "real"):
        check_pairs(results, labels, real, expected["paired_tests"][metric]["pairs"], metric)


@needs_programs
@needs_data
def test_released_predictions_give_the_numbers_of_the_program(tmp_path):
    data = pathlib.Path(DATA)
    lists = data / "imagenetv2/imagenet-validation-original"
    names_file = data / "imagenetv2/imagenet-validation-original.json"
    labels_file = data / "label-errors/imagenet_val_set_original_labels.npy"
    real_file = data / "reassessed-imagenet/real.json"
    models = ("alexnet", "resnet50", "polynet", "senet154", "pnasnet5large")
    arguments = [word for name in models for word in ("--predictions", f"{name}={lists / name}.npy")]
    files = ["--original", labels_file, "--real", real_file, "--names", names_file]
    expected = run_evaluate(tmp_path, *arguments, *files, "--classes", 1000)

    names = [name for name, _ in json.loads(names_file.read_text())["image_filenames"]]
    numbers = np.array([int(name.split("_")[-1].split(".")[0]) for name in names])
    real = reassess.LabelSets.read(real_file)[numbers - 1]
    labels = np.load(labels_file)
    results = {}
    for model in expected["models"]:
        predictions = reassess.TopK(np.load(lists / f"{model['name']}.npy"), 1000)
        check_model(reassess.evaluate(predictions, labels, real), model)
        results[model["name"]] = reassess.rank(predictions, labels, real)
    assert len(results) == len(models)
    for metric in ("original", "real"):
        check_pairs(results, labels, real, expected["paired_tests"][metric]["pairs"], metric)
