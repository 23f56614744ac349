"""The states of the gallery are all that there are."""

from collections.abc import Mapping, Sequence

from tests.mails.catalogues import sentences_of_templates, stretches
from tests.mails.printer import PrintedMail
from tests.mails.reading import flat
from tests.mails.variants import STEP_ONE, VARIANTS
from worker.contents import BUILDERS


def test_every_mail_is_there_and_each_about_a_role_in_both_environments() -> None:
    shown = {(variant.template, variant.environment) for variant in VARIANTS}

    assert {template for template, _ in shown} == BUILDERS.keys()
    assert {template for template, environment in shown if environment == "training"} == BUILDERS.keys() - STEP_ONE


def test_no_two_states_have_one_name() -> None:
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)


def test_every_sentence_of_the_templates_is_said_in_some_state(
    printed: Mapping[str, Sequence[PrintedMail]],
) -> None:
    said = "\n".join(flat(f"{mail.parts.subject} {mail.parts.text} {mail.parts.html}") for mail in printed["en"])
    said = said.replace("&#34;", '"').casefold()

    unsaid = [
        sentence
        for sentence in sentences_of_templates()
        if not all(stretch.casefold() in said for stretch in stretches(sentence))
    ]
    assert unsaid == []
