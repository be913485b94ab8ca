"""Results of long runs are read by their names."""

import numpy as np
import pytest

from overparam import results


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(results, "files", lambda package: tmp_path)
    np.savez_compressed(tmp_path / "first.npz", a=np.arange(3), provenance="made by hand")
    np.savez_compressed(tmp_path / "second.npz", b=np.ones((2, 2)))
    (tmp_path / "notes.txt").write_text("no result")
    return tmp_path


def test_the_arrays_of_a_result_are_read_whole(folder):
    loaded = results.load("first")
    assert set(loaded) == {"a", "provenance"}
    assert loaded["a"].tolist() == [0, 1, 2]
    assert str(loaded["provenance"]) == "made by hand"
    (folder / "first.npz").unlink()  # nothing is read later, from a file that may have changed
    assert loaded["a"].sum() == 3


def test_what_is_loaded_is_the_callers_own(folder):
    results.load("second")["b"][:] = 7
    assert results.load("second")["b"].tolist() == [[1, 1], [1, 1]]


@pytest.mark.bad_input
@pytest.mark.parametrize("name", ["third", "", "first.npz", "notes", None], ids=repr)
def test_a_name_without_a_file_is_refused_with_the_names_there_are(folder, name):
    with pytest.raises(ValueError, match=rf"name must be one of \['first', 'second'\]; got {name!r}"):
        results.load(name)


def test_a_pickled_object_is_not_executed(folder):
    np.savez_compressed(folder / "third.npz", a=np.array([object()]))
    with pytest.raises(ValueError, match="allow_pickle"):
        results.load("third")


def test_every_committed_result_tells_how_it_was_made():
    for path in results.files("overparam.results").iterdir():
        if path.name.endswith(".npz"):
            assert "provenance" in results.load(path.name.removesuffix(".npz"))
