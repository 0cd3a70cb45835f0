"""The memory in which all workers count their clients: made by the supervisor, handed to each worker."""

import logging
import mmap
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from saywhy.proxy.door.client_counts import ClientCounts, size_for

logger = logging.getLogger(__name__)

_MEMORY: Final = "SAYWHY_CLIENT_COUNTS"


class SharedCounts:
    """The supervisor's side. Without room for it each worker counts by itself."""

    def __init__(self, workers: int) -> None:
        self.descriptors: Mapping[str, int] = {}
        self._workers = workers
        if workers == 1:
            return
        try:
            descriptor = os.memfd_create("saywhy clients")
            self.descriptors = {_MEMORY: descriptor}
            os.posix_fallocate(descriptor, 0, size_for(workers))  # a page without room would end who touches it
            self._memory = memoryview(mmap.mmap(descriptor, size_for(workers), trackfd=False))
        except OSError as error:
            self.close()
            logger.warning("there is no memory to count clients over all workers, so each counts its own: %s", error)

    def forget(self, worker: int) -> None:
        """A worker has ended: what it had open is gone."""
        if self.descriptors:
            ClientCounts(self._memory, worker, self._workers).forget()

    def close(self) -> None:
        """Let go of it; workers that live keep it."""
        for descriptor in self.descriptors.values():
            with suppress(OSError):
                os.close(descriptor)
        self.descriptors = {}


def counts_from_parent(worker: int, workers: int) -> ClientCounts:
    """The worker's side; to be asked for once. `worker` counts from 0."""
    descriptor = os.environ.pop(_MEMORY, None)
    if descriptor is None:
        return ClientCounts()
    try:
        memory = mmap.mmap(int(descriptor), size_for(workers), trackfd=False)
    except OSError as error:
        logger.warning("the memory to count clients over all workers cannot be used: %s", error)
        return ClientCounts()
    finally:
        os.close(int(descriptor))
    return ClientCounts(memoryview(memory), worker, workers)
