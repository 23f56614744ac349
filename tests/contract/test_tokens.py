import base64
from uuid import UUID, uuid4

import pytest

from shared.domain.errors import LinkUnknown
from shared.domain.links import LinkPurpose
from shared.settings import Settings
from shared.tokens import Keyring, make_token, new_link_id, read_token

OLD, NEW = b"an-older-key-of-at-least-32-bytes-long", b"a-newer-key-of-at-least-32-bytes-long"
KEYRING = Keyring((NEW, OLD))


def token(
    link_id: UUID, *, purpose: str = "password", keyring: Keyring = KEYRING, key_number: int | None = None
) -> str:
    number = keyring.newest if key_number is None else key_number
    made = make_token(keyring, purpose=purpose, link_id=link_id, key_number=number)
    assert made is not None
    return made


@pytest.mark.req("S1")
def test_ten_thousand_tokens_are_44_characters_without_repeats_or_a_common_beginning() -> None:
    made = [token(new_link_id()) for _ in range(10_000)]

    assert {len(one) for one in made} == {44}
    assert set("".join(made)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert len(set(made)) == len({one[:16] for one in made}) == 10_000


@pytest.mark.req("S1")
def test_all_128_bits_of_an_id_are_drawn() -> None:
    seen_zero = seen_one = 0
    for _ in range(200):
        number = new_link_id().int
        seen_one |= number
        seen_zero |= ~number

    assert seen_one == seen_zero & (1 << 128) - 1 == (1 << 128) - 1


@pytest.mark.req("S1")
def test_one_flipped_bit_anywhere_makes_a_token_unknown() -> None:
    link_id = new_link_id()
    raw = int.from_bytes(base64.urlsafe_b64decode(token(link_id)))
    assert read_token(KEYRING, token(link_id), purpose="password") == link_id

    for bit in range(33 * 8):
        flipped = base64.urlsafe_b64encode((raw ^ 1 << bit).to_bytes(33)).decode()
        with pytest.raises(LinkUnknown):
            read_token(KEYRING, flipped, purpose="password")


@pytest.mark.req("S1")
@pytest.mark.parametrize(
    "text", ["", "A", "A" * 43, "A" * 45, "A" * 42 + "==", "ü" * 44, "A" * 43 + " ", "A" * 43 + "\n"]
)
def test_what_has_not_the_shape_of_a_token_is_unknown(text: str) -> None:
    with pytest.raises(LinkUnknown):
        read_token(KEYRING, text, purpose="password")


@pytest.mark.req("S6")
@pytest.mark.parametrize("other", [purpose for purpose in LinkPurpose if purpose != LinkPurpose.PASSWORD])
def test_a_token_is_bound_to_its_purpose(other: LinkPurpose) -> None:
    with pytest.raises(LinkUnknown):
        read_token(KEYRING, token(uuid4()), purpose=other)


@pytest.mark.req("S2", "S46")
def test_a_copy_of_the_database_redeems_nothing_without_the_key() -> None:
    stranger = Keyring((b"the-key-of-somebody-who-has-a-copy-only",))
    link_id = new_link_id()

    forged = token(link_id, keyring=stranger)

    with pytest.raises(LinkUnknown):
        read_token(KEYRING, forged, purpose="password")


def test_every_copy_of_a_mail_carries_the_same_token() -> None:
    link_id = new_link_id()

    assert token(link_id) == token(link_id)


@pytest.mark.req("S46")
def test_after_a_rotation_old_tokens_are_read_and_written_with_the_key_that_signed_them() -> None:
    link_id = new_link_id()
    before = token(link_id, keyring=Keyring((OLD,)))
    number = Keyring.number_of(OLD)

    assert read_token(KEYRING, before, purpose="password") == link_id
    assert token(link_id, key_number=number) == before
    assert KEYRING.newest == Keyring.number_of(NEW)


@pytest.mark.req("S46")
def test_a_key_that_was_taken_away_neither_reads_nor_writes() -> None:
    before = token(new_link_id(), keyring=Keyring((OLD,)))
    only_new = Keyring((NEW,))

    with pytest.raises(LinkUnknown):
        read_token(only_new, before, purpose="password")
    assert make_token(only_new, purpose="password", link_id=uuid4(), key_number=Keyring.number_of(OLD)) is None


def test_the_number_of_a_key_does_not_depend_on_its_place() -> None:
    assert Keyring((OLD, NEW)).number_of(OLD) == Keyring((NEW, OLD)).number_of(OLD) == Keyring.number_of(OLD)


@pytest.mark.req("S46")
def test_a_mac_is_bound_to_its_purpose_and_key() -> None:
    macs = {
        KEYRING.mac(purpose, b"text", number=Keyring.number_of(key)) for purpose in ("a", "b") for key in (OLD, NEW)
    }

    assert len(macs) == 4
    assert KEYRING.mac("a", b"text") in macs


@pytest.mark.req("S43")
def test_no_key_and_no_password_is_shown_when_settings_are_printed(settings: Settings) -> None:
    assert "a-key-for-tests" not in repr(settings)
