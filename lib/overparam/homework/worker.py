"""The process in which a submission runs: it takes away its own rights, and then does what it is asked over a pipe.

    python -m overparam.homework.worker REQUESTS REPLIES SCRATCH SECONDS MEGABYTES

REQUESTS and REPLIES are open file descriptors. A message is its length, 8 bytes, and what `codec.dumps` wrote.
"""

import contextlib
import linecache
import os
import re
import resource
import site
import struct
import sys
import sysconfig
import traceback
from pathlib import Path

from overparam.homework import codec, landlock

LONGEST = 300


def send(stream, value) -> None:
    data = codec.dumps(value)
    stream.write(struct.pack("<Q", len(data)) + data)
    stream.flush()


def receive(stream):
    (length,) = struct.unpack("<Q", stream.read(8))
    return codec.loads(stream.read(length))


def readable() -> list[Path]:
    """What an honest submission reads: Python, its packages, this library, and the system's own libraries."""
    ours = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *site.getsitepackages()]
    system = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/urandom"]
    return [Path(path) for path in [*ours, *system, *sys.path, "/proc/self"] if path]


def limit(scratch: str, seconds: int, megabytes: int) -> None:
    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, megabytes << 20),
        (resource.RLIMIT_FSIZE, 32 << 20),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))
    landlock.restrict(readable=readable(), writable=[scratch, "/dev/null"])


def told(error: BaseException, source: str = "") -> str:
    """One line about an error of the submission: what it is, and in which line of the cell."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell")]
    where = f", line {frames[-1].lineno} of its cell" if frames else ""
    says = str(error)
    if isinstance(error, SyntaxError) and error.lineno:
        says, where = error.msg, f", line {error.lineno} of its cell"
    return re.sub(r"\s+", " ", f"{type(error).__name__}: {says}")[:LONGEST] + where


def answer(request: dict, namespace: dict) -> dict:
    try:
        if request["do"] == "run":
            source = re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", request["source"])  # IPython's magic
            name = f"<cell {request['name']}>"
            linecache.cache[name] = (len(source), None, source.splitlines(True), name)
            exec(compile(source, name, "exec"), namespace)
            return {"value": None}
        if request["name"] not in namespace:
            return {"error": f"{request['name']} is not defined"}
        value = namespace[request["name"]]
        if request["do"] == "call":
            value = value(*request["args"], **request["kwargs"])
        try:
            codec.dumps(value)
        except TypeError as error:
            return {"error": f"{request['name']} gives {error}; numbers, arrays, text, lists and dicts are understood"}
        return {"value": value}
    except NotImplementedError as error:
        return {"error": str(error) or "it has not been written yet"}
    except MemoryError:
        return {"error": "it needs more memory than it may have"}
    except BaseException as error:  # SystemExit and KeyboardInterrupt of a submission are errors of the submission
        where = "" if request["do"] == "run" else f"{request['name']} raises "
        return {"error": where + told(error)}


def main() -> None:
    requests, replies, scratch, seconds, megabytes = sys.argv[1:]
    sys.argv[1:] = []
    import numpy  # noqa: F401  before the limits, so that every submission has it

    namespace = {"__name__": "__main__"}
    with open(int(requests), "rb") as incoming, open(int(replies), "wb") as outgoing:
        limit(scratch, int(seconds), int(megabytes))
        send(outgoing, {"value": None, "number": 0})
        while True:
            try:
                request = receive(incoming)
            except struct.error:  # the judge has gone
                break
            reply = answer(request, namespace) | {"number": request["number"]}
            with contextlib.suppress(OSError):
                sys.stdout.flush()
            send(outgoing, reply)
    os._exit(0)  # no code of the submission runs at exit


if __name__ == "__main__":
    main()
