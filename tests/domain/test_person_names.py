# ruff: noqa: RUF001  (names in all alphabets, and look-alikes, are the subject)
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain.contacts import NAME_MAX, Unacceptable
from shared.domain.person_names import check_name, is_organisation_word, looks_like_organisation
from shared.domain.scripts import is_one_alphabet

CAPITALS_TELL = ("Ecovivendi", "SA")  # all in capitals it could be somebody whose family name is Sá

ORGANISATIONS = [
    ("Customs", "Antwerpen"),
    ("ANTWERPEN DAE", "DOUANEKANTOOR"),
    ("Aalst", "Customs Authority"),
    ("Control Union", "Certifications"),
    ("Colzagro", "bvba"),
    ("ALPRO", "Comm.V.A."),
    ("Beanworks Seeds", "and Grains bvba"),
    ("Coffeeteam", "Coffeeteam"),
    ("Clermont", "Bureau"),
    ("Clermont bureau", "Clermont bureau"),
    ("Helpdesk", "TRACES"),
    ("Help", "Desk"),
    ("Poste", "Frontalier"),
    ("Border", "Post"),
    ("Border Control", "Post"),
    ("Bureau", "Veritas"),
    ("Test", "Importer"),
    ("Team", "7"),
    ("info@", "alpro"),
    ("Alpro", "alpro.com"),
    ("Smith &", "Sons"),
    ("Info", "Alpro"),
    ("Ann", "Office"),
    ("Alpro", "Quality Department"),
    ("Ecocert", "Peru"),
    ("DQS Polska", "sp. z o.o."),
    ("Letis", "S.A."),
    CAPITALS_TELL,
    ("Bioagri", "s.r.l."),
    ("Agrior", "Ltd"),
    ("Nordfood", "A/S"),
    ("Ekoagros", "UAB"),
    # One for each official language.
    ("Министерство", "на земеделието"),
    ("Митница", "Бургас"),
    ("Puesto de Control", "Fronterizo"),
    ("Agencia", "Tributaria"),
    ("Celní úřad", "Praha"),
    ("Toldstyrelsen", "Padborg"),
    ("Zollamt", "Hamburg"),
    ("Grenzkontrollstelle", "Basel"),
    ("Bundesamt für", "Verbraucherschutz"),
    ("Toiduamet", "Tallinn"),
    ("Υπουργείο", "Γεωργίας"),
    ("ΤΕΛΩΝΕΙΟ", "ΠΕΙΡΑΙΑ"),
    ("Border", "Inspection"),
    ("Ministère", "de l'Agriculture"),
    ("Oifig an", "Chustaim"),
    ("Carinski ured", "Rijeka"),
    ("Ufficio Dogane", "Trieste"),
    ("Muitas", "pārvalde"),
    ("Muitinės", "postas"),
    ("Vámhivatal", "Budapest"),
    ("Dwana", "Malta"),
    ("Vlaamse", "Overheid"),
    ("Urząd Celny", "Gdańsk"),
    ("Posto", "Fronteiriço"),
    ("Biroul", "Vamal"),
    ("Colný", "úrad"),
    ("Kmetijska", "inšpekcija"),
    ("Tulli", "Helsinki"),
    ("Tullverket", "Göteborg"),
    # And some partners.
    ("上海", "海关"),
    ("وزارة", "الزراعة"),
    ("Gümrük", "Müdürlüğü"),
]

