"""Worker processes end with the process that started them."""

from __future__ import annotations

import os
import threading
from multiprocessing import parent_process


def end_with_parent() -> None:
    """Let this worker process of multiprocessing end when its parent does.

    A parent that a signal kills cannot shut its pool down: its workers would work off what is queued, or wait for ever.
    """
    threading.Thread(target=_wait, name="anymol-parent", daemon=True).start()


def _wait() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
