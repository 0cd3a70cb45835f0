"""Write deploy/grafana/dashboards anew from their description: part of `make docs`."""

from pathlib import Path
from typing import Final

from deploy.dashboards.all_well import ALL_WELL
from deploy.dashboards.asking import ASKING
from deploy.dashboards.blocked import BLOCKED
from deploy.dashboards.grafana import as_json
from deploy.dashboards.panels import Dashboard
from deploy.dashboards.speed import SPEED

FOLDER: Final = Path(__file__).resolve().parents[1] / "grafana" / "dashboards"
DASHBOARDS: Final[tuple[Dashboard, ...]] = (ALL_WELL, BLOCKED, SPEED, ASKING)


def file_of(one: Dashboard) -> Path:
    """Where a dashboard is kept."""
    return FOLDER / f"{one.uid}.json"


def main() -> None:
    """Write them all."""
    for one in DASHBOARDS:
        file_of(one).write_text(as_json(one), "utf-8")


if __name__ == "__main__":
    main()
