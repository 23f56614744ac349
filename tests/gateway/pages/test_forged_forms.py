"""Forms that another site sent, or that bear another visit's mark: refused on every page (S14)."""

import pytest

from tests.gateway.pages import scenes

SENTENCE = "This form was not sent from our page"
POSTS = [
    "/production/operators?country=BE",
    "/production/authorities?country=BE",
    "/production/control-bodies?country=NL",
    "/production/operators/new",
    "/production/role-requests",
    "/production/role-requests/{own}/withdraw",
    "/account/profile",
    "/decide/link/{link}",
    "/production/decisions",
    "/production/decisions/together",
]


@pytest.fixture
def own(app, ann):
    return scenes.sent(app, ann, scenes.ALPRO)


@pytest.fixture
def browser(app, visitor, ann, own):
    """Ann's, in which a decide link was followed before she logged in."""
    browser = visitor().go(scenes.link_to(app, own))
    browser.link = browser.address.rsplit("/", 1)[1]
    browser.log_in(ann)
    return browser


@pytest.fixture
def paths(browser, own):
    return [path.format(own=own, link=browser.link) for path in POSTS]


@pytest.mark.req("S14")
def test_without_the_mark_of_the_visit_nothing_is_done(app, browser, own, paths):
    answers = {path: browser.browser.post(path, data={"decision": "accept"}) for path in paths}

    for path, answer in answers.items():
        assert answer.status_code == 403, path
        assert SENTENCE in answer.text, path
    assert scenes.statuses(app, own) == ["waiting"]


@pytest.mark.req("S14")
def test_with_the_mark_of_another_visit_nothing_is_done(app, browser, visitor, own, paths):
    stranger = visitor().go("/account/log-in")
    mark = stranger.page.find(attrs={"name": "csrf_token"})["value"]

    answers = {path: browser.browser.post(path, data={"csrf_token": mark}) for path in paths}

    for path, answer in answers.items():
        assert answer.status_code == 403, path
        assert SENTENCE in answer.text, path
    assert scenes.statuses(app, own) == ["waiting"]


@pytest.mark.req("S14")
def test_from_another_site_nothing_is_done(app, browser, own, paths):
    data = {"csrf_token": browser.go("/production/profile").page.find(attrs={"name": "csrf_token"})["value"]}
    headers = {"Origin": "https://evil.example"}

    answers = {path: browser.browser.post(path, data=data, headers=headers) for path in paths}

    for path, answer in answers.items():
        assert answer.status_code == 403, path
    assert scenes.statuses(app, own) == ["waiting"]


@pytest.mark.req("S14")
def test_every_form_of_step_2_is_in_the_list_above(app):
    ours = {"operators", "authorities", "control_bodies", "new_operator", "role_requests", "preferences", "decisions"}
    ours |= {"profile", "role_choice", "environment_home", "decisions_waiting", "decisions_together"}
    takes_post = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or set()) and rule.endpoint.partition(".")[0] in ours
    }

    assert len(takes_post) == len(POSTS)
