"""What every page of step 2 has in common."""

import itertools

import pytest

from tests.gateway.pages import scenes

PATHS = [
    "/training/",
    "/training/roles",
    "/training/operators",
    "/training/operators?country=BE",
    "/training/operators?name=nothing",
    "/training/operators/new?country=BE",
    "/training/authorities?country=BE",
    "/training/control-bodies?country=NL",
    "/training/control-bodies?country=DE",
    "/training/profile",
    "/training/decisions",
    "/account/profile",
]


@pytest.fixture
def served(app, visitor, ann):
    """Every page, by its address."""
    scenes.sent(app, ann, scenes.ALPRO, scenes.COFFEETEAM, environment="training")
    pages = {path: visitor(ann).go(path) for path in PATHS}
    own = scenes.requests_of(app, ann)[0].id
    for path in (f"/training/role-requests/{own}", f"/training/role-requests/{own}/withdraw"):
        pages[path] = visitor(ann).go(path)
    pages["decide"] = visitor().go(scenes.link_to(app, own))
    confirm = visitor(ann).find_operators("training")
    confirm.press("Request Authorisation", post_ids=confirm.tick("Colzagro", "Beanworks"))
    pages["confirm"] = confirm
    code = visitor().go(scenes.link_to(app, own))
    code.press("Accept", decider_name="Jan")
    pages["code"] = code
    return pages


@pytest.mark.req("R1", "R66")
def test_every_page_is_well_made(served):
    for path, browser in served.items():
        page = browser.page
        assert browser.status == 200, path
        assert browser.heading, path
        assert len(browser.green_buttons) <= 1, path
        if not path.startswith("/account"):
            assert " Training " in browser.title, path
            assert browser.page.find("strong", class_="badge").get_text(strip=True) == "Training", path
        ids = [tag["id"] for tag in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), path
        for field in page.select("main input:not([type=hidden]), main select, main textarea"):
            labelled = page.find("label", attrs={"for": field.get("id")}) or field.find_parent("label")
            assert labelled or field.get("aria-label"), (path, field)
        for described in page.find_all(attrs={"aria-describedby": True}):
            for one in described["aria-describedby"].split():
                assert page.find(id=one), (path, one)
        assert not page.select("[style], [onclick], [onchange], style"), path
        assert all(script.get("src") and not script.get_text() for script in page.find_all("script")), path
        levels = [int(heading.name[1]) for heading in page.find_all(["h1", "h2", "h3", "h4"])]
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), (path, levels)


@pytest.mark.req("R1")
def test_the_pages_own_scripts_and_styles_are_there(served):
    for path, browser in served.items():
        for part in browser.page.select("script[src], link[href]"):
            answer = browser.browser.get(part.get("src") or part.get("href"))
            assert answer.status_code == 200, (path, part)