PEOPLE = [
    ("Seán", "O'Brien"),
    ("Jean-Luc", "de la Tour"),
    ("Sándor", "Kováts"),
    ("María José", "Núñez de Balboa"),
    ("Lluís", "Companys"),
    ("Þóra", "Þórsdóttir"),
    ("Łukasz", "Żółć"),
    ("Martin Luther", "King Jr."),
    ("J.R.R.", "Tolkien"),
    ("Rose Marie", "St. John"),
    ("Anne-Marie", "’t Hooft"),
    ("Nguyễn", "Thị Minh Khai"),
    ("Mehmet", "Doğan"),
    ("Iyad", "Ag Ghaly"),
    ("Doo", "Bae"),
    ("Ad", "de Vos"),
    ("Jan", "VOS"),
    ("Anna", "SAS"),
    ("Mei", "SIA"),
    ("MARIA", "DE SA"),
    ("Maria", "de Sá"),
    ("Earl", "Grey"),
    ("Paris", "Hilton"),
    ("Ελένη", "Παπαδοπούλου"),
    ("Γιώργος", "Αρχοντίδης"),
    ("Гергана", "Димитрова"),
    ("Иван", "Контров"),
    ("გიორგი", "კაპანაძე"),
    ("Արամ", "Հակոբյան"),
    ("محمد", "الأمين"),
    ("علی", "نبی‌زاده"),
    ("小明", "王"),
    ("ヒロシ", "山田"),
    ("민준", "김"),
    ("नरेन्द्र", "श्रेष्ठ"),
    ("ප්‍රියා", "ප්‍රනාන්දු"),
    # Family names that are words of offices in some language.
    ("Marie", "Bureau"),
    ("Hans", "Zollner"),
    ("Karl", "Zoll"),
    ("Anna", "Post"),
    ("Sofia", "Post"),
    ("Otto", "Kammer"),
    ("Jethro", "Tull"),
    ("Allan", "Border"),
    ("Robert", "Service"),
    ("Mary", "Minister"),
    ("Georg", "Agricola"),
    ("Carina", "Berg"),
    ("Paul", "Bank"),
    ("Robert", "Plant"),
]


@pytest.mark.req("R17")
@pytest.mark.parametrize(("first_name", "last_name"), ORGANISATIONS)
def test_the_name_of_an_organisation_is_stopped(first_name: str, last_name: str) -> None:
    assert looks_like_organisation(first_name, last_name)


@pytest.mark.req("R17")
@pytest.mark.parametrize(("first_name", "last_name"), ORGANISATIONS)
def test_the_name_of_an_organisation_is_stopped_in_one_field_too(first_name: str, last_name: str) -> None:
    assert looks_like_organisation(f"{first_name} {last_name}", "Berg")
    assert looks_like_organisation("Ann", f"{first_name} {last_name}")


@pytest.mark.req("R17")
@pytest.mark.parametrize(("first_name", "last_name"), [pair for pair in ORGANISATIONS if pair != CAPITALS_TELL])
def test_the_name_of_an_organisation_is_stopped_in_capitals_too(first_name: str, last_name: str) -> None:
    assert looks_like_organisation(first_name.upper(), last_name.upper())


@pytest.mark.req("R17", "R10", "S39")
@pytest.mark.parametrize(("first_name", "last_name"), PEOPLE)
def test_the_name_of_a_person_passes_in_any_alphabet(first_name: str, last_name: str) -> None:
    assert not looks_like_organisation(first_name, last_name)
    assert (check_name(first_name), check_name(last_name)) == (first_name, last_name)


@pytest.mark.req("R17")
def test_at_least_twenty_of_each_and_five_scripts_are_tried() -> None:
    scripts = {unicodedata.name(first_name[0]).split()[0] for first_name, _ in PEOPLE}

    assert len(ORGANISATIONS) >= 20
    assert len(PEOPLE) >= 20
    assert {"LATIN", "GREEK", "CYRILLIC", "GEORGIAN", "ARMENIAN", "ARABIC", "CJK"} <= scripts


@pytest.mark.req("R17", "S36")
@pytest.mark.parametrize("name", ["{{7*7}}", "<a href=x>Ann</a>", "http://evil", "Ann [x]", "A_B", "...", "", "Ann 🙂"])
def test_what_no_name_needs_is_asked_about(name: str) -> None:
    assert looks_like_organisation(name, "Berg" if any(map(str.isalpha, name)) else name)


def test_a_word_is_judged_without_the_others() -> None:
    assert is_organisation_word("douanekantoor")
    assert not is_organisation_word("bureau")


