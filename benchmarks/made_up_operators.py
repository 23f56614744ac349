"""A million operators that do not exist: seeded names that read like those of real lists, countries and activities.

What makes a search slow is in the shape of names, not in their letters. So they are shaped like the lists of the Union:
some words begin one name in fifteen ("azienda agricola"), some end one in ten ("gmbh"), places and family names are
frequent or rare as words are in any language, and a few hundred operators share a country that hardly anybody is in.
"""

import itertools
import random
from collections.abc import Iterator
from typing import NamedTuple

SEED = 20_261_124
_SOUNDS = (
    [
        "b",
        "br",
        "c",
        "ch",
        "d",
        "dr",
        "f",
        "fr",
        "g",
        "gr",
        "h",
        "j",
        "k",
        "kl",
        "l",
        "m",
        "n",
        "p",
        "pr",
        "r",
        "s",
        "sch",
        "st",
        "t",
        "tr",
        "v",
        "w",
        "z",
    ],
    ["a", "a", "a", "e", "e", "e", "i", "i", "o", "o", "u", "ai", "au", "ei", "ia", "ie", "oe", "ou"],
    ["l", "ll", "m", "n", "nd", "nn", "ng", "r", "rd", "rs", "rt", "s", "ss", "st", "t", "tt", "x", "ck"],
    ["a", "e", "i", "o", "en", "er", "i", "ova", "ski", "ez", "es", "ini", "o"],
)
_BRANDS = [
    "bio",
    "eco",
    "agri",
    "agro",
    "nat",
    "sun",
    "terra",
    "vita",
    "verd",
    "green",
    "pur",
    "sol",
    "flor",
    "gran",
    "med",
    "nord",
    "alp",
    "rio",
    "olea",
    "cam",
]
_GOODS = [
    "coffee",
    "cocoa",
    "cacao",
    "tea",
    "spices",
    "seeds",
    "grains",
    "rice",
    "quinoa",
    "sugar",
    "honey",
    "nuts",
    "cashew",
    "sesame",
    "soya",
    "oils",
    "olive",
    "fruits",
    "bananas",
    "mango",
    "avocado",
    "citrus",
    "berries",
    "vegetables",
    "herbs",
    "wine",
    "cotton",
    "flour",
    "pasta",
    "dairy",
]
_TRADE = [
    "trading",
    "import",
    "export",
    "foods",
    "food",
    "products",
    "farms",
    "farm",
    "organics",
    "organic",
    "international",
    "company",
    "group",
    "logistics",
    "ingredients",
    "commodities",
    "natural",
    "nature",
    "supplies",
    "global",
    "partners",
]
_COUNTRIES: dict[str, tuple[int, tuple[str, ...]]] = {
    # Share of all operators in thousandths, and the shapes of its names.
    "IT": (190, ("azienda agricola {f} {p}", "societa agricola {p} s.s.", "azienda agricola {p}", "{b} s.r.l.", "{f}")),
    "FR": (150, ("earl {p}", "gaec de {p}", "scea domaine {p}", "{b} sas", "{f} {f}", "les vergers de {p}")),
    "DE": (110, ("weingut {f}", "{b} gmbh", "{f} {g} gmbh & co. kg", "biohof {f}", "{f}", "{p} hof gbr")),
    "ES": (100, ("cooperativa agricola {p}", "{b} s.l.", "{f} y {f} s.l.", "aceites {p} s.a.", "bodegas {f}")),
    "AT": (60, ("biohof {f}", "{f}", "weingut {f}", "{b} gmbh")),
    "PE": (
        45,
        ("asociacion de productores {p}", "cooperativa agraria cafetalera {p}", "{b} s.a.c.", "agroindustrias {p}"),
    ),
    "PL": (45, ("gospodarstwo rolne {f}", "{b} sp. z o.o.", "{f} {t}")),
    "IN": (45, ("{f} {g} {t} pvt. ltd.", "{p} organic farmers group", "{b} exports")),
    "NL": (40, ("{b} b.v.", "{f} {t} b.v.", "maatschap {f}", "{p} {g} b.v.")),
    "BE": (35, ("{b} bvba", "{f} {t} n.v.", "hoeve {p}", "ferme de {p}")),
    "TR": (35, ("{b} tarim urunleri a.s.", "{f} {g} ltd. sti.")),
    "GR": (30, ("{f} & sia o.e.", "agrotikos synetairismos {p}", "{b} a.e.")),
    "SE": (25, ("{p} gard", "{b} ab", "{f} {g} ab")),
    "CN": (20, ("{p} {g} co., ltd.", "{b} {t} co., ltd.")),
    "UG": (15, ("{p} coffee farmers cooperative union", "{b} {t} ltd")),
    "DK": (15, ("{p} gaard", "{b} a/s")),
    "PT": (15, ("quinta {p} lda", "{b} lda", "{f} {f}")),
    "EC": (10, ("asociacion de productores {p}", "{b} {g} s.a.")),
    "TN": (5, ("societe {p} {g}", "{b} sarl")),
    "LK": (5, ("{b} {g} (pvt) ltd", "{p} tea {t}")),
    "LV": (2, ("zs {p}", "sia {b}")),
    "CY": (1, ("{f} {t} ltd", "{p} {g}")),
    "MT": (1, ("{f} {t} ltd",)),
    "LU": (1, ("{f} {g} s.a r.l.", "haff {p}")),
}
_ANYHOW = ("{x} {f}", "{f} {x}", "{p} {x} {f}", "{f} {g} {x}", "{x} {x} {p}", "{f} {p}", "{p} {t}")
"""Shapes that are found in every country, one name in eight: no word of a real list has a place of its own."""
_ANYHOW_SHARE = 0.125
_ACTIVITIES = {
    "OOC_PRODUCTION": 500,
    "OOC_PREPARATION": 250,
    "OOC_DISTRIBUTION": 150,
    "ORGANIC_IMPORTER": 60,
    "FIRST_CONSIGNEE": 50,
    "OOC_STORING": 40,
    "ORGANIC_PRODUCER": 30,
    "ORGANIC_EXPORTER": 25,
    "OOC_IMPORT": 10,
    "RFL": 4,
    "OOC_EXPORT": 1,
}


