"""E-mail addresses: which two are the same, and which belong to an office instead of a person (S40, C8)."""

import re
import unicodedata

from shared.domain.contacts import Unacceptable
from shared.domain.organisations import N_
from shared.domain.person_names import is_organisation_word
from shared.domain.scripts import plain, plain_words

# Dots that browsers and keyboards of East Asia put between labels (RFC 3490, section 3.1).
_DOTS = re.compile("[\u3002\uff0e\uff61]")
# What UTS 46 leaves out of a label: soft hyphens, zero-width blanks, fillers, variation selectors.
_IGNORED = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060\u2064\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0100-\U000e01ef]"
)

# Found as one of the words between dots, hyphens, underscores and digits. Words of organisations count beside them.
_OFFICE_WORDS = plain_words(
    """
    accounts accueil administration administrator billing central compliance contact contacto contatti customerservice
    dispatch einkauf enquiries feedback finance frontdesk hello hotline inbox inquiries kontakt logistics mailroom
    management marketing newsletter onthaal operations orders planning poststelle postmaster privacy procurement
    purchasing reception receptie registry sales secretaria secretariaat sekretariat shipping sportello support team
    transport verkauf veterinary warehouse webmaster welcome zentrale
    """
)
# Family names too ("jan.post@"), so they count only when they are the whole local part.
_OFFICE_ALONE = plain_words(
    """
    abuse admin amt bureau buro desk dienst edv everyone firm hr it kanzlei mail mailing organisation people poczta post
    posta poste postkasse quality root shop staff toll told tull vet zoll
    """
)


def normalise(address: str) -> str:
    """Give the key by which two addresses are the same mailbox (S40): ``A@X.EU`` gives ``a@x.eu``.

    The local part is folded to one case; dots and plus tags stay, since only the receiving server knows what they
    mean. The domain becomes lower-case punycode, with the non-transitional mapping of UTS 46: "ß" stays a letter of
    its own, for "straße.example" and "strasse.example" have different owners. Expects an address that was accepted
    as valid, is then total, and stable: the key of a key is itself.

    Raises:
        Unacceptable: there is no "@" with something on both sides.
    """
    local, _, domain = address.strip().rpartition("@")
    if not local or not domain:
        raise Unacceptable(N_("Give an e-mail address such as name@example.org."))
    labels = _DOTS.sub(".", domain).split(".")
    return f"{_fold_local(local)}@{'.'.join(map(_ascii_label, labels))}"


def _fold_local(local: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())


def _ascii_label(label: str) -> str:
    mapped = unicodedata.normalize("NFKC", "".join(map(_mapped, unicodedata.normalize("NFC", label))))
    if mapped.isascii():
        return mapped
    return "xn--" + mapped.encode("punycode").decode("ascii")


def _mapped(char: str) -> str:
    """Map one character as UTS 46 does; sharp s and final sigma are letters of their own in domains."""
    if char in "ß\u1e9e":
        return "ß"
    if char == "ς":
        return char
    return "" if _IGNORED.match(char) else unicodedata.normalize("NFKC", char).casefold()


def is_role_mailbox(address: str) -> bool:
    """True when the local part names an office (info, helpdesk, poststelle, customs) and not a person (C8, R18).

    It is a hint for the approver, never a reason to refuse. Tags after a plus are left out.
    """
    local = plain(address.strip().rpartition("@")[0].partition("+")[0])
    words = re.findall(r"[^\W\d_]+", local)
    if len(words) == 1 and words[0] in _OFFICE_ALONE:
        return True
    return any(word in _OFFICE_WORDS or is_organisation_word(word) for word in words)
