"""A submission at arm's length: its cells run in a worker process with limits; here one sees only what it answers."""

import contextlib
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

from overparam._checks import real
from overparam.homework import codec
from overparam.homework.landlock import version


class SubmissionError(Exception):
    """What a submission did wrong, in a sentence for its author."""


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds for one answer, seconds and megabytes in all. ValueError unless positive."""

    answer_s: Real = 20.0
    total_s: Real = 120.0
    megabytes: int = 2048

    def __post_init__(self):
        for name in ("answer_s", "total_s", "megabytes"):
            real(name, getattr(self, name), above=0)


class Sandbox:
    """Runs the cells of one submission and calls its functions. A context manager.

    A cell or call that breaks a limit costs its worker its life; the next answer comes from a new worker, in which the
    cells before have run again, less those that failed. `printed` is the number of bytes that the cells printed.
    """

    MOST_BYTES = 64 << 20  # of one answer

    def __init__(self, limits: Limits):
        self.limits = limits
        self.printed = 0
        self._cells: list[tuple[str, str]] = []
        self._process = None
        self._number = 0
        self._deadline = time.monotonic() + limits.total_s

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True)
        return self

    def __exit__(self, *_):
        self._stop()
        self._folder.cleanup()

    @staticmethod
    def is_confined() -> bool:
        """Whether the system keeps submissions from reading and writing files that are not theirs."""
        return version() > 0

    def run(self, name: str, source: str) -> None:
        """Run a cell; SubmissionError where it fails."""
        self._ask({"do": "run", "name": name, "source": source}, "it")
        self._cells.append((name, source))

    def call(self, name: str, *args, **kwargs):
        """What the submission's function returns; SubmissionError where it raises, hangs or is missing."""
        return self._ask({"do": "call", "name": name, "args": args, "kwargs": kwargs}, name)

    def get(self, name: str):
        """The value of the submission's variable; SubmissionError where it is missing."""
        return self._ask({"do": "get", "name": name}, name)

    def _ask(self, request: dict, subject: str):
        if self._process is None:
            self._start()
        return self._exchange(request, subject)

    def _exchange(self, request: dict, subject: str):
        left = min(self.limits.answer_s, self._deadline - time.monotonic())
        if left <= 0:
            self._stop()
            raise SubmissionError(f"the {self.limits.total_s:g} s for the whole notebook are used up")
        try:
            self._number += 1
            data = codec.dumps(request | {"number": self._number})
            self._requests.write(struct.pack("<Q", len(data)) + data)
            self._requests.flush()
            reply = codec.loads(self._receive(time.monotonic() + left))
            # A submission may write into the pipe itself. Such a message must not be taken for a later answer.
            if (
                not isinstance(reply, dict)
                or reply.get("number") != self._number
                or not {"value", "error"} & set(reply)
            ):
                raise ValueError("data must be a reply")
        except TimeoutError:
            self._stop()
            raise SubmissionError(f"{subject} did not finish within {left:.3g} s") from None
        except (OSError, ValueError, struct.error) as error:
            ended = self._stop()
            reason = f"ended its process ({ended})" if ended else f"gave an answer that cannot be read ({error})"
            raise SubmissionError(f"{subject} {reason}") from None
        if "error" in reply:
            raise SubmissionError(str(reply["error"])[:500])
        return reply["value"]

    def _start(self) -> None:
        theirs_in, self_out = os.pipe()
        self_in, theirs_out = os.pipe()
        scratch = self._folder.name
        library = Path(__file__).parents[2]
        command = [sys.executable, "-P", "-m", "overparam.homework.worker", str(theirs_in), str(theirs_out), scratch]
        # Processor time is counted in all and so bounds what outlives its worker too.
        command += [str(int(self.limits.total_s) + 5), str(int(self.limits.megabytes))]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        place = dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR"), scratch)
        self._process = subprocess.Popen(
            command,
            cwd=scratch,
            env={"PATH": os.defpath, "PYTHONPATH": str(library), "MPLBACKEND": "Agg", **threads, **place},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(theirs_in, theirs_out),
            start_new_session=True,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._requests, self._replies = os.fdopen(self_out, "wb"), self_in
        os.set_blocking(self._process.stdout.fileno(), False)
        codec.loads(self._receive(time.monotonic() + 60))
        for name, source in self._cells:
            self._exchange({"do": "run", "name": name, "source": source}, "it")

    def _receive(self, until: float) -> bytes:
        (length,) = struct.unpack("<Q", self._read(8, until))
        if length > self.MOST_BYTES:
            raise ValueError(f"it is longer than {self.MOST_BYTES >> 20} MB")
        return self._read(length, until)

    def _read(self, count: int, until: float) -> bytes:
        parts = []
        while count:
            ready, _, _ = select.select([self._replies, self._process.stdout], [], [], max(0, until - time.monotonic()))
            if not ready:
                raise TimeoutError
            if self._process.stdout in ready and not self._drain() and ready == [self._process.stdout]:
                time.sleep(0.001)  # the submission has closed its output: do not spin
            if self._replies in ready:
                part = os.read(self._replies, min(count, 1 << 20))
                if not part:
                    raise struct.error("nothing came")
                parts.append(part)
                count -= len(part)
            if time.monotonic() > until:
                raise TimeoutError
        return b"".join(parts)

    def _drain(self) -> int:
        """Take what was printed and forget it; how many bytes."""
        printed = len(self._process.stdout.read(1 << 20) or b"")
        self.printed += printed
        return printed

    def _stop(self) -> str:
        """End the worker and what it started; why it had ended, where it had."""
        if self._process is None:
            return ""
        process, self._process = self._process, None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2 if process.poll() is None else 0)
        code = process.poll()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with contextlib.suppress(OSError):
            self._requests.close()
        os.close(self._replies)
        if code is None:
            return ""
        return f"exit status {code}" if code >= 0 else signal.Signals(-code).name
