"""What is remembered of the last so many: beyond, what was kept longest ago goes."""

from collections import OrderedDict


class BoundedCache[K, V](OrderedDict[K, V]):
    """A mapping with a bound. Keeping a key anew counts; whoever looks one up may say so (`move_to_end`)."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def keep(self, key: K, value: V) -> V:
        """Remember the value, and give it back."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)
        return value
