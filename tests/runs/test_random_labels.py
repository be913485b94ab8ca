"""The run on random labels, small: what each setting trains on, and the committed numbers, trained again."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import torch

from overparam import results
from overparam.data import mnist


@pytest.fixture(scope="module")
def script():
    """The module of the script."""
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2] / "runs")
        yield importlib.import_module("random_labels")
    torch.set_num_threads(threads)


def drawn(script, setting, level, seed=0):
    X, y, replaced, X_test = script.training_set(setting, level, seed)
    assert X.dtype == X_test.dtype == np.float32
    for images in (X, X_test):
        np.testing.assert_allclose(images.mean(axis=1), 0, atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1, rtol=1e-5)
    return X, y, replaced, X_test


@pytest.mark.parametrize("level", [0.0, 0.25, 1.0])
def test_labels_change_and_images_do_not(script, level):
    X, y, replaced, X_test = drawn(script, "labels", level)
    X0, y0, _, X_test0 = drawn(script, "labels", 0.0)
    assert np.array_equal(X, X0) and np.array_equal(X_test, X_test0)
    assert len(y) == 1000 and replaced.sum() == 1000 * level
    assert np.array_equal(y[~replaced], y0[~replaced])
    wrong = 0.9 * replaced.sum()
    assert np.sum(y != y0) == pytest.approx(wrong, abs=4 * np.sqrt(0.1 * wrong))


def test_shuffled_pixels_are_one_permutation_of_training_and_test_images(script):
    X0, y0, _, X_test0 = drawn(script, "labels", 0.0)
    X, y, _, X_test = drawn(script, "shuffled", 0.0)
    assert np.array_equal(y, y0)
    assert not np.array_equal(X, X0)
    np.testing.assert_allclose(X @ X_test.T, X0 @ X_test0.T, atol=1e-5)  # all that a permutation leaves


def test_random_pixels_are_the_pixels_of_each_image_in_another_order(script):
    X0, y0, _, _ = drawn(script, "labels", 0.0)
    X, y, _, _ = drawn(script, "random", 0.0)
    assert np.array_equal(y, y0)
    np.testing.assert_allclose(np.sort(X, axis=1), np.sort(X0, axis=1), atol=1e-6)
    # Orders are independent: the squared product of two centred unit vectors in random order is 1/783 in the mean.
    products = (X[::2] * X[1::2]).sum(axis=1)
    assert np.mean(products**2) == pytest.approx(1 / 783, rel=0.5)


def test_gaussian_pixels_do_not_know_the_images(script):
    X, y, _, X_test = drawn(script, "gaussian", 0.0)
    assert np.array_equal(y, drawn(script, "labels", 0.0)[1])
    pixels = np.concatenate([X, X_test]).ravel() * np.sqrt(784)
    assert np.mean(pixels**3) == pytest.approx(0, abs=0.02)
    assert np.mean(pixels**4) == pytest.approx(3, abs=0.05)


def test_decoys_come_after_the_true_images_with_uniform_labels(script):
    _, y, replaced, _ = drawn(script, "decoys", 4.0)
    X0, y0, none, _ = drawn(script, "decoys", 0.0)
    X, *_ = drawn(script, "decoys", 4.0)
    assert len(X) == 2500 and len(X0) == 500 and not none.any()
    assert np.array_equal(X[:500], X0) and np.array_equal(y[:500], y0)
    assert not replaced[:500].any() and replaced[500:].all()
    true = mnist().y_train[np.random.default_rng(0).permutation(10_000)[500:2500]]
    assert np.mean(y[500:] != true) == pytest.approx(0.9, abs=0.03)


def test_a_setting_that_is_none_is_refused(script):
    with pytest.raises(ValueError, match="setting must be one of"):
        script.training_set("pixels", 0.0, 0)


def test_accuracies_of_kept_and_replaced_labels_add_up(script, monkeypatch):
    monkeypatch.setattr(script, "M", 50)
    run = script.one_run("labels", 0.25, 0, epochs=2)
    assert run["steps"].tolist() == [0, 10, 20, 30, 40]
    np.testing.assert_allclose(0.75 * run["kept_accuracy"] + 0.25 * run["replaced_accuracy"], run["accuracy"])
    assert run["loss"][-1] < run["loss"][0]
    assert run["test_accuracy"][-1] > 0.5 > run["test_accuracy"][0]
    assert np.isnan(script.one_run("shuffled", 0.0, 0, epochs=0.5)["replaced_accuracy"]).all()


@pytest.mark.parametrize(("setting", "level"), [("labels", 0.5), ("shuffled", 0.0), ("gaussian", 0.0), ("decoys", 1.0)])
def test_the_committed_numbers_are_what_the_script_gives(script, setting, level):
    committed = results.load("random_labels")
    rows = (committed["setting"] == setting) & (committed["level"] == level) & (committed["seed"] == 1)
    [row] = np.flatnonzero(rows)
    again = script.one_run(setting, level, 1, epochs=1.5)
    assert again["steps"].tolist() == committed["steps"][row, :4].tolist()
    # Rounding differs from machine to machine, and float32 enlarges it.
    assert again["loss"] == pytest.approx(committed["loss"][row, :4], abs=1e-3)
    for name in ("accuracy", "kept_accuracy", "test_accuracy"):
        assert again[name] == pytest.approx(committed[name][row, :4], abs=5e-3), name


def test_the_committed_file_holds_every_point_once(script):
    committed = results.load("random_labels")
    points = list(zip(committed["setting"], committed["level"], committed["seed"], strict=True))
    assert len(points) == len(set(points)) == len(script.POINTS) * len(script.SEEDS)
    assert {point[:2] for point in points} == set(script.POINTS)
