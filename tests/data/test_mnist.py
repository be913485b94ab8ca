"""MNIST: the packaged subset, and what happens when a file or a download is missing, corrupt, cut off or too large."""

import errno
import gzip
import hashlib
import importlib
import importlib.util
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from overparam.data import mnist

ROOT = Path(__file__).parents[2]
# The package exports the function under the module's name.
module = importlib.import_module("overparam.data.mnist")
# Of the published set: images of each digit.
TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def assert_well_formed(data, train, test):
    assert data.x_train.shape == (train, 784) and data.x_test.shape == (test, 784)
    assert data.y_train.shape == (train,) and data.y_test.shape == (test,)
    assert [array.dtype for array in data] == [np.float64, np.int64, np.float64, np.int64]


# ---- the packaged subset


def test_the_subset_is_stratified_and_needs_no_network(monkeypatch):
    monkeypatch.setattr(module, "MIRRORS", ())
    data = mnist()
    assert_well_formed(data, 10_000, 2_000)
    for x in (data.x_train, data.x_test):
        assert x.min() == 0 and x.max() == 1
        np.testing.assert_array_equal(x * 255, np.rint(x * 255))
    assert np.abs(np.bincount(data.y_train) - np.array(TRAIN_COUNTS) / 6).max() < 1
    assert np.abs(np.bincount(data.y_test) - np.array(TEST_COUNTS) / 5).max() < 1
    # The mean of the full training set, within four standard errors of a mean over these images.
    means = data.x_train.mean(axis=1)
    assert means.mean() == pytest.approx(0.130660, abs=4 * means.std() / np.sqrt(len(means)))


def test_the_subset_is_small_and_its_source_and_licence_stand_beside_it():
    assert module.SUBSET.stat().st_size <= 1.7e6
    beside = module.SUBSET.with_name("MNIST.md").read_text()
    for text in (beside, mnist.__doc__):
        assert "LeCun" in text and "Cortes" in text and "CC BY-SA 3.0" in text


def test_a_damaged_subset_is_refused(tmp_path, monkeypatch):
    whole = module.SUBSET.read_bytes()
    monkeypatch.setattr(module, "SUBSET", tmp_path / "subset.npz")
    with pytest.raises(FileNotFoundError, match=r"subset\.npz is missing"):
        mnist()
    for damaged in (whole[:-1], whole[:1_000_000] + b"\0" + whole[1_000_001:], b""):
        module.SUBSET.write_bytes(damaged)
        with pytest.raises(
            ValueError, match=rf"subset\.npz is corrupt.*got {len(damaged)} bytes.*need {len(whole)} bytes"
        ):
            mnist()


# ---- the full set, with small files in the place of the real ones


@pytest.fixture
def files(monkeypatch):
    """Four idx files of 5 and 3 images, known to the module by their own size and hash; no folder is set."""
    rng = np.random.default_rng(0)
    made = {}
    for part, n in (("train", 5), ("t10k", 3)):
        made[f"{part}-images-idx3-ubyte"] = bytes(16) + rng.integers(0, 256, n * 784, dtype=np.uint8).tobytes()
        made[f"{part}-labels-idx1-ubyte"] = bytes(8) + rng.integers(0, 10, n, dtype=np.uint8).tobytes()
    known = {name: (len(raw), hashlib.sha256(raw).hexdigest()) for name, raw in made.items()}
    monkeypatch.setattr(module, "FILES", known)
    monkeypatch.delenv("OVERPARAM_DATA", raising=False)
    return made


def assert_made_of(data, files):
    train_x, train_y, test_x, test_y = files.values()
    assert_well_formed(data, 5, 3)
    assert np.rint(255 * data.x_train).astype(np.uint8).tobytes() == train_x[16:]
    assert data.y_train.astype(np.uint8).tobytes() == train_y[8:]
    assert np.rint(255 * data.x_test).astype(np.uint8).tobytes() == test_x[16:]
    assert data.y_test.astype(np.uint8).tobytes() == test_y[8:]


@pytest.fixture
def folder(files, tmp_path, monkeypatch):
    """A folder named by OVERPARAM_DATA that holds the four files, every other one packed."""
    for k, (name, raw) in enumerate(files.items()):
        path = tmp_path / (name + ".gz" * (k % 2))
        path.write_bytes(gzip.compress(raw) if k % 2 else raw)
    monkeypatch.setenv("OVERPARAM_DATA", str(tmp_path))
    monkeypatch.setattr(module, "MIRRORS", ())
    return tmp_path


def test_the_folder_is_read_plain_or_packed(folder, files):
    assert_made_of(mnist(full=True), files)


