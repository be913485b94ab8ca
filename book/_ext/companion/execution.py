"""Executes the notebooks before Sphinx reads them: side by side, into a cache that only the present library can fill.

Why not leave it to MyST-NB, which can execute and cache too? It runs one notebook after the other, and its cache knows
the cells of a notebook but not the library that they import: a page could show numbers of yesterday's code. Here the
cache lies in a folder named after everything else that a number depends on, and MyST-NB only ever finds it full.
"""

import asyncio
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, CacheBundleOut
from jupyter_cache.cache.main import JupyterCacheBase
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from sphinx.errors import SphinxError
from sphinx.util import logging

from overparam import claims

LOGGER = logging.getLogger(__name__)

# Seconds a notebook may take from a cold kernel: past the first it is reported, past the second it is stopped.
SLOW, TOO_SLOW = 60, 180

# What a notebook's kernel runs under. One thread each: as many notebooks run side by side as there are cores.
KERNEL = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "OVERPARAM_BUILD": "1",
}


class NotebookFailed(SphinxError):
    """One or more notebooks raised, made a claim that does not hold, or took too long."""

    category = "Notebooks that failed"


def content_key(root: Path) -> str:
    """A hash of all that a number on a page depends on besides its notebook.

    That is the library with the data and results inside it, the register of claims, and the lock file in `root`.
    """
    library = Path(claims.__file__).parent
    return digest([library, claims.register_path(), root / "requirements.lock"])


def digest(places: Iterable[Path]) -> str:
    """A hash of the names and contents of files, and of all files in folders."""
    key = hashlib.sha256()
    for place in places:
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                name = file.relative_to(place.parent).as_posix()
                key.update(f"{name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return key.hexdigest()[:16]


def set_cache(app, config) -> None:
    """Name the cache after the key, and keep no older one (`config-inited`)."""
    root = Path(app.confdir)
    key = content_key(root)
    caches = Path(app.outdir).parent / ".jupyter_cache"
    config.nb_execution_cache_path = str(caches / key)
    for old in caches.glob("*"):
        if old.is_dir() and old.name != key:
            shutil.rmtree(old)
    # Sphinx reads every page anew when this value has changed. By itself it overlooks changed style sheets.
    static = [root / folder for folder in config.html_static_path]
    config.companion_key = key + digest([Path(__file__).parent, *static])


def is_executed(app, docname: str) -> bool:
    """Whether the page is a notebook that the build runs; homework, for one, is shown as it is."""
    path = PurePosixPath(app.env.doc2path(docname))
    excluded = any(path.match(pattern) for pattern in app.config.nb_execution_excludepatterns)
    return path.suffix == ".ipynb" and app.config.nb_execution_mode == "cache" and not excluded


@dataclass(frozen=True)
class Runs:
    """What the notebooks said: each claim with the page that checks it, and when and how long each page ran."""

    claims: tuple[dict, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    dates: Mapping[str, datetime] = field(default_factory=dict)


def execute_notebooks(app, env, docnames: list[str]) -> None:
    """Run the notebooks that the cache does not hold, and note what all of them said (`env-before-read-docs`).

    A page that was run again is read anew, and where anything has changed each that shows it (metadata `shows_runs`).
    """
    cache = get_cache(app.config.nb_execution_cache_path)
    pages = {docname: Path(env.doc2path(docname)) for docname in sorted(env.found_docs) if is_executed(app, docname)}
    missing = {docname: path for docname, path in pages.items() if _cached(cache, path) is None}
    failures = asyncio.run(_execute_all(cache, missing)) if missing else {}
    reports = Path(app.outdir) / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    for docname, report in failures.items():
        file = reports / f"{docname}.err.log"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(report, encoding="utf-8")
    if failures:
        raise NotebookFailed("\n\n".join(f"{docname}\n{report}" for docname, report in failures.items()))

    bundles = {docname: _cached(cache, path) for docname, path in pages.items()}
    runs = Runs(
        tuple(record | {"docname": docname} for docname, bundle in bundles.items() for record in _claims(bundle.nb)),
        {docname: bundle.record.data["execution_seconds"] for docname, bundle in bundles.items()},
        {docname: bundle.record.created for docname, bundle in bundles.items()},
    )
    before = getattr(env, "companion_runs", Runs())
    env.companion_runs = runs
    if runs != before:
        showing = {docname for docname, metadata in env.metadata.items() if "shows_runs" in metadata}
        again = {docname for docname, date in runs.dates.items() if date != before.dates.get(docname)}
        docnames += sorted((showing | again) - set(docnames))


def _cached(cache: JupyterCacheBase, path: Path) -> CacheBundleOut | None:
    """The executed notebook, its code cells only; None where the cache does not hold it."""
    try:
        record = cache.match_cache_notebook(nbformat.read(path, as_version=4))
    except KeyError:
        return None
    return cache.get_cache_bundle(record.pk)


def _claims(notebook: nbformat.NotebookNode) -> Iterable[dict]:
    for cell in notebook.cells:
        for output in cell.outputs:
            if record := output.get("data", {}).get(claims.MIME):
                yield dict(record)


async def _execute_all(cache: JupyterCacheBase, notebooks: dict[str, Path]) -> dict[str, str]:
    """Run each notebook on a core of its own; what went wrong, by page."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores, seconds, start = asyncio.Semaphore(count), {}, time.monotonic()

    async def execute(docname: str, path: Path) -> str | None:
        async with cores:
            begun = time.monotonic()
            report = await _execute(cache, path)
            seconds[docname] = time.monotonic() - begun
            return report

    reports = await asyncio.gather(*(execute(docname, path) for docname, path in notebooks.items()))
    longest = max(seconds, key=seconds.get)
    text = (
        "executed %d notebooks in %.0f s on %d cores; the work is %.0f s, and no number of cores could make it shorter"
    )
    text += " than %s, %.0f s"
    total = sum(seconds.values())
    LOGGER.info(text, len(seconds), time.monotonic() - start, count, total, longest, seconds[longest])
    return {docname: report for docname, report in zip(notebooks, reports, strict=True) if report}


async def _execute(cache: JupyterCacheBase, path: Path) -> str | None:
    """Run one notebook and cache it; what went wrong, if anything did."""
    notebook = nbformat.read(path, as_version=4)
    # No folder of kernels is searched, so that "python3" is the Python of this build whatever a user has installed.
    kernel = AsyncKernelManager(kernel_name=NATIVE_KERNEL_NAME, kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    client = NotebookClient(
        notebook,
        km=kernel,
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,  # on the page no kernel could move a widget
        record_timing=False,  # times would become part of the cells, and the cache would not know them again
        extra_arguments=["--log-level=ERROR"],  # a kernel warns at every start that it talks over local sockets
    )
    start = time.monotonic()
    try:
        async with asyncio.timeout(TOO_SLOW) as budget:
            await client.async_execute(env=os.environ | KERNEL)
    except (CellExecutionError, DeadKernelError, TimeoutError) as error:
        if budget.expired():  # nbclient then says that the kernel died
            return f"took longer than {TOO_SLOW} s"
        return re.sub(r"\x1b\[[\d;]*m", "", str(error)).strip()
    seconds = time.monotonic() - start
    LOGGER.info("executed %s in %.1f s%s", path.name, seconds, f": slow, more than {SLOW} s" * (seconds > SLOW))
    bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    return None
