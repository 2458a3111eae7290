"""Names of chemicals in a running text: by the shipped dictionaries, and by the syllables that systematic names are made of.

A word is systematic when it falls apart into the syllables of nomenclature, at least one of them a stem: ``chloro`` +
``pyrid`` + ``ine``. Words in a row that belong together (``ethyl 4-aminobenzoate``, ``sodium borohydride``) are one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from anymol.chem.names import find_name
from anymol.tasks.question.vocabulary import is_english

_LONGEST: Final = 5
"""Words of the longest name that is looked up."""

_STEMS = (
    "meth|eth|prop|but|pent|hex|hept|oct|non|dec|undec|dodec|tridec|tetradec|pentadec|hexadec|heptadec|"
    "octadec|icos|eicos|"
    "cyclo|spiro|benz|benzo|phen|naphth|naphtho|anthr|anthrac|fluor|fluoro|chlor|chloro|brom|bromo|iod|iodo|nitr|nitro|"
    "nitroso|amin|amino|imino|hydroxy|hydrox|oxo|oxa|aza|azo|diaz|diazo|thia|thio|sulf|sulfo|sulfon|"
    "sulfin|sulfan|sulfam|"
    "sulph|sulphon|phosph|phosphon|phosphin|phosphor|bor|boron|borono|sil|silyl|siloxy|stann|carb|carbon|"
    "carbox|carboxy|"
    "carbam|carbamoyl|cyan|cyano|azid|azido|acet|aceto|acetoxy|acetamido|form|formyl|phthal|succin|"
    "maleic|maleimid|fumar|"
    "malon|oxal|citr|tartar|lact|glyc|glyox|glutar|glutam|aspart|adip|alan|val|leuc|lys|tyr|tryptoph|"
    "histid|prolin|serin|"
    "threon|cyste|methion|arginin|pyr|pyrid|pyridin|pyrrol|pyrrolid|pyrimid|pyrimidin|pyraz|pyrazin|pyridaz|imidaz|"
    "pyrazol|oxaz|oxazol|isoxazol|thiaz|thiazol|isothiazol|triaz|triazol|tetraz|tetrazol|thioph|thiophen|"
    "thien|fur|furan|"
    "pyran|indol|indolin|indazol|quinol|quinolin|isoquinol|isoquinolin|quinox|quinoxal|quinazol|purin|"
    "morphol|morpholin|"
    "piper|piperid|piperidin|piperaz|piperazin|carbazol|acrid|ox|oxan|oxol|oxolan|dioxan|dioxol|dioxolan|oxir|oxiran|"
    "oxet|oxetan|azir|aziridin|azet|azetid|azetidin|azep|toluen|tolu|toluid|xyl|xylid|styr|anil|anilin|"
    "anis|anisid|phenol|"
    "cres|catech|resorc|hydroquin|quinon|vanill|salicyl|cinnam|acryl|methacryl|crot|croton|allyl|vinyl|"
    "propargyl|benzyl|"
    "trityl|tosyl|mesyl|hydraz|hydrazin|oxim|urea|ure|guanid|thiour|ammon|anthraquin|terephthal|isophthal|norborn|"
    "adamant|biphen|cumar|coumar|camph|menth|terpin|lin|ster|cholest|estr|andr|pregn|rib|deoxyrib|gluc|"
    "galact|mann|fruct|"
    "xanth|barbit|hydant|thymid|cytid|adenos|guanos|urid|nicotin|caprol|valerol|butyrol|lauryl|stear|palmit|ole|myrist|"
    "isobutyr|butyr|valer|pival|capro|triflat|triflu|mesit|veratr|piperon|ferroc|tropan|crown"
)
_LINKS = (
    "di|tri|tetra|penta|hexa|hepta|octa|nona|deca|bis|tris|tetrakis|mono|bi|ter|per|hydro|dihydro|"
    "tetrahydro|iso|neo|cyclo|"
    "bicyclo|tricyclo|nor|de|oxy|epi|hemi|sesqui|semi|ortho|meta|para|tert|sec|cis|trans|syn|anti|alpha|"
    "beta|gamma|delta"
)
_ENDINGS = (
    "ane|anes|ene|enes|yne|ynes|an|en|yn|ol|ols|al|one|ones|oic|oate|ate|ates|ite|ide|ides|yl|yls|"
    "ylidene|idene|ylene|oyl|oxy|"
    "amine|amines|amide|amides|amido|amino|imine|imide|imidamide|nitrile|thiol|thiolate|thione|aldehyde|carbaldehyde|"
    "carbonitrile|carboxamide|carboxylic|carboxylate|carbonyl|carboxy|sulfonic|sulfonamide|sulfonyl|sulfinyl|sulfanyl|"
    "sulfonate|phosphate|phosphonate|phosphine|phosphane|ine|in|ole|ium|onium|id|ic|ous|a|e|o|diene|"
    "triene|diyne|dione|trione|"
    "diol|triol|tetraol|diamine|triamine|dioic|dicarboxylic|tricarboxylic|dial|anol|anal|anone|anoic|"
    "anoate|enol|enal|enone|"
    "enoic|enoate|yloxy|hydride|oxide|peroxide|hydroxide|chloride|bromide|iodide|fluoride|sulfide|"
    "sulfoxide|sulfone|cyanide|"
    "azide|hydrazine|hydrazide|hydrazone|oxime|urea|guanidine|borane|boronic|boronate|silane|stannane|lactone|lactam|"
    "anhydride|acid|ether|ester|alcohol|benzene|toluene|phenol|aniline|pyridine|furan|thiophene|indole|"
    "lithium|magnesium"
)
_SYLLABLES = re.compile(rf"(?:{_LINKS})*(?:(?:{_STEMS})(?:{_LINKS}|{_ENDINGS})*)+")
_STEREO = re.compile(r"^[\[(]?(?:\d*[RSEZrs]|[dl]|DL|dl|[+-]|±|rac|[αβ])(?:,\s?(?:\d*[RSEZrs]))*[\])]?-")
_LOCANT = re.compile(r"^[\[(]*(?:(?:\d+|[NOSC]|[αβ])['′’a-h]*,)*(?:\d+|[NOSCnospm]|[αβ])['′’a-hH]*-(?=[\[(a-zA-Z])")
_MEMBERS = re.compile(
    r"(?:membered|fold|step|phase|month|year|minute|hour|page|point|position|proton|butyl|mer|star|day|"
    r"way)s?$"
)
_CHEMICAL_END = re.compile(
    r"(?:ol|ine|[aey]ne|one|ate|ide|ite|yl|al|ose|ium|ole|amide|hyde|ether|ester|acid|in|ane|säure|mycin|"
    r"cillin|floxacin|oxacin|vir|nib|mab|pril|sartan|artan|statin|azole|olol|dipine|epam|olam|barbital|"
    r"caine|profen|coxib|"
    r"gliptin|gliflozin|glitazone|triptan|setron|tidine|prazole|idone|apine|oxetine|pidem|clone|lukast|"
    r"parin|camphor|benzol|"
    r"ofen|am|il|fen|zine|mine|dine|tine|toin)s?$",
    re.IGNORECASE,
)
_ACYL = re.compile(r"[a-z0-9(),'\[\]-]*[a-z]{3}(?:ic|ous)", re.IGNORECASE)
"""The first word of an acid or an anhydride."""
_NOT_ACYL: Final = frozenset(
    "carboxylic acidic amino nucleic organic inorganic aromatic aliphatic fatty sulfonic boronic "
    "phosphonic weak strong monocarboxylic "
    "dicarboxylic tricarboxylic hydroxamic specific basic generic".split()
)
_VERB = re.compile(
    r"(?:[NOSC]-)?(?:de|di|tri|per|mono)?(?:(?:methyl|acetyl|ethyl|alkyl|acyl|benzyl|benzoyl|silyl|tosyl|"
    r"mesyl|hydroxyl|allyl|aryl|phenyl|formyl|"
    r"fluorin|chlorin|bromin|iodin|halogen|amin|nitr|hydrogen|sulfon|carboxyl|decarboxyl|phosphoryl|acyl|"
    r"lithi)at(?:es?|ed|ing)|"
    r"(?:hydrol|ozonol|electrol)y[sz](?:e|es|ed|ing)|(?:oxid|redu|dimer|polymer|cycl|methyl|"
    r"epoxid)i[sz](?:e|es|ed|ing))",
    re.IGNORECASE,
)
_METALS: Final = frozenset(
    "sodium potassium lithium calcium magnesium zinc copper cuprous cupric iron ferrous ferric silver ammonium "
    "tetrabutylammonium aluminium aluminum palladium barium cesium caesium hydrogen titanium mercury mercuric lead tin "
    "stannous stannic nickel cobalt manganese bismuth boron silicon phosphorus sulfur sulphur thionyl "
    "sulfuryl phosphoryl "
    "oxalyl carbonyl nitrosyl disodium dipotassium trisodium indium gallium cerium ruthenium rhodium "
    "platinum iridium gold "
    "cadmium chromium vanadium tungsten molybdenum antimony carbon nitrogen nitric nitrous".split()
)
"""Words that begin a name of two words and are none by themselves: cations, elements, acyl groups of inorganic acids."""
_CLASSES: Final = frozenset(
    "acid anhydride ether alcohol chloride bromide iodide fluoride oxide monoxide dioxide trioxide pentoxide peroxide "
    "hydroxide sulfate sulphate bisulfate nitrate nitrite carbonate bicarbonate hydrogencarbonate "
    "phosphate diphosphate "
    "triphosphate acetate triacetate cyanide isocyanate thiocyanate azide hydride borohydride cyanoborohydride "
    "triacetoxyborohydride hydrochloride hydrobromide dihydrochloride oxime hydrazone imine sulfide disulfide sulfite "
    "bisulfite thiosulfate sulfoxide sulfone ketone aldehyde nitrile isonitrile amide amine lactone "
    "lactam mesylate tosylate "
    "triflate maleate fumarate succinate tartrate citrate formate benzoate oxalate malonate permanganate "
    "dichromate chromate "
    "hypochlorite chlorate perchlorate periodate persulfate stearate palmitate oleate tetrafluoroborate "
    "hexafluorophosphate "
    "alkoxide ethoxide methoxide tert-butoxide butoxide amidure selenide telluride nitride carbide silicate borate "
    "monohydrate dihydrate trihydrate hydrate hemihydrate sodium potassium calcium glycol ester acrylate cyclohexane "
    "salt chlorid bromid".split()
)
"""Words that end a name of several words."""
_SUBSTANCES: Final = frozenset(
    "water iodine bromine chlorine fluorine oxygen nitrogen hydrogen carbon sulfur sulphur phosphorus "
    "sodium potassium lithium calcium magnesium "
    "iron copper zinc tin lead mercury silver gold platinum palladium nickel cobalt manganese chromium "
    "aluminium aluminum silicon boron ammonia salt".split()
)
"""Elements and water."""
_GROUP_WORDS: Final = frozenset(
    "acid acids amide amides amine amines ester esters ether ethers ketone ketones aldehyde aldehydes alcohol alcohols "
    "nitrile nitriles thiol thiols halide halides halogen halogens halo imine imines enol enone lactone "
    "lactam anhydride anhydrides "
    "phenyl methyl ethyl propyl isopropyl butyl tert-butyl benzyl vinyl allyl ethynyl acetyl nitro amino "
    "cyano azido azide "
    "hydroxy hydroxyl hydroxide methoxy ethoxy carboxyl carboxylic carboxylate carbonyl sulfonamide "
    "sulfone sulfoxide sulfide "
    "disulfide trifluoromethyl trifluoromethoxy fluoro chloro bromo iodo carbamate oxime borate borane "
    "boronic thioether "
    "aldol phosphate sulfonyl mesyl tosyl formyl alkyl alkyls aryl arene arenes alkane alkanes alkene "
    "alkenes alkyne alkynes olefin "
    "diol diene dienes polyol peroxide carbon carbons hydrogen hydrogens nitrogen nitrogens oxygen "
    "oxygens sulfur sulfurs sulphur "
    "phosphorus chromium iron copper zinc manganese nickel cobalt palladium platinum silver gold mercury "
    "aluminium aluminum titanium vanadium sodium potassium calcium lithium fluorine fluorines chlorine "
    "chlorines bromine bromines iodine iodines boron silicon selenium methylene "
    "methine hydride primary secondary tertiary hydrate nitroso nitrite nitrate sulfate anion cation radical "
    "benzoyl boc cbz fmoc monoterpenoid terpenoid steroid peptide dipeptide tripyrrole thioester sulfonate silyl "
    "nh2 oh cn cf3 ome och3 oet no2 cooh co2h co2me conh2 so2nh2 so2me sh sme nme2 n3 cho ch3 ocf3 coome "
    "cooch3 nhme nhac".split()
)
"""Words for groups, classes and elements: no molecules, unless a question speaks of nothing else."""
_NOT_BEFORE: Final = frozenset(
    "group groups ring rings moiety moieties atom atoms substituent substituents unit units residue "
    "residues bond bonds fragment "
    "core cores radical ion ions carbon carbons nitrogen nitrogens analogue analog derivative derivatives scaffold "
    "substructure subunit motif gruppe".split()
)
"""A chemical word before one of these names a part and not a molecule."""


@dataclass(frozen=True)
class NameSpan:
    """A name in a text.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        text: The name as written.
        known: Whether the dictionary has it.
    """

    start: int
    end: int
    text: str
    known: bool


@dataclass(frozen=True)
class _Word:
    start: int
    end: int
    text: str
    closed: bool
    """Whether a sign after it ends a name."""


def find_names(text: str) -> list[NameSpan]:
    """Return the names of chemicals in a text, from left to right, none inside another.

    >>> [name.text for name in find_names("convert ethyl 4-aminobenzoate and aspirin to something")]
    ['ethyl 4-aminobenzoate', 'aspirin']
    """
    words = list(_list_words(text))
    found: list[NameSpan] = []
    place = 0
    while place < len(words):
        count, known = _measure_name(words, place)
        if count:
            start, end = words[place].start, words[place + count - 1].end
            found.append(NameSpan(start, end, text[start:end], known))
        place += count or 1
    return found


def is_element_word(word: str) -> bool:
    """Whether a word names an element, or water: a substance only where a question speaks of an amount of it or of nothing else."""
    return word.lower() in _SUBSTANCES


def looks_chemical(text: str) -> bool:
    """Whether a word that no dictionary has ends like the name of a chemical or a drug.

    >>> looks_chemical("zolpidem"), looks_chemical("elephant")
    (True, False)
    """
    return _CHEMICAL_END.search(text) is not None


def is_group_word(word: str) -> bool:
    """Whether a word names a group, a class of compounds or an element."""
    return word.lower() in _GROUP_WORDS


def is_edit_verb(word: str) -> bool:
    """Whether a word says what is done to a molecule.

    >>> is_edit_verb("N-methylate"), is_edit_verb("hydrolyse"), is_edit_verb("acetate")
    (True, True, False)
    """
    return _VERB.fullmatch(word) is not None


@lru_cache(maxsize=4096)
def is_systematic(word: str) -> bool:
    """Whether a word is made of the syllables of nomenclature.

    >>> is_systematic("2-chloropyridine"), is_systematic("decide"), is_systematic("(2S)-2-aminopropanoic")
    (True, False, True)
    """
    bare, strips = word, 0
    while match := _STEREO.match(bare) or _LOCANT.match(bare):
        bare, strips = bare[match.end() :], strips + 1
    if not bare or bare.endswith("-yl") or is_edit_verb(word) or (not strips and is_english(bare.lower())):
        return False
    pieces = [piece for piece in re.split(r"[^a-z]+", bare.lower()) if len(piece) > 1]
    if not pieces or max(map(len, pieces)) < 4:
        return False
    if all(_SYLLABLES.fullmatch(piece) or piece in _TOKENS for piece in pieces):
        return True
    located = strips > 0 or re.search(r"\d-[a-z]", bare) is not None
    return located and _CHEMICAL_END.search(bare) is not None and _MEMBERS.search(bare) is None


_TOKENS: Final = frozenset(
    "tert sec iso cis trans ortho meta para yl ol one al ene yne diol dione oic en ane di bis spiro rac".split()
)


def _list_words(text: str) -> Iterator[_Word]:
    for match in re.finditer(r"\S+", text):
        start, end = match.span()
        word = match.group()
        while word and word[0] in "\"'“‘`(" and not (word[0] == "(" and _balanced(word)):
            word, start = word[1:], start + 1
        tail = len(word)
        while tail and (word[tail - 1] in ".,;:?!\"'”’`" or (word[tail - 1] == ")" and not _balanced(word[:tail]))):
            tail -= 1
        if re.search(r"\w", word[:tail]):
            yield _Word(start, start + tail, word[:tail], start + tail < end or _FOLLOWED.match(text, end) is not None)


_FOLLOWED = re.compile(r"\s+[^\w\s(\[]+(?:\s|$)")
"""A sign that stands by itself after a word: a dash, a plus."""


def _balanced(word: str) -> bool:
    return word.count("(") == word.count(")") and word.find("(") < word.rfind(")")


def _measure_name(words: list[_Word], place: int) -> tuple[int, bool]:
    """Return how many words from `place` on are one name, and whether the dictionary has it."""
    first = words[place].text
    if (is_group_word(first) or first.lower() in _PROTECTING) and not _joins(words, place):
        return 0, False
    if is_english(first.lower()) and first.lower() not in _METALS and not is_group_word(first):
        return (_look_up(words, place), True) if first.lower() == "vitamin" else (0, False)
    looked = _look_up(words, place)
    built = _build(words, place)
    count, known = (looked, True) if looked >= built and looked else (built, False)
    if count and place + count < len(words) and not words[place + count - 1].closed:
        if re.fullmatch(r"[A-HJ-Z]\d{0,2}", words[place + count].text) and not _is_choice(
            words, place + count
        ):  # penicillin G, vitamin B12
            return count + 1, known
        after = words[place + count].text.lower()
        if after in _NOT_BEFORE:
            return 0, False
    return count, known


def _is_choice(words: list[_Word], place: int) -> bool:
    """Whether a capital is one of two to choose from, as in 'R or S'."""
    return place + 1 < len(words) and words[place + 1].text in ("or", "and", "/", "vs", "vs.")


_PROTECTING: Final = frozenset(
    "boc cbz fmoc tbs tms tes tips tbdms tbdps bn bz ac piv ts ms ns tf alloc teoc mom sem pmb trt".split()
)
"""Abbreviations that begin the name of a reagent: 'Fmoc chloride'."""


def _joins(words: list[_Word], place: int) -> bool:
    """Whether a word for a group or element begins a name of several words: 'methyl iodide', 'benzyl alcohol'."""
    if words[place].closed or place + 1 == len(words):
        return False
    first, after = words[place].text.lower(), words[place + 1].text
    if not (first.endswith("yl") or first in _METALS or first in _PROTECTING) or first in (
        "carboxyl",
        "hydroxyl",
        "carbonyl",
    ):
        return False
    return after.lower() in _CLASSES or is_systematic(after) or (after.lower() in _METALS and place + 2 < len(words))


def _look_up(words: list[_Word], place: int) -> int:
    """Return the number of words of the longest name from `place` on that the dictionary has."""
    longest = 1
    while longest < _LONGEST and place + longest < len(words) and not words[place + longest - 1].closed:
        longest += 1
    for count in range(longest, 0, -1):
        text = " ".join(word.text for word in words[place : place + count])
        if (
            count > 1
            and is_english(words[place + count - 1].text.lower())
            and words[place + count - 1].text.lower() not in _CLASSES
        ):
            continue
        if count == 1 and (len(text) < 3 or (len(text) < 4 and not text.isupper()) or text.replace("-", "").isdigit()):
            continue
        if find_name(text) is not None:
            return count
    return 0


def _build(words: list[_Word], place: int) -> int:
    """Return the number of words from `place` on that build one name by the rules of nomenclature."""
    first = words[place].text
    head = first.lower()
    opens = (
        is_systematic(first)
        or is_group_word(first)
        or head in _PROTECTING
        or re.sub(r"\([ivx]+\)$", "", head) in _METALS
    )
    if not opens and not _is_acyl(words, place):
        return 0
    count = 1
    while place + count < len(words) and not words[place + count - 1].closed:
        word = words[place + count].text
        joins = (is_systematic(word) or word.lower() in _METALS) and _continues(words[place + count - 1].text)
        if word.lower() not in _CLASSES and not joins:
            break
        count += 1
    while count and not _closes(words[place + count - 1].text, alone=count == 1):
        count -= 1
    return count


def _is_acyl(words: list[_Word], place: int) -> bool:
    """Whether a word is the first one of an acid or an anhydride, such as 'ascorbic'."""
    if words[place].closed or place + 1 == len(words):
        return False
    first, after = words[place].text, words[place + 1].text.lower()
    return after in ("acid", "anhydride") and first.lower() not in _NOT_ACYL and _ACYL.fullmatch(first) is not None


def _continues(before: str) -> bool:
    """Whether another systematic word may follow: after 'ethyl', 'sodium', 'acetic'; not after 'benzaldehyde'."""
    return re.search(r"(?:yl|ic|ous|ium|ylene)\)?$", before.lower()) is not None or before.lower() in _METALS


def _closes(word: str, *, alone: bool) -> bool:
    """Whether a name may end with this word."""
    bare = word.lower()
    if bare in _CLASSES:
        return not alone
    if bare in _METALS:
        return False
    return (
        bare.endswith("phenyl")
        and bare != "phenyl"
        or not re.search(r"(?:yl|oxy|o|ic|ous)\)?$", bare)
        or (not alone and bare in _CLASSES)
    )
