"""What holds the house together: rooms import one way, files stay small, each has its words and its test."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ADDONS = ROOT / "addons"
SOURCES = sorted(path for path in ADDONS.rglob("*.py") if "versions" not in path.parts)
REQUIREMENTS = ["requirements.txt", "requirements-build.txt", "requirements-dev.txt"]
MOST_LINES = 350

# Sources that no test imports, and the test that holds their behaviour from outside.
HELD_ELSEWHERE = {
    "addons/saywhy/cli/searched.py": "tests/cli/test_cli_searched.py",
    "addons/saywhy/cli/selfcheck.py": "tests/cli/test_cli_selfcheck.py",
    "addons/saywhy/decide/self_test.py": "tests/decide/test_decide_self_test.py",
    "addons/saywhy/serve/selfcheck/record.py": "tests/cli/test_cli_selfcheck.py",
    "addons/saywhy/explain/caring.py": "tests/explain/test_explain_caring.py",
    "addons/saywhy/policy/reading/checked_file.py": "tests/policy/reading/test_policy_load.py",
    "addons/saywhy/policy/reading/build_care.py": "tests/explain/test_explain_caring.py",
    "addons/saywhy/policy/reading/schema_care.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/schema_searches.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/rehearse/lint_care.py": "tests/rehearse/test_unwise.py",
    "addons/saywhy/exceptions/escalating.py": "tests/exceptions/test_exceptions_escalating.py",
    "addons/saywhy/policy/reading/role_checks.py": "tests/policy/reading/broken/deciding.yaml",
    "addons/saywhy/policy/reading/schema_ask.py": "tests/policy/reading/broken/deciding.yaml",
    "addons/saywhy/portal/deciding.py": "tests/portal/test_portal_deciding.py",
    "addons/saywhy/portal/may.py": "tests/portal/test_portal_deciding.py",
    "addons/saywhy/portal/saying_more.py": "tests/portal/test_portal_deciding.py",
    "addons/saywhy/observe/overblocked_figures.py": "tests/observe/test_metrics.py",
    "addons/saywhy/proxy/lane/counting.py": "tests/wire/test_wire_lane.py",
    "addons/saywhy/proxy/http/bounds.py": "tests/wire/test_wire_lanes_agree.py",
    "addons/saywhy/cli/as_text.py": "tests/cli/test_cli_explain.py",
    "addons/saywhy/cli/cases.py": "tests/cli/test_cli_cases.py",
    "addons/saywhy/cli/catalogue.py": "tests/cli/test_cli_catalogue.py",
    "addons/saywhy/cli/check.py": "tests/cli/test_check.py",
    "addons/saywhy/cli/connection.py": "tests/cli/test_cli_explain.py",
    "addons/saywhy/cli/explain.py": "tests/cli/test_cli_explain.py",
    "addons/saywhy/cli/gallery.py": "tests/cli/test_cli_gallery.py",
    "addons/saywhy/policy/reading/schema_look.py": "tests/policy/reading/test_policy_look_files.py",
    "addons/saywhy/cli/log.py": "tests/cli/test_cli_log.py",
    "addons/saywhy/rehearse/decided_again.py": "tests/wire/test_wire_log.py",
    "addons/saywhy/cli/handshakes.py": "tests/cli/test_cli_handshakes.py",
    "addons/saywhy/cli/init.py": "tests/cli/test_cli_init.py",
    "addons/saywhy/cli/mail.py": "tests/cli/test_cli_mail.py",
    "addons/saywhy/notify/proof.py": "tests/notify/test_notify_teller.py",
    "addons/saywhy/notify/telling_schema.py": "tests/notify/test_notify_telling_file.py",
    "addons/saywhy/cli/permits.py": "tests/cli/test_cli_permits.py",
    "addons/saywhy/cli/lists.py": "tests/cli/test_cli_lists.py",
    "addons/saywhy/cli/lookup.py": "tests/cli/test_cli_lists.py",
    "addons/saywhy/cli/run.py": "tests/cli/test_cli_run.py",
    "addons/saywhy/cli/sealing.py": "tests/cli/test_cli_lists.py",
    "addons/saywhy/cli/audit.py": "tests/cli/test_cli_audit.py",
    "addons/saywhy/cli/store.py": "tests/cli/test_cli_audit.py",
    "addons/saywhy/cli/short_lists.py": "tests/cli/test_check.py",
    "addons/saywhy/cli/unmet.py": "tests/cli/test_cli_obligations.py",
    "addons/saywhy/cli/words.py": "tests/cli/test_cli_explain.py",
    "addons/saywhy/exceptions/as_kept.py": "tests/exceptions/test_exceptions_trail.py",
    "addons/saywhy/exceptions/asking.py": "tests/exceptions/test_exceptions_store.py",
    "addons/saywhy/exceptions/migrations/env.py": "tests/exceptions/test_exceptions_store.py",
    "addons/saywhy/exceptions/block_tables.py": "tests/exceptions/test_exceptions_blocks.py",
    "addons/saywhy/exceptions/migrations/trail_guards.py": "tests/exceptions/test_exceptions_trail.py",
    "addons/saywhy/exceptions/precedents.py": "tests/exceptions/test_exceptions_precedents.py",
    "addons/saywhy/exceptions/reading.py": "tests/exceptions/test_exceptions_store.py",
    "addons/saywhy/policy/reading/build_roles.py": "tests/policy/reading/broken/deciding.yaml",
    "addons/saywhy/exceptions/trail_tables.py": "tests/exceptions/test_exceptions_trail.py",
    "addons/saywhy/exceptions/telling_tables.py": "tests/exceptions/test_exceptions_outbox.py",
    "addons/saywhy/lists/expression_tree.py": "tests/lists/test_lists_expressions.py",
    "addons/saywhy/lists/formats/unbound.py": "tests/lists/test_lists_formats.py",
    "addons/saywhy/policy/criteria/apps.py": "tests/decide/test_decide_properties.py",
    "addons/saywhy/policy/criteria/categories.py": "tests/decide/test_decide_properties.py",
    "addons/saywhy/policy/criteria/domains.py": "tests/decide/test_decide_properties.py",
    "addons/saywhy/policy/criteria/urls.py": "tests/decide/test_decide_properties.py",
    "addons/saywhy/policy/reading/schema_caution.py": "tests/policy/test_policy_caution.py",
    "addons/saywhy/portal/cautioning.py": "tests/portal/test_portal_cautioning.py",
    "addons/saywhy/proxy/door/front_door.py": "tests/wire/test_wire_relay.py",
    "addons/saywhy/proxy/mitm/chain_incomplete.py": "tests/wire/test_wire_issuers.py",
    "addons/saywhy/policy/reading/build.py": "tests/policy/reading/test_policy_load.py",
    "addons/saywhy/policy/reading/checks.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/control_checks.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/need_checks.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/twice.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/gather.py": "tests/policy/reading/test_policy_load.py",
    "addons/saywhy/policy/reading/ical_events.py": "tests/policy/reading/test_ical_shapes.py",
    "addons/saywhy/policy/reading/ical_rules.py": "tests/policy/reading/test_policy_calendars.py",
    "addons/saywhy/policy/reading/ical_zones.py": "tests/policy/reading/test_ical_shapes.py",
    "addons/saywhy/policy/reading/named_files.py": "tests/policy/reading/test_policy_calendars.py",
    "addons/saywhy/policy/reading/rule_checks.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/schema_calendars.py": "tests/policy/reading/test_policy_calendars.py",
    "addons/saywhy/policy/reading/schema_inspection.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/schema_rules.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/suffix_problems.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/validation_errors.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/yaml_errors.py": "tests/policy/reading/test_policy_yaml12.py",
    "addons/saywhy/portal/devices/pages.py": "tests/portal/devices/test_devices_pages.py",
    "addons/saywhy/serve/device_sources.py": "tests/wire/test_wire_devices.py",
    "addons/saywhy/portal/asking.py": "tests/portal/test_portal_asking.py",
    "addons/saywhy/portal/asking_form.py": "tests/portal/test_portal_steps.py",
    "addons/saywhy/portal/asking_words.py": "tests/portal/test_portal_steps.py",
    "addons/saywhy/portal/browser.py": "tests/portal/test_portal_steps.py",
    "addons/saywhy/portal/needing.py": "tests/portal/test_portal_needing.py",
    "addons/saywhy/portal/receipt_pages.py": "tests/portal/test_portal_receipt.py",
    "addons/saywhy/portal/changing_password.py": "tests/portal/test_portal_changing_password.py",
    "addons/saywhy/portal/explaining.py": "tests/portal/test_portal_language.py",
    "addons/saywhy/portal/subject_here.py": "tests/portal/test_portal_needing.py",
    "addons/saywhy/policy/reading/build_why.py": "tests/policy/reading/test_policy_load.py",
    "addons/saywhy/policy/reading/schema_school.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/explain/translated.py": "tests/deploy/test_catalogues.py",
    "addons/saywhy/portal/faults.py": "tests/portal/test_portal_security.py",
    "addons/saywhy/portal/forms.py": "tests/portal/test_portal_asking.py",
    "addons/saywhy/portal/here.py": "tests/portal/test_portal_stopped.py",
    "addons/saywhy/portal/is_it_the_filter.py": "tests/portal/test_portal_stopped.py",
    "addons/saywhy/portal/stopped.py": "tests/portal/test_portal_stopped.py",
    "addons/saywhy/portal/relay.py": "tests/portal/test_portal_security.py",
    "addons/saywhy/portal/security.py": "tests/portal/test_portal_security.py",
    "addons/saywhy/portal/signing_in.py": "tests/portal/test_portal_security.py",
    "addons/saywhy/proxy/lane/awaited.py": "tests/wire/test_wire_files.py",
    "addons/saywhy/proxy/mitm/awaited.py": "tests/wire/test_wire_files.py",
    "addons/saywhy/proxy/http/held_answer.py": "tests/wire/test_wire_files.py",
    "addons/saywhy/proxy/mitm/request_use.py": "tests/wire/test_wire_posting.py",
    "addons/saywhy/proxy/mitm/bounded_websocket.py": "tests/wire/test_wire_framing.py",
    "addons/saywhy/proxy/lingering_close.py": "tests/wire/test_wire_relay.py",
    "addons/saywhy/proxy/mitm/guarded_stream.py": "tests/wire/test_wire_streams.py",
    "addons/saywhy/proxy/mitm/http2_origin.py": "tests/wire/test_wire_streams.py",
    "addons/saywhy/proxy/mitm/http2_streams.py": "tests/wire/test_wire_streams.py",
    "addons/saywhy/proxy/mitm/inside_layers.py": "tests/wire/test_wire_allowed.py",
    "addons/saywhy/proxy/mitm/teardown.py": "tests/wire/test_wire_memory.py",
    "addons/saywhy/proxy/mitm/deadlines.py": "tests/wire/test_wire_silent.py",
    "addons/saywhy/proxy/mitm/in_flight.py": "tests/wire/test_wire_decided_again.py",
    "addons/saywhy/proxy/door/inspecting.py": "tests/wire/test_wire_relay.py",
    "addons/saywhy/policy/reading/schema_keep.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/schema_reach.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/policy/reading/schema_patience.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/proxy/mitm/origin_client.py": "tests/wire/test_wire_allowed.py",
    "addons/saywhy/proxy/mitm/http2_flow_control.py": "tests/wire/test_wire_patience.py",
    "addons/saywhy/proxy/door/relay.py": "tests/wire/test_wire_relay.py",
    "addons/saywhy/proxy/mitm/origin_tls.py": "tests/wire/test_wire_alerts.py",
    "addons/saywhy/proxy/mitm/strict_http1.py": "tests/proxy/test_proxy_strict_http.py",
    "addons/saywhy/proxy/mitm/transport.py": "tests/wire/test_wire_allowed.py",
    "addons/saywhy/policy/reading/schema_controls.py": "tests/policy/reading/test_policy_broken.py",
    "addons/saywhy/rehearse/lint_controls.py": "tests/rehearse/test_unwise.py",
    "addons/saywhy/rehearse/lint_dates.py": "tests/rehearse/test_unwise.py",
    "addons/saywhy/rehearse/lint_look.py": "tests/rehearse/test_rehearse_lint_look.py",
    "addons/saywhy/rehearse/lint_inspection.py": "tests/rehearse/test_unwise.py",
    "addons/saywhy/rehearse/lint_places.py": "tests/rehearse/test_unwise.py",
    "addons/saywhy/rehearse/lint_suffixes.py": "tests/rehearse/test_unwise.py",
    "addons/saywhy/rehearse/lint_obligations.py": "tests/rehearse/test_unwise.py",
    "addons/saywhy/rehearse/lint_words.py": "tests/rehearse/test_unwise.py",
    "addons/saywhy/rehearse/findings.py": "tests/rehearse/test_unwise.py",
    "addons/saywhy.py": "tests/wire/test_wire_mitmdump.py",
    "addons/saywhy/cli/overblocking.py": "tests/cli/test_cli_overblocking.py",
    "addons/saywhy/cli/upcoming.py": "tests/cli/test_cli_upcoming.py",
    "addons/saywhy/serve/open_files.py": "tests/serve/test_open_files.py",
    "addons/saywhy/serve/portal_process.py": "tests/wire/test_wire_lifecycle.py",
    "addons/saywhy/cli/as_policy.py": "tests/cli/test_cli_as_policy.py",
    "addons/saywhy/cli/review.py": "tests/cli/test_cli_review.py",
    "addons/saywhy/cli/stored.py": "tests/cli/test_cli_review.py",
    "addons/saywhy/exceptions/choosing_further.py": "tests/exceptions/test_exceptions_further.py",
    "addons/saywhy/exceptions/followup_tables.py": "tests/exceptions/test_exceptions_further.py",
    "addons/saywhy/portal/categories.py": "tests/portal/test_portal_categories.py",
    "addons/saywhy/portal/entitled.py": "tests/portal/test_portal_reviewing.py",
    "addons/saywhy/portal/needed.py": "tests/portal/test_portal_needed.py",
    "addons/saywhy/portal/reviewing.py": "tests/portal/test_portal_reviewing.py",
    "addons/saywhy/portal/videos.py": "tests/portal/test_portal_needed.py",
    "addons/saywhy/serve/page_relay.py": "tests/serve/test_page_browser.py",
    "addons/saywhy/serve/script_health.py": "tests/wire/test_wire_alarms.py",
    "addons/saywhy/serve/script.py": "tests/wire/test_wire_mitmdump.py",
    "addons/saywhy/serve/worker.py": "tests/wire/test_wire_lifecycle.py",
    "addons/saywhy/portal/request_list.py": "tests/portal/test_portal_request_list.py",
    "addons/saywhy/portal/turned_away.py": "tests/portal/test_portal_attacks.py",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_rooms_import_one_way() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_module_says_what_it_is(source: Path) -> None:
    assert ast.get_docstring(ast.parse(source.read_text("utf-8"))), f"{name_of(source)} has no docstring"


@pytest.mark.parametrize("path", [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))], ids=name_of)
def test_a_file_can_be_read_in_one_go(path: Path) -> None:
    lines = path.read_text("utf-8").count("\n")
    assert lines <= MOST_LINES, f"{name_of(path)} has {lines} lines: split it before it passes {MOST_LINES}"


@pytest.fixture(scope="module")
def tested() -> set[str]:
    """Every module that a test, or what it is made with, imports, by its dotted name."""
    found: set[str] = set()
    for test in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(test.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("source", [one for one in SOURCES if one.name != "__init__.py"], ids=name_of)
def test_a_module_has_its_test(source: Path, tested: set[str]) -> None:
    name = name_of(source)
    has_its_own = name.removeprefix("addons/").removesuffix(".py").replace("/", ".") in tested
    if name in HELD_ELSEWHERE:
        assert (ROOT / HELD_ELSEWHERE[name]).exists(), f"{HELD_ELSEWHERE[name]} is gone; {name} needs a test again"
        assert not has_its_own, f"a test imports {name} now; take it off the list"
    else:
        assert has_its_own, f"no test imports {name}: write tests/{source.parent.name}/test_{source.stem}.py"


def test_the_list_of_tests_elsewhere_names_files_that_exist() -> None:
    assert [name for name in HELD_ELSEWHERE if not (ROOT / name).exists()] == []


def test_no_room_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [name_of(path) for path in ADDONS.rglob("*") if path.stem in drawers] == []


def entries(text: str) -> list[str]:
    """The entries of a requirements file, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_one_version_with_hashes(name: str) -> None:
    pinned = re.compile(r"[a-z0-9][a-z0-9._-]*==\S+(?: ; [^#]+?)?(?:\s+--hash=sha256:[0-9a-f]{64})+\s*")
    found = entries((ROOT / name).read_text("utf-8"))
    assert found
    assert [one.split("--hash")[0] for one in found if not pinned.fullmatch(one)] == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_no_requirement_names_an_index_or_a_place_on_this_machine(name: str) -> None:
    """No address, no path, and no option but those for hashes, in comments as well."""
    words = (ROOT / name).read_text("utf-8").split()
    assert [one for one in words if "/" in one or one[-1:] == "@" or (one[:2] == "--" and one[:7] != "--hash=")] == []


def pins(name: str) -> dict[str, str]:
    return dict(one.split()[0].split("==") for one in entries((ROOT / name).read_text("utf-8")))


def test_the_requirements_agree_with_each_other_and_with_what_the_project_asks_for() -> None:
    runtime, build, dev = (pins(name) for name in REQUIREMENTS)
    for smaller, larger in ((runtime, build), (runtime, dev), (build, dev)):
        assert {name for name in smaller.keys() & larger.keys() if smaller[name] != larger[name]} == set()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    asked = [
        (project["project"]["dependencies"], runtime),
        (groups["build"], build),
        (groups["dev"], {**runtime, **dev}),
    ]
    names = [(re.split(r"[^A-Za-z0-9._-]", one)[0].lower(), locked) for wanted, locked in asked for one in wanted]
    assert [name for name, locked in names if name not in locked] == [], "run make lock"
