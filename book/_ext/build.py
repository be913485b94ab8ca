"""Build the book: execute its notebooks and make the site or the PDF, where every warning is an error.

    python book/_ext/build.py [--pdf] [--source FOLDER] [--out FOLDER]

The site then lies in FOLDER/_build/html, the PDF in FOLDER/_build/pdf. Only what has changed is executed and written
again, and a notebook that ran for the one does not run for the other.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

# Before NumPy is imported, which reads them once. The kernels get the same.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

from jupyter_book.sphinx import build_sphinx

ROOT = Path(__file__).parents[2]
NAME = "overparameterized"

# The Debian packages that make the PDF, and a file of each.
TEX = {
    "latexmk": "latexmk",
    "texlive-xetex": "xelatex",
    "texlive-latex-recommended": "fontspec.sty",
    "texlive-latex-extra": "tabulary.sty",
    "texlive-fonts-recommended": "pzdr.tfm",
    "lmodern": "lmroman10-regular.otf",
    "fonts-dejavu-core": "DejaVuSansMono.ttf",
    "fonts-freefont-otf": "FreeSerif.otf",
}


def is_there(file: str) -> bool:
    """Whether a program is installed, or TeX finds a file."""
    if "." not in file:
        return shutil.which(file) is not None
    kpsewhich = shutil.which("kpsewhich")
    return kpsewhich is not None and subprocess.run([kpsewhich, file], capture_output=True).returncode == 0


def typeset(folder: Path) -> bool:
    """Turn the LaTeX in `folder` into the PDF; what TeX has to say is shown where it fails."""
    command = ["latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", f"{NAME}.tex"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    if result.returncode:
        print("\n".join(result.stdout.splitlines()[-40:]), result.stderr, sep="\n", file=sys.stderr)
    else:
        # What has not changed is not made again; the time says that it is as new as the sources all the same.
        folder.joinpath(f"{NAME}.pdf").touch()
    return result.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the book; every warning is an error.")
    parser.add_argument("--pdf", action="store_true", help="make the PDF instead of the site")
    parser.add_argument("--source", type=Path, default=ROOT, help="folder of _config.yml and _toc.yml")
    parser.add_argument("--out", type=Path, help="folder that gets _build (default: the source folder)")
    options = parser.parse_args()
    source = options.source.resolve()
    out = (options.out or options.source).resolve() / "_build" / ("pdf" if options.pdf else "html")
    missing = [package for package, file in TEX.items() if options.pdf and not is_there(file)]
    if missing:
        command = f"apt-get install --no-install-recommends {' '.join(missing)}"
        print(f"The PDF needs TeX, and some of it is missing. On Debian: {command}", file=sys.stderr)
        return 1

    doctrees = out / ".doctrees" if options.pdf else out.parent / ".doctrees"
    start = time.monotonic()
    # What `jupyter-book build -W -n --keep-going` calls, without the traceback that it puts below every error.
    result = build_sphinx(
        source,
        out,
        noconfig=True,
        path_config=source / "_config.yml",
        builder="latex" if options.pdf else "html",
        # Each builder notes for itself which pages it has read.
        doctreedir=doctrees,
        confoverrides={"external_toc_path": str(source / "_toc.yml"), "latex_individualpages": False, "nitpicky": True},
        warningiserror=True,
        keep_going=True,
    )
    if result == 0 and options.pdf and not typeset(out):
        result = 1
    seconds = time.monotonic() - start
    if result != 0:
        # Sphinx warns of a page only when it reads it. Now the next build reads every page again, and fails again.
        (doctrees / "environment.pickle").unlink(missing_ok=True)
        print(f"\nThe book was not built ({seconds:.0f} s); the reason stands above.", file=sys.stderr)
        return 1
    print(f"\nThe book was built in {seconds:.0f} s: {out / (f'{NAME}.pdf' if options.pdf else 'index.html')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
