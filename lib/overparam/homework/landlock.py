"""Landlock: a Linux process takes away its own right to files and to the network, for good and without privileges.

See landlock(7) in the Linux manual pages. glibc has no wrappers, so the system calls are made by number; these are the
same on every architecture.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_NO_NEW_PRIVILEGES = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE
# How many rights on files each version of the interface knows.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def version() -> int:
    """The version of the interface that the kernel has; 0 where it has none."""
    if sys.platform != "linux":
        return 0
    return max(0, ctypes.CDLL(None).syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1)))


def restrict(*, readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """From here on this process and its children read below `readable` and `writable` only and write below `writable`.

    They also open no TCP connection (version 4) and signal no process outside (version 6). Returns False, and does
    nothing, where the kernel has no Landlock. Paths that do not exist are passed over. OSError when the kernel refuses.
    """
    have = version()
    if not have:
        return False
    every = (1 << _RIGHTS[min(have, max(_RIGHTS))]) - 1
    size = 24 if have >= 6 else 16 if have >= 4 else 8
    ruleset = _Ruleset(every, 3 if have >= 4 else 0, 3 if have >= 6 else 0)
    handle = _call(_CREATE, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for allowed, paths in ((_READ, readable), (every, writable)):
            for path in filter(os.path.exists, paths):
                _allow(handle, path, allowed if os.path.isdir(path) else allowed & _ON_FILES)
        if ctypes.CDLL(None, use_errno=True).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
        _call(_RESTRICT, ctypes.c_int(handle), ctypes.c_uint32(0))
    finally:
        os.close(handle)
    return True


def _allow(handle: int, path: Path, allowed: int) -> None:
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(allowed, parent)
        _call(_ADD, ctypes.c_int(handle), ctypes.c_int(1), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(parent)


def _call(number: int, *arguments) -> int:
    result = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"Landlock: {os.strerror(ctypes.get_errno())}")
    return result
