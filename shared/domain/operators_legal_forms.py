# ruff: noqa: RUF001  (words in Greek and Cyrillic letters)
"""Legal forms of companies as people type them; dots, blanks, accents and case do not matter (``scripts.plain``)."""

from shared.domain.scripts import plain_words

# No given or family name: wherever the word stands, a company is meant.
UNMISTAKABLE = plain_words(
    """
    gmbh ggmbh mbh gesmbh gbr ohg kgaa kg
    bvba cvba ebvba sprl scrl commva commv gcv vzw asbl vof bv nv
    sarl eurl selarl gaec scea gie snc
    srl srls spa slu sll lda ltda limitada unipessoal eireli
    ltd limited llc llp plc inc incorporated corp corporation pty pvt clg teoranta
    aps amba ivs oyj oy abp aktiebolag aktieselskab aktiengesellschaft osakeyhtiö
    spzoo zoo spółka akcyjna sro kft zrt nyrt jdoo dooel
    uab všį osaühing aktsiaselts
    ood eood ооо оао зао пао тов оод еоод еад адсиц
    επε ικε şirketi шпс
    有限公司 株式会社 有限会社 주식회사 შპს ՍՊԸ
    """
)

# Names, initials or little words as well.
MISTAKABLE = plain_words(
    """
    ag eg ev ug og as sa sas sasu sc sca sp sl slp se scs earl sociedad asa ab hb kb ky rf tmi ks ps bt doo dd ead ad
    ae ik mb ou sia cie pte spj psa spk
    ад ет ат αε αβεε οε εε
    """
)

# Of these the ones that are family or given names even in capitals; dots alone make a form of them ("d.o.o.").
BORNE_BY_PEOPLE = plain_words("sas sasu sia ou earl doo")

ALL = UNMISTAKABLE | MISTAKABLE

# Where one form follows another, the first is one of these.
BEFORE_ANOTHER = (ALL - BORNE_BY_PEOPLE) | {"co"}

# Where the form comes first.
LEADING = plain_words("uab sia všį mb earl eurl gaec sarl scea ооо оао зао пао тов ет шпс")
