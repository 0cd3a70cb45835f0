"""What a filter says at `/metrics`, read back: one scrape of any age of filter, of which nothing has to be there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

type Series = tuple[Mapping[str, str], float]


_PREFIX: Final = "saywhy_"


class Scraped:
    """Saywhy's own figures in one scrape, by their names without `saywhy_`. What is not there is None, empty, or 0."""

    def __init__(self, samples: Mapping[str, Sequence[Series]]) -> None:
        self._samples: Final = samples

    def value(self, name: str) -> float | None:
        """The sum of all series of this name; None where there are none."""
        found = self._samples.get(name)
        return None if not found else sum(value for _, value in found)

    def number(self, name: str) -> int:
        """The same of a count."""
        return int(self.value(name) or 0)

    def by(self, name: str, label: str) -> dict[str, float]:
        """What is told for each value of a label, in the order of the values."""
        sums: defaultdict[str, float] = defaultdict(float)
        for labels, value in self._samples.get(name, ()):
            if label in labels:
                sums[labels[label]] += value
        return dict(sorted(sums.items()))

    def labels(self, name: str) -> Sequence[Mapping[str, str]]:
        """The labels of each series of this name."""
        return [labels for labels, _ in self._samples.get(name, ())]


def read_scrape(text: str) -> Scraped:
    """Read Prometheus' text format. Raises ValueError for what is none."""
    samples: defaultdict[str, list[Series]] = defaultdict(list)
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            if one.name.startswith(_PREFIX):
                samples[one.name.removeprefix(_PREFIX)].append((one.labels, one.value))
    if not samples:
        raise ValueError("there is no figure of Saywhy's in it")
    return Scraped(samples)