def test_a_folder_without_the_files_is_refused(folder, monkeypatch):
    (folder / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"OVERPARAM_DATA names .*, which lacks t10k-images-idx3-ubyte; needed are"
    ):
        mnist(full=True)
    monkeypatch.setenv("OVERPARAM_DATA", str(folder / "nowhere"))
    with pytest.raises(
        FileNotFoundError, match=r"nowhere, which lacks train-images.*train-labels.*t10k-images.*t10k-labels"
    ):
        mnist(full=True)


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "longer"])
def test_a_damaged_file_in_the_folder_is_refused(folder, name, damage):
    path = folder / name
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "cut": whole[:-3],
            "flipped": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
            "empty": b"",
            "longer": whole + b"\1",
        }[damage]
    )
    with pytest.raises(ValueError, match=rf"{name} is corrupt.*got \d+ bytes.*need"):
        mnist(full=True)


def test_another_file_of_the_right_form_is_refused(folder, files):
    """A gzip archive that is whole, of the right size, but of other bytes: only the hash of the contents can tell."""
    name = "train-labels-idx1-ubyte"
    (folder / f"{name}.gz").write_bytes(gzip.compress(files[name][:-1] + b"\xff"))
    with pytest.raises(ValueError, match=rf"{name}\.gz is corrupt, truncated or another file: got 13 bytes of SHA-256"):
        mnist(full=True)


# ---- downloads