@pytest.mark.req("R10")
def test_a_name_is_composed_trimmed_and_its_blanks_folded() -> None:
    assert check_name("  Rene\u0301e \u00a0 van\u3000der  Meer ") == "Renée van der Meer"


@pytest.mark.req("R10")
def test_a_name_has_at_most_a_hundred_characters() -> None:
    assert check_name("e\u0301" * NAME_MAX) == "é" * NAME_MAX
    with pytest.raises(Unacceptable, match=r"^Use at most 100 characters\.$"):
        check_name("é" * 101)


@pytest.mark.req("R10")
@pytest.mark.parametrize("name", ["", "   ", "\u00a0\u3000"])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Give the name\.$"):
        check_name(name)


@pytest.mark.req("S35", "S43")
@pytest.mark.parametrize(
    "char", ["\r", "\n", "\r\n", "\x00", "\t", "\x1b", "\x85", "\u2028", "\u2029", "\ud800", '\n{"level":']
)
def test_a_name_with_a_control_character_is_refused(char: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Leave out line breaks and other control characters\.$"):
        check_name(f"Ann{char}Berg")


@pytest.mark.req("S39")
@pytest.mark.parametrize(
    "char",
    [
        "\u202e",
        "\u202a",
        "\u2067",
        "\u200b",
        "\u200c",
        "\u200d",
        "\u200e",
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u034f",
        "\u115f",
        "\u3164",
        "\u2800",
        "\ue000",
        "\U000e0041",
        "\uffff",
    ],
)
def test_a_name_with_an_invisible_or_direction_character_is_refused(char: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Leave out invisible characters\.$"):
        check_name(f"An{char}n")


@pytest.mark.req("S39")
@pytest.mark.parametrize("name", ["\u200dAnn", "ක\u200d", "علی\u200dنبی", "علی\u200c", "न\u200c"])
def test_a_joiner_passes_only_where_it_shapes_a_letter(name: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Leave out invisible characters\.$"):
        check_name(name)


@pytest.mark.req("S39")
@pytest.mark.parametrize("name", ["Ａnn", "Ａｎｎ", "𝐀nn", "Ⓐnn", "ℂarl", "ⁿ", "ﾔﾏﾀﾞ", "Ⅽommission", "Jose ª"])
def test_a_name_in_full_width_or_decorative_letters_is_refused(name: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Write the name with ordinary letters"):
        check_name(name)


@pytest.mark.parametrize("name", ["Gaŀla", "Ĳsbrand", "Straße"])
def test_letters_that_only_look_like_two_are_ordinary_ones(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.req("S39")
@pytest.mark.parametrize("name", ["Соmmission", "Pаul", "Νikos", "Ann Иванова", "Ελένηv", "김Ann あ"])
def test_a_name_that_mixes_alphabets_is_refused(name: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Write the whole name in one alphabet\.$"):
        check_name(name)


def test_a_tower_of_accents_is_refused() -> None:
    with pytest.raises(Unacceptable, match=r"^Use fewer accents on one letter\.$"):
        check_name("A" + "\u0300\u0316" * 5 + "nn")


NAME_LIKE = st.text(alphabet=st.characters() | st.sampled_from("Anné' -\u200d\u0301аЖ山"), max_size=12)


@pytest.mark.req("S35", "S39")
@settings(deadline=None, max_examples=300)
@given(NAME_LIKE)
@example("\ud800")
@example("a\u0301\u200d")
def test_an_accepted_name_is_one_visible_line_and_stays_as_it_is(text: str) -> None:
    try:
        name = check_name(text)
    except Unacceptable:
        return

    assert 0 < len(name) <= NAME_MAX
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert is_one_alphabet(name)
    assert check_name(name) == name


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=20), st.text(max_size=20))
def test_every_pair_of_texts_is_judged_and_names_of_two_words_do_not_depend_on_the_field(
    first_name: str, last_name: str
) -> None:
    judged = looks_like_organisation(first_name, last_name)

    assert judged is looks_like_organisation(f"{first_name} {last_name}", "")
