"""One heap for all threads, where the C library is glibc."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

COUNT = """
import ctypes, re, sys, threading
from anymol.heap import share_one_heap
assert not int(sys.argv[1]) or share_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.fopen.restype = ctypes.c_void_p, ctypes.c_void_p
libc.malloc_info.argtypes, libc.fclose.argtypes = [ctypes.c_int, ctypes.c_void_p], [ctypes.c_void_p]
threads = [threading.Thread(target=libc.malloc, args=(1000,)) for _ in range(3)]
for one in threads:
    one.start()
for one in threads:
    one.join()
stream = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, stream)
libc.fclose(stream)
print(open(sys.argv[2]).read().count("<heap nr="))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's heaps")
def test_threads_take_memory_from_one_heap(tmp_path) -> None:
    words = [sys.executable, "-W", "ignore", "-c", COUNT]
    counted = [
        int(subprocess.run([*words, shared, tmp_path / "heaps.xml"], capture_output=True, text=True, check=True).stdout)
        for shared in ("0", "1")
    ]
    assert counted[0] > counted[1] == 1
