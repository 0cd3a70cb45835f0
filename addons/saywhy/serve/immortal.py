"""What is there before processes are forked never ends: nobody counts its references, so that all share its memory.

Python writes to an object whenever it is referred to, and so each process would soon have a copy of nearly all code. Objects
that are immortal (PEP 683, which names this very use) are left alone. Python makes only its own so, and has no function for
it; this does it in the way of CPython 3.13 on 64 bits (Include/internal/pycore_object.h), and nothing anywhere else.
"""

import ctypes
import gc
import sys
import sysconfig
from types import CodeType, FrameType
from typing import Final

_IMMORTAL: Final = 0xFFFF_FFFF  # _Py_IMMORTAL_REFCNT
_WORD: Final = 8  # bytes, of the count as well, which is the first field of every object
_MEMORY: Final = ctypes.c_uint64 * (2**47 // _WORD)  # all that a process can have: user addresses have 47 bits
_ALONE: Final = frozenset({str, bytes, int, float})  # they refer to nothing
_FITS: Final = (
    sys.implementation.name == "cpython"
    and sys.version_info[:2] == (3, 13)
    and sys.maxsize == 2**63 - 1
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
    and not sysconfig.get_config_var("Py_DEBUG")
    and sys.getrefcount(None) == _IMMORTAL
)


def make_immortal() -> None:
    """Make all objects that there are immortal. To be called once, by one thread, when all that is wanted is loaded."""
    if not _FITS:
        return
    memory, count, referents = _MEMORY.from_address(0), sys.getrefcount, gc.get_referents
    waiting = gc.get_objects()
    while waiting:
        one = waiting.pop()
        if count(one) == _IMMORTAL or type(one) is FrameType:  # a frame that runs ends
            continue
        memory[id(one) // _WORD] = _IMMORTAL
        if type(one) is CodeType:  # which the garbage collector does not know
            waiting += (one.co_consts, one.co_names, one.co_linetable, one.co_exceptiontable)
        elif type(one) not in _ALONE:
            waiting += referents(one)
