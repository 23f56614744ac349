"""Alerts, dashboard and runbook against each other, and against the figures that the exporter really gives."""

import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.orm import Session

from shared.settings import Settings
from tests.drill.prometheus import in_a_hurry
from tests.drill.runbook import sections
from worker.metrics_exporter import sources

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "monitoring"
METRIC = re.compile(r"\bgatehouse_\w+")
GIVEN_BY_THE_READING = {
    "gatehouse_database_up",
    "gatehouse_build_info",
    "gatehouse_figures_missing",
    "gatehouse_scrape_seconds",
}


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
    return found


def targets() -> list[dict[str, Any]]:
    return [target for panel in dashboard()["panels"] for target in panel.get("targets", [])]


def headings() -> list[str]:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return [heading.lower() for heading in re.findall(r"^#+ (\w+)$", page, re.MULTILINE)]


def names_given(session: Session, settings: Settings) -> set[str]:
    """Names of series as Prometheus keeps them; a histogram has three."""
    given = set(GIVEN_BY_THE_READING)
    for source in sources(settings):
        for family in source(session):
            given |= {sample.name for sample in family.samples}
            given.add(f"{family.name}_total" if family.type == "counter" else family.name)
    return given


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_urgent_it_is_what_is_wrong_and_where_the_runbook_is(rule: dict[str, Any]):
    page, _, anchor = rule["annotations"]["runbook"].partition("#")

    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["for"]
    assert page == "docs/operations.md"
    assert anchor == rule["alert"].lower()
    assert Counter(headings())[anchor] == 1


def test_every_section_of_the_runbook_has_its_alert_and_says_what_to_type():
    assert list(sections()) == [rule["alert"] for rule in alerts()]
    assert all(sections().values())


@pytest.mark.parametrize("name", ["alerts.yml", "grafana-dashboard.json"])
def test_every_figure_that_is_asked_for_is_one_that_the_exporter_gives(name: str, session: Session, settings: Settings):
    asked = set(METRIC.findall((FOLDER / name).read_text(encoding="utf-8")))

    assert asked
    assert asked - names_given(session, settings) == set()


def test_the_table_of_figures_names_every_figure_once(session: Session, settings: Settings):
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    chapter = page.partition("\n## Figures\n")[2].partition("\n## ")[0]
    told = Counter(re.findall(r"^\| `(gatehouse_\w+)", chapter, re.MULTILINE))
    given = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in names_given(session, settings)}

    assert set(told) == given
    assert set(told.values()) == {1}


def test_panels_have_ids_of_their_own_and_take_the_chosen_source_of_data():
    panels = dashboard()["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert [one["name"] for one in dashboard()["templating"]["list"] if one["type"] == "datasource"] == ["source"]
    assert {one["datasource"]["uid"] for one in [*panels, *targets()]} == {"${source}"}


def test_panels_do_not_lie_on_each_other():
    cells = Counter(
        (x, y)
        for panel in dashboard()["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    )

    assert set(cells.values()) == {1}
    assert max(x for x, _ in cells) < 24


def test_in_a_drill_times_are_shorter_and_thresholds_are_not():
    rules = "      - expr: increase(gatehouse_x[30m]) > 300 and increase(gatehouse_y[1m]) > 0\n        for: 15m\n"

    assert in_a_hurry(rules) == (
        "      - expr: increase(gatehouse_x[60s]) > 300 and increase(gatehouse_y[2s]) > 0\n        for: 30s\n"
    )


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (Debian: apt install prometheus)")
    return found


def said_by(promtool: str, *words: str) -> str:
    done = subprocess.run([promtool, *words], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_the_rules_and_the_example(promtool: str):
    assert f"{len(alerts())} rules found" in said_by(promtool, "check", "rules", "alerts.yml")
    assert "is valid" in said_by(promtool, "check", "config", "prometheus.yml")


def test_prometheus_takes_every_question_of_the_dashboard(promtool: str, tmp_path: Path):
    asked = [target["expr"].replace("$__rate_interval", "5m") for target in targets()]
    rules = [{"record": f"asked_{number}", "expr": expression} for number, expression in enumerate(asked)]
    path = tmp_path / "asked.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}), encoding="utf-8")

    assert f"{len(asked)} rules found" in said_by(promtool, "check", "rules", str(path))


@pytest.mark.slow
def test_each_alert_fires_when_it_should_and_only_then(promtool: str):
    assert "SUCCESS" in said_by(promtool, "test", "rules", "alerts_test.yml")


def test_each_alert_is_tried_both_ways():
    tried = yaml.safe_load((FOLDER / "alerts_test.yml").read_text(encoding="utf-8"))["tests"]
    both = {
        (found[1], one["exp_samples"][0]["value"])
        for test in tried
        for one in test["promql_expr_test"]
        if (found := re.search(r'alertname="(\w+)"', one["expr"]))
    }

    assert both == {(rule["alert"], fires) for rule in alerts() for fires in (0, 1)}
