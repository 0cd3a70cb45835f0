"""Dashboards as Grafana reads them, by its own library of their format."""

from typing import Final

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync

from deploy.dashboards.panels import Dashboard, Panel, Query, Shape

SOURCE: Final = "saywhy-prometheus"  # the uid in deploy/grafana/provisioning/datasources
_ROW: Final = 24
_HEIGHTS: Final = {Shape.NUMBER: 4, Shape.BARS: 9, Shape.LINES: 9}

type _Panel = stat.Panel | bargauge.Panel | timeseries.Panel


def as_json(one: Dashboard) -> str:
    """A dashboard for Grafana 10 and later."""
    built = (
        dashboard.Dashboard(one.title)
        .uid(one.uid)
        .description(one.says)
        .tags(["saywhy"])
        .timezone("browser")
        .time(one.since, "now")
        .refresh("1m")
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
    )
    for number, (panel, place) in enumerate(zip(one.panels, laid_out(one), strict=True), 1):
        built = built.with_panel(_panel(panel).id(number).grid_pos(place))
    return JSONEncoder(indent=2, ensure_ascii=False).encode(built.build()) + "\n"


def laid_out(one: Dashboard) -> list[models.GridPos]:
    """Where each panel stands: one beside the other, in rows of one height."""
    rows: list[list[Panel]] = [[]]
    for panel in one.panels:
        if sum(before.width for before in rows[-1]) + panel.width > _ROW:
            rows.append([])
        rows[-1].append(panel)
    places: list[models.GridPos] = []
    y = 0
    for row in rows:
        x, height = 0, max(_HEIGHTS[panel.shape] for panel in row)
        for panel in row:
            places.append(models.GridPos(h=height, w=panel.width, x=x, y=y))
            x += panel.width
        y += height
    return places


def _panel(one: Panel) -> _Panel:
    made: _Panel
    match one.shape:
        case Shape.NUMBER:
            made = stat.Panel().graph_mode(BigValueGraphMode.NONE).reduce_options(_last())
        case Shape.BARS:
            made = bargauge.Panel().display_mode(BarGaugeDisplayMode.BASIC).orientation(VizOrientation.HORIZONTAL)
            made = made.reduce_options(_last()).min(0)
        case Shape.LINES:
            made = timeseries.Panel().min(0).fill_opacity(10).legend(_legend()).tooltip(_tooltip())
    made = made.title(one.title).description(one.says).unit(one.unit)
    made = made.datasource(models.DataSourceRef("prometheus", SOURCE))
    if one.decimals is not None:
        made = made.decimals(one.decimals)
    if one.steps:
        made = made.thresholds(_steps(one)).color_scheme(
            dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS)
        )
    if one.words:
        told = {str(value): models.ValueMappingResult(text=text) for value, text in one.words}
        made = made.mappings([models.ValueMap(told)])
    for letter, query in zip("ABCDEF", one.queries, strict=False):
        made = made.with_target(_target(query, letter, one.shape))
    return made


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(show_legend=True)
    return legend.display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM).calcs([])


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)


def _steps(one: Panel) -> dashboard.ThresholdsConfig:
    (_, first), *rest = one.steps
    steps = [models.Threshold(None, first), *(models.Threshold(value, colour) for value, colour in rest)]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _target(one: Query, letter: str, shape: Shape) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(one.expression).ref_id(letter)
    target = target.range() if shape is Shape.LINES else target.instant()
    return target.legend_format(one.legend) if one.legend else target