@pytest.fixture
def server(files, tmp_path, monkeypatch):
    """A mirror on this machine and an empty cache; `answers[path]` is what it says, bytes or a status."""
    answers = {f"/good/{name}.gz": gzip.compress(raw) for name, raw in files.items()}
    asked = []

    class Mirror(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            answer = answers.get(self.path, 404)
            if isinstance(answer, int):
                self.send_error(answer)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer) * (2 if "cut" in self.path else 1)))
            self.end_headers()
            self.wfile.write(answer)
            if "stalled" in self.path:
                self.wfile.flush()
                stalled.set()
                released.wait(30)

        def log_message(self, *_):
            pass

    stalled, released = threading.Event(), threading.Event()
    http = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    http.base, http.answers, http.asked, http.stalled = f"http://127.0.0.1:{http.server_port}", answers, asked, stalled
    monkeypatch.setattr(module, "MIRRORS", (f"{http.base}/good/",))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(module.pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    http.cache = tmp_path / "cache"
    yield http
    released.set()
    http.shutdown()
    http.server_close()


def left(server):
    return sorted(path.name for path in server.cache.rglob("*") if path.is_file())


def test_a_download_fills_the_cache_once(server, files):
    assert_made_of(mnist(full=True), files)
    assert left(server) == sorted(files) and len(server.asked) == 4
    assert_made_of(mnist(full=True), files)
    assert len(server.asked) == 4


def test_an_empty_setting_is_no_setting(server, files, monkeypatch):
    monkeypatch.setenv("OVERPARAM_DATA", "")
    assert_made_of(mnist(full=True), files)


def test_a_wrong_setting_is_not_passed_over_for_a_filled_cache(server, tmp_path, monkeypatch):
    mnist(full=True)
    monkeypatch.setenv("OVERPARAM_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="OVERPARAM_DATA names"):
        mnist(full=True)


@pytest.mark.parametrize("damaged", [b"", b"half", None])
def test_a_damaged_file_in_the_cache_is_fetched_again(server, files, damaged):
    mnist(full=True)
    name = "t10k-images-idx3-ubyte"
    path = server.cache / "overparam" / "mnist" / name
    path.write_bytes(files[name][:-1] if damaged is None else damaged)
    assert_made_of(mnist(full=True), files)
    assert path.read_bytes() == files[name] and left(server) == sorted(files)
    assert server.asked[4:] == [f"/good/{name}.gz"]


BAD_ANSWERS = {
    "gone": lambda good: 404,
    "cut": lambda good: good[: len(good) // 2],
    "short": lambda good: good[:-5],
    "page": lambda good: b"<html>sign in to this network</html>",
    "other": lambda good: gzip.compress(b"not these bytes"),
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_the_second_mirror_stands_in_for_a_bad_first(server, files, monkeypatch, kind):
    for path, good in list(server.answers.items()):
        server.answers[path.replace("good", kind)] = BAD_ANSWERS[kind](good)
    monkeypatch.setattr(module, "MIRRORS", (f"{server.base}/{kind}/", f"{server.base}/good/"))
    assert_made_of(mnist(full=True), files)
    assert len(server.asked) == 8 and left(server) == sorted(files)


@pytest.mark.parametrize("kind", [*BAD_ANSWERS, "closed"])
def test_where_no_mirror_is_good_all_are_named_and_nothing_is_left(server, monkeypatch, kind):
    if kind == "closed":
        bad = "http://127.0.0.1:9/"  # the discard port, where nobody listens
    else:
        bad = f"{server.base}/{kind}/"
        for path, good in list(server.answers.items()):
            server.answers[path.replace("good", kind)] = BAD_ANSWERS[kind](good)
    monkeypatch.setattr(module, "MIRRORS", (bad, bad.replace("127.0.0.1", "localhost")))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with pytest.raises(FileNotFoundError) as caught:
        mnist(full=True)
    message = str(caught.value)
    assert message.startswith("no mirror gave train-images-idx3-ubyte; ")
    assert f"{bad}train-images-idx3-ubyte.gz: " in message and "localhost" in message and "OVERPARAM_DATA" in message
    if kind == "other":
        assert "got 15 bytes" in message and f"need {16 + 5 * 784} bytes" in message
    assert left(server) == []


def test_an_interrupted_write_leaves_nothing(server, files, monkeypatch):
    def interrupted(source, target):
        assert Path(source).read_bytes() == files["train-images-idx3-ubyte"]
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mnist(full=True)
    assert left(server) == []


posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and limits")


def child(server, prelude=""):
    """A process of its own that asks for the full set from the test's server into the test's cache."""
    code = f"""
import importlib, pathlib, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell runs in the background ignores it
module = importlib.import_module("overparam.data.mnist")
module.FILES, module.MIRRORS = {module.FILES!r}, {module.MIRRORS!r}
module.pooch.os_cache = lambda project: pathlib.Path({str(server.cache)!r}) / project
{prelude}
module.mnist(full=True)
"""
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)


@posix
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_killed_download_leaves_nothing(server, files, monkeypatch, how):
    """The server sends half of the first file and stalls; the process is killed while it waits for the rest."""
    name = next(iter(files))
    server.answers[f"/stalled-cut/{name}.gz"] = server.answers[f"/good/{name}.gz"][:1500]
    monkeypatch.setattr(module, "MIRRORS", (f"{server.base}/stalled-cut/",))
    process = child(server)
    assert server.stalled.wait(30)
    process.send_signal(signal.Signals[how])
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert left(server) == []
    monkeypatch.setattr(module, "MIRRORS", (f"{server.base}/good/",))
    assert_made_of(mnist(full=True), files)


@posix
def test_a_full_disk_leaves_nothing(server, files):
    """A limit on the size of files stops the write half-way, as a full disk does."""
    prelude = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))"
    error = child(server, prelude).communicate(timeout=60)[1]
    last = error.strip().splitlines()[-1]
    assert last.startswith(f"OSError: [Errno {errno.EFBIG}]")
    assert f"{16 + 5 * 784} bytes are needed" in last and "train-images-idx3-ubyte" in last
    assert left(server) == []
    assert_made_of(mnist(full=True), files)


# ---- the script that makes the subset, and the real full set


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("make_mnist_subset", ROOT / "runs" / "make_mnist_subset.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_the_script_writes_the_same_bytes_at_another_time(script, monkeypatch, tmp_path):
    arrays = {"x": np.arange(2000, dtype=np.uint8).reshape(20, 100), "y": np.arange(20, dtype=np.uint8)}
    first = script.archive(arrays)
    monkeypatch.setattr("time.time", lambda: 1e9)
    monkeypatch.setattr("time.localtime", lambda *_: (2001, 9, 9, 1, 46, 40, 6, 252, 0))
    assert script.archive(arrays) == first
    (tmp_path / "a.npz").write_bytes(first)
    with np.load(tmp_path / "a.npz") as back:
        np.testing.assert_array_equal(back["x"], arrays["x"])


def test_the_draw_is_stratified_sorted_and_without_repetition(script):
    y = np.repeat([0, 1, 2], [50, 31, 19])
    kept = script.stratified(y, 10, np.random.default_rng(0))
    assert np.bincount(y[kept]).tolist() == [5, 3, 2] and (np.diff(kept) > 0).all()


@pytest.mark.skipif(not os.environ.get("OVERPARAM_DATA"), reason="the full MNIST set: OVERPARAM_DATA names no folder")
def test_the_full_set_is_mnist_and_the_subset_is_drawn_from_it(script, monkeypatch):
    full = mnist(full=True)
    assert_well_formed(full, 60_000, 10_000)
    assert np.bincount(full.y_train).tolist() == TRAIN_COUNTS and np.bincount(full.y_test).tolist() == TEST_COUNTS
    # Mean and standard deviation of the training pixels, as published with the set.
    assert full.x_train.mean() == pytest.approx(0.130660, abs=1e-6)
    assert full.x_train.std() == pytest.approx(0.308108, abs=1e-6)
    assert full.y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    monkeypatch.setattr(script, "mnist", lambda full: whole)
    whole = full
    with np.load(module.SUBSET) as packaged:
        for name, array in script.subset().items():
            assert packaged[name].dtype == array.dtype == np.uint8
            np.testing.assert_array_equal(packaged[name], array)
