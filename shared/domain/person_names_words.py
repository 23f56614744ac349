# ruff: noqa: RUF001  (words in Greek and Cyrillic letters)
"""Words that give an organisation away, in the official languages of the Union and of some trading partners (R17).

All are compared without case and accents (``scripts.plain``), so they are written here as their language writes them.
"""

from shared.domain.scripts import plain_words

# Whole words. Nobody, or hardly anybody, is called so.
WORDS = plain_words(
    """
    customs customshouse authority authorities ministry office offices helpdesk servicedesk department dept agency
    control controls controller inspection certification certifications certifier directorate division
    direction direktion directie
    info information services companies holding holdings group groups trading import imports
    export exports imex impex foods seeds farms organic organics international logistics shipping airport terminal
    government municipality embassy consulate parliament commission committee council association federation society
    foundation institute university laboratory laboratories enterprise enterprises industries products
    traces tracesnt dgsante noreply mailbox secretariat headquarters
    bcp bip cca ocb imsoc ofis daff dafm dgal sivep dgccrf bavg rvo ijhars uksup senasa apeda cfia usda ppis
    famic favv afsca fasnk biocert indocert egycert africert caucascert debio ecoglobe ecogruppo ccof ocia

    douane douanes ministère autorité préfecture inspection contrôle contrôles frontalier frontalière frontaliers
    organisme société sociétés entreprise entreprises groupe compagnie établissements ets agence département délégation
    agricole coopérative syndicat

    dogana dogane doganale doganali ministero autorità ufficio uffici direzione dipartimento agenzia frontiera
    frontaliero controllo controlli organismo azienda società servizi servizio consorzio

    aduana aduanas aduanero aduanera aduaneros ministerio autoridad oficina oficinas dirección departamento agencia
    puesto fronterizo fronteriza inspección empresa sociedad servicio servicios consejería delegación consejo

    alfândega alfândegas aduaneiro aduaneira ministério autoridade escritório direção controlo fronteira fronteiriço
    agência inspeção inspecção serviço serviços repartição posto

    vamal vamală vamale vămii ministerul autoritatea birou biroul direcția agenția inspecția inspectoratul punctul
    frontieră frontiera departamentul serviciul controlul

    zollamt zollamts zollstelle zollverwaltung behörde ämter verwaltung ministerium abteilung referat kontrolle
    kontrollen kontrollstelle grenzkontrolle gesellschaft unternehmen firma genossenschaft verband einfuhr ausfuhr
    geschäftsstelle landwirtschaft

    douanekantoor ministerie autoriteit overheid departement afdeling grenspost grensinspectiepost controle keuring
    keuringspost kantoor balie gewest bedrijf vereniging invoer uitvoer landbouw

    toldkontor toldstyrelsen myndighed myndighet styrelsen styrelse ministeriet departementet departement kontor
    kontoret afdeling avdelning avdeling tullverket tullkontor tullen gränskontroll grænsekontrol kontroll kontrol
    certifiering certificering livsmedelsverket jordbruksverket företag aktiebolag selskab länsstyrelsen

    tulli tullikamari tullin ministeriö virasto ruokavirasto viranomainen osasto toimisto valvonta tarkastus
    rajatarkastus rajatarkastusasema sertifiointi yhtiö osuuskunta yritys

    tolliamet tollipunkt ministeerium osakond büroo piiripunkt põllumajandus toiduamet veterinaaramet ettevõte ühing
    muita muitas ministrija dienests pārvalde nodaļa inspekcija birojs robežkontrole robežkontroles kontrole uzņēmums
    muitinė muitinės ministerija tarnyba skyrius departamentas inspekcija biuras kontrolė pasienio postas įmonė
    valstybinė valstybės

    celny celna celne celnego celnej celní celnice colný colná colné colnice carinarnica carinski carinska
    carinske carinarnice urząd úřad úrad urad ured izba sprava uprava biuro oddział wydział odbor oddělení oddelenie
    oddelek odjel odsjek kontrola kontroly kontrolní kontrolný inspekcja inspekce inšpekcia inspekcija inspektorat
    certyfikacja certifikace certifikácia certifikacija granica graniczny graniczna graniczne placówka pohraniční
    hraničná hraničný hranice mejna mejni granični granična nadzor organ orgán tijelo jednostka spółka spółdzielnia
    przedsiębiorstwo podnik společnost spoločnosť družstvo tvrtka poduzeće podjetje družba zadruga izvoz uvoz

    vámhivatal vámhatóság hivatal hatóság minisztérium osztály iroda ellenőrzés ellenőrző felügyelet határállomás
    állomáshely tanúsítás tanúsító vállalat szövetkezet cég

    custaim údarás aireacht roinn oifig rialú seirbhís deasc
    dwana ministeru awtorità uffiċċju uffiċju dipartiment kontroll ċertifikazzjoni kumpanija servizz

    τελωνείο τελωνεία υπουργείο αρχή αρχές διεύθυνση υπηρεσία γραφείο έλεγχος ελέγχου τμήμα σταθμός οργανισμός
    εταιρεία εταιρία πιστοποίηση συνοριακός συνοριακού φορέας περιφέρεια όμιλος

    митница митници министерство агенция дирекция служба отдел контрол контролен контролна граничен гранична пункт
    инспекция орган орган фирма дружество офис бюро сертификация таможня управление кооперация областна

    gümrük bakanlığı müdürlüğü şirketi denetim belgelendirme
    საბაჟო სამინისტრო სააგენტო կոմիտե մաքսային նախարարություն
    جمارك الجمارك وزارة هيئة شركة مؤسسة
    """
)

