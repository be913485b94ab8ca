"""Build the book: execute its notebooks and make the site, where every warning is an error.

    python book/_ext/build.py [--source FOLDER] [--out FOLDER]

The site then lies in FOLDER/_build/html. Only what has changed is executed and written again.
"""

import argparse
import os
import sys
import time
from pathlib import Path

# Before NumPy is imported, which reads them once. The kernels get the same.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

from jupyter_book.sphinx import build_sphinx

ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the book; every warning is an error.")
    parser.add_argument("--source", type=Path, default=ROOT, help="folder of _config.yml and _toc.yml")
    parser.add_argument("--out", type=Path, help="folder that gets _build (default: the source folder)")
    options = parser.parse_args()
    source = options.source.resolve()
    site = (options.out or options.source).resolve() / "_build" / "html"

    start = time.monotonic()
    # What `jupyter-book build -W -n --keep-going` calls, without the traceback that it puts below every error.
    result = build_sphinx(
        source,
        site,
        noconfig=True,
        path_config=source / "_config.yml",
        confoverrides={"external_toc_path": str(source / "_toc.yml"), "latex_individualpages": False, "nitpicky": True},
        warningiserror=True,
        keep_going=True,
    )
    seconds = time.monotonic() - start
    if result != 0:
        # Sphinx warns of a page only when it reads it. Now the next build reads every page again, and fails again.
        (site.parent / ".doctrees" / "environment.pickle").unlink(missing_ok=True)
        print(f"\nThe book was not built ({seconds:.0f} s); the reason stands above.", file=sys.stderr)
        return 1
    print(f"\nThe book was built in {seconds:.0f} s: {site / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