class MadeUp(NamedTuple):
    """One operator."""

    name: str
    country: str
    activities: list[str]


def made_up_operators(count: int) -> Iterator[MadeUp]:
    """Make operators; the same ``count`` gives the same ones in the same order, which is not that of their names."""
    draw = random.Random(SEED)
    families = _Words(draw, 30_000, syllables=(2, 3))
    places = _Words(draw, 20_000, syllables=(2, 4))
    loose = sorted(
        {word for _, shapes in _COUNTRIES.values() for shape in shapes for word in shape.split() if "{" not in word}
    )
    countries = draw.choices(list(_COUNTRIES), [share for share, _ in _COUNTRIES.values()], k=count)
    for country in countries:
        shape = draw.choice(_ANYHOW if draw.random() < _ANYHOW_SHARE else _COUNTRIES[country][1])
        name = shape.format(
            f=_Drawn(families),
            p=_Drawn(places),
            g=draw.choice(_GOODS),
            t=draw.choice(_TRADE),
            x=draw.choice(loose),
            b=_brand(draw, families),
        )
        activities = draw.choices(list(_ACTIVITIES), list(_ACTIVITIES.values()), k=draw.choice((1, 1, 1, 2, 3)))
        yield MadeUp(name.title(), country, list(dict.fromkeys(activities)))


class _Words:
    """Made-up words, some frequent and most rare (Zipf)."""

    def __init__(self, draw: random.Random, count: int, *, syllables: tuple[int, int]) -> None:
        made: dict[str, None] = {}
        while len(made) < count:
            pieces = range(draw.randint(*syllables))
            made["".join("".join(draw.choice(sounds) for sounds in _SOUNDS[:3]) for _ in pieces)] = None
        self._draw = draw
        self._words = [word + draw.choice(_SOUNDS[3]) for word in made]
        self._weights = list(itertools.accumulate(1 / (rank + 20) for rank in range(count)))

    def one(self) -> str:
        """Draw a word."""
        return self._draw.choices(self._words, cum_weights=self._weights)[0]


class _Drawn:
    """Gives another word each time a shape asks for one."""

    def __init__(self, words: _Words) -> None:
        self._words = words

    def __format__(self, spec: str) -> str:
        return self._words.one()


def _brand(draw: random.Random, families: _Words) -> str:
    kind = draw.random()
    if kind < 0.4:
        return f"{draw.choice(_BRANDS)}{families.one()}"
    if kind < 0.7:
        return f"{draw.choice(_BRANDS)} {draw.choice(_GOODS)} {families.one()}"
    return f"{families.one()} {draw.choice(_GOODS)} {draw.choice(_TRADE)}"