# Beginnings of words, for endings and compounds.
BEGINNINGS = tuple(
    plain_words(
        """
    zollamt hauptzoll zollkont douanek customs ministeri ministère ministerstv ministrst ministarst ministerstw
    authorit autorit autorid awtorit
    certif zertif sertif certyfik kertifik qertif πιστοποι сертиф tanúsít belgelendir
    helpdesk departament
    inspekt inspect ispettor inšpekt инспект
    administrac administraç administrat verwaltungs
    laborato institut associaz associaç asociac cooperat kooperat genossensch
    landwirtsch landbouw lantbruk jordbruk landbrug maatalou põllumaj lauksaimn rolnict rolnicz zeměděls poľnohosp
    poljoprivred kmetijst mezőgazd agricult agroaliment agropecuar земедел υπουργ τελωνει συνοριακ
    vámhiv határállom ellenőrz felügyel
    grenzkontroll grensinspect kontrollst kontrollor kontrolní kontrolor kontrolln kontroli
    митни министерств агенци дирекци граничн таможен
    ecocert certisys bioagricert biotropic ekoagros imocert
        """
    )
)

# Ends of compounds; where a script does without blanks, of whole names.
ENDINGS = tuple(
    plain_words(
        """
    customs douane zollamt zollstelle behörde verwaltung ministerium kontrollstelle dienststelle poststelle
    geschäftsstelle kontor kantoor overheid autoriteit ministerie
    styrelsen styrelsen verket myndighet myndighed virasto hivatal hatóság minisztérium ministeerium
    gesellschaft genossenschaft landwirtschaftskammer handelskammer dienstleistung team works certificering
    zertifizierung bundesamt landesamt bezirksamt veterinäramt landratsamt ordnungsamt kreisamt finanzamt
    海关 公司 认证 检验局 税関 協会
        """
    )
)

# Family names, or parts of them, as well: one of them alone says nothing, two together do, and so does one beside
# the name of a place.
WEAK = plain_words(
    """
    bureau post poste posta border help desk service station section unit union team port harbour haven hafen public
    national federal regional central general state food trade farm bio eco öko agro coffee fruit grain test importer
    exporter importateur exportateur importeur exporteur veritas zoll amt kammer dienst stelle
    company quality partner partners kiwa sativa
    grenze ditta gruppe gruppo grupo grupa bank tull told toll toli carina vama vám amet serwis poczta pošta
    veterinary plant
    пост поща банка
    """
)

PLACES = plain_words(
    """
    antwerpen antwerp anvers aalst brussel brussels bruxelles brüssel gent ghent liège luik zaventem zeebrugge namur
    amsterdam rotterdam schiphol zwolle hamburg berlin bremen bremerhaven frankfurt münchen munich köln cologne
    stuttgart düsseldorf leipzig wien salzburg linz graz zürich basel genève geneva luxembourg luxemburg paris lyon
    marseille roissy rungis clermont bordeaux toulouse strasbourg dunkerque calais havre dublin cork rosslare london
    dover felixstowe madrid barcelona sevilla bilbao algeciras vigo lisboa lisbon porto sines roma rome milano genova
    napoli livorno trieste venezia bologna athens athina αθήνα πειραιάς θεσσαλονίκη λευκωσία nicosia valletta malta
    warszawa warsaw gdańsk gdynia poznań kraków praha prague brno bratislava budapest ljubljana koper zagreb rijeka
    bucurești bucharest constanța софия бургас варна пловдив sofiya burgas vilnius klaipėda rīga riga tallinn muuga
    helsinki turku stockholm göteborg malmö københavn copenhagen aarhus oslo istanbul kyiv odessa tbilisi yerevan
    belgique belgië belgium belgien deutschland germany allemagne france frankreich nederland netherlands österreich
    austria italia italy españa spain portugal polska poland česko slovensko magyarország hungary românia romania
    българия ελλάδα greece hellas ireland éire danmark denmark sverige sweden suomi finland eesti latvija lietuva
    hrvatska slovenija europe europa european eu
    """
)
