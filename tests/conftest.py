"""What every unit test runs under: one BLAS thread, checked shapes, reproducible property tests."""

import os
import shutil

import jaxtyping
import pytest
from hypothesis import settings

# For all that starts from here: workers, kernels, torch. pytest's plugins have loaded NumPy by now, which reads these
# once; `make test` sets them before that.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

# The shapes in the signatures of the library are checked at every call. The hook wraps modules as they are imported, so
# it has to stand before the first import of the library.
jaxtyping.install_import_hook("overparam", "beartype.beartype")

# The same examples in every run, so that a red test is red again; no deadline, for a busy machine is not an error.
settings.register_profile("overparam", deadline=None, derandomize=True)
settings.load_profile("overparam")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Tests marked `bad_input` look for the library's own error: while one runs, the shape checks are off."""
    jaxtyping.config.update("jaxtyping_disable", item.get_closest_marker("bad_input") is not None)
    try:
        return (yield)
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; a test that asks for it is skipped where none is found."""
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    return next(found, None) or pytest.skip("no Chromium is installed")
