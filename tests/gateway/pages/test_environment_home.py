"""The welcome page of an environment, before and after log-in."""

import pytest

from tests.gateway.pages import scenes

BOTH = pytest.mark.parametrize(("place", "name"), [("production", "Production"), ("training", "Training")])


@pytest.mark.req("R1", "R4", "R25")
@BOTH
def test_a_stranger_sees_the_environment_by_name_the_sign_up_link_and_one_green_log_in_button(visitor, place, name):
    stranger = visitor().go(f"/{place}/")

    assert stranger.status == 200
    assert f" {name} " in stranger.title
    assert name in stranger.page.find("strong", class_="badge").get_text()
    assert stranger.green_buttons == {"Login into TRACES"}
    stranger.follow("Sign up for TRACES")
    assert stranger.heading == "Create an account"


@pytest.mark.req("R25", "R26")
@BOTH
def test_the_green_button_leads_to_the_log_in_and_from_there_back_to_this_environment(visitor, place, name):
    stranger = visitor().go(f"/{place}/")

    stranger.follow("Login into TRACES")

    assert stranger.heading == "Log in"
    assert stranger.page.find(attrs={"name": "next"})["value"] == f"/{place}/"


@pytest.mark.req("R5")
def test_somebody_with_an_account_is_told_to_skip_step_1(visitor):
    assert (
        visitor().go("/production/").reads("It is not necessary to redo the procedure. You can go directly to step 2.")
    )


@pytest.mark.req("R27", "R28", "R29")
@BOTH
def test_without_a_role_the_welcome_after_log_in_is_the_choice_of_one(visitor, ann, place, name):
    browser = visitor(ann).go(f"/{place}/")

    assert browser.heading == "Select your role"
    browser.follow("Change your credentials")
    assert browser.heading == "Change your password"
    browser.go(f"/{place}/").follow("Reset your password")
    assert browser.heading == "Ask for a password link"


@pytest.mark.req("R27", "R28", "R7")
def test_with_a_role_the_welcome_leads_to_the_profile_of_this_environment_only(app, visitor, ann):
    scenes.sent(app, ann, scenes.ALPRO)

    browser = visitor(ann).go("/production/")

    assert browser.green_buttons == {"Your profile"}
    assert browser.reads("Change your credentials")
    browser.follow("Your profile")
    assert browser.heading == "Your profile"
    assert browser.go("/training/").heading == "Select your role"


@pytest.mark.req("R1", "R7")
def test_the_other_environment_is_named_with_the_sentence_that_roles_do_not_travel(visitor):
    stranger = visitor().go("/production/")

    assert stranger.reads("When you request a role on one, this is not automatically transferred to the other.")
    stranger.follow("Go to Training")
    assert " Training " in stranger.title


def test_an_environment_that_does_not_exist_is_no_page(visitor):
    assert visitor().go("/staging/").status == 404


@pytest.mark.req("R2", "R28")
def test_nothing_of_step_2_is_reachable_without_log_in(visitor):
    paths = "roles operators authorities control-bodies control-bodies/suggestions operators/new profile role-requests"
    stranger = visitor()

    headings = {path: stranger.go(f"/production/{path}").heading for path in [*paths.split(), "decisions"]}

    assert set(headings.values()) == {"Log in"}


@pytest.mark.req("R66", "S17")
@pytest.mark.parametrize("path", ["/production/", "/training/roles", "/production/operators", "/account/profile"])
def test_every_page_has_log_out_at_the_top_and_stays_in_no_cache(visitor, ann, path):
    browser = visitor(ann)
    answer = browser.browser.get(path)

    assert answer.headers["Cache-Control"] == "no-store"
    browser.go(path)
    assert "Log out" in browser.page.header.get_text()
    browser.press("Log out")
    assert browser.go(path).heading in {
        "Log in",
        "Register and request your role",
    }
