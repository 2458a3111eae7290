"""What a description claims about a molecule that can be counted: classes such as 'a lactam' or 'a diol'.

Descriptions follow ChEBI's way of naming classes. A class is listed here only where the structure decides it, or where
its name tells of an element ("an organochlorine pesticide"); roles and origins ("a plant metabolite") are not, and stay
unchecked. Classes that the project's training descriptions use loosely (more than 3 % of them without the group, such
as 'enone' or 'delta-lactone') were left out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rdkit import Chem

from anymol.chem.parsing import parse_smiles
from anymol.tasks.specifications import FEATURES, Constraint
from anymol.tasks.task import Check

_AT_LEAST: Final[dict[tuple[str, int], tuple[str, ...]]] = {
    ("alcohol", 1): ("alcohol", "primary alcohol", "secondary alcohol", "tertiary alcohol", "fatty alcohol"),
    ("hydroxyl", 2): ("diol", "glycol"),
    ("hydroxyl", 3): ("triol",),
    ("phenol", 1): ("phenols", "phenol", "catechols", "resorcinols"),
    ("phenol", 2): ("polyphenol",),
    ("ether", 1): ("ether", "diether"),
    ("epoxide", 1): ("epoxide",),
    ("aldehyde", 1): ("benzaldehydes", "fatty aldehyde", "arenecarbaldehyde"),
    ("ketone", 1): ("ketone", "aromatic ketone", "methyl ketone", "diketone"),
    ("carboxylic_acid", 1): (
        "monocarboxylic acid", "dicarboxylic acid monoester", "dicarboxylic acid monoamide",
        "oxo monocarboxylic acid", "hydroxy monocarboxylic acid", "monocarboxylic acid anion", "benzoic acids",
        "long-chain fatty acid", "medium-chain fatty acid", "short-chain fatty acid", "fatty acid",
    ),
    ("carboxylic_acid", 2): ("dicarboxylic acid", "dicarboxylic acid dianion"),
    ("carboxylic_acid", 3): ("tricarboxylic acid", "tricarboxylic acid trianion"),
    ("ester", 1): (
        "methyl ester", "ethyl ester", "acetate ester", "benzoate ester", "fatty acid ester",
        "fatty acid methyl ester",
    ),
    ("ester", 2): ("diester",),
    ("ester", 3): ("triglyceride",),
    ("lactone", 1): ("lactone", "macrolide", "sesquiterpene lactone"),
    ("lactam", 1): ("lactam",),
    ("amide", 1): ("secondary carboxamide", "benzamides", "acetamides", "anilide"),
    ("urea", 1): ("ureas",),
    ("carbamate", 1): ("carbamate ester",),
    ("hydroxamic_acid", 1): ("hydroxamic acid",),
    ("secondary_amine", 1): ("secondary amine",),
    ("tertiary_amine", 1): ("tertiary amine",),
    ("hydrazone", 1): ("hydrazone",),
    ("guanidine", 1): ("guanidines",),
    ("nitrile", 1): ("nitrile", "dinitrile"),
    ("azide", 1): ("azide",),
    ("isothiocyanate", 1): ("isothiocyanate",),
    ("thiol", 1): ("thiol",),
    ("sulfone", 1): ("sulfone",),
    ("sulfoxide", 1): ("sulfoxide",),
    ("sulfonamide", 1): ("sulfonamide",),
    ("fluorine_atoms", 1): ("organofluorine compound", "monofluorobenzenes"),
    ("fluorine_atoms", 3): ("(trifluoromethyl)benzenes",),
    ("chlorine_atoms", 1): ("organochlorine compound", "monochlorobenzenes"),
    ("chlorine_atoms", 2): ("dichlorobenzene",),
    ("bromine_atoms", 1): ("organobromine compound",),
    ("iodine_atoms", 1): ("organoiodine compound",),
    ("sulfur_atoms", 1): ("organosulfur compound", "aryl sulfide", "organic sulfide", "thiophenes"),
    ("phosphorus_atoms", 1): ("organic phosphate", "organophosphorus compound", "phosphate monoester"),
    ("nitrogen_atoms", 1): ("organonitrogen compound", "organonitrogen heterocyclic compound", "azamacrocycle"),
    ("methoxy", 1): ("monomethoxybenzene",),
    ("methoxy", 2): ("dimethoxybenzene",),
    ("benzene_ring", 1): ("benzenes", "biphenyls"),
    ("pyridine", 1): ("pyridines", "phenylpyridine"),
    ("rings", 2): ("organic heterobicyclic compound",),
    ("rings", 3): ("organic heterotricyclic compound",),
    ("rings", 4): ("organic heterotetracyclic compound",),
    ("rings", 5): ("organic heteropentacyclic compound",),
}  # fmt: skip
"""(feature, least count) -> classes that need it."""

_CLASSES: Final[dict[str, Constraint]] = {
    name: Constraint(feature, least, None) for (feature, least), names in _AT_LEAST.items() for name in names
}

_LOOSE: Final = frozenset({
    "fatty alcohol", "polyphenol", "diether", "fatty aldehyde", "aromatic ketone", "methyl ketone", "diketone",
    "dicarboxylic acid monoester", "dicarboxylic acid monoamide", "oxo monocarboxylic acid",
    "hydroxy monocarboxylic acid", "long-chain fatty acid", "medium-chain fatty acid", "short-chain fatty acid",
    "fatty acid", "fatty acid ester", "fatty acid methyl ester", "methyl ester", "ethyl ester", "acetate ester",
    "benzoate ester", "triglyceride", "macrolide", "sesquiterpene lactone", "secondary carboxamide", "benzamides",
    "acetamides", "anilide", "dinitrile", "(trifluoromethyl)benzenes", "monochlorobenzenes", "monofluorobenzenes",
    "dichlorobenzene", "aryl sulfide", "organic sulfide", "thiophenes", "organic phosphate", "phosphate monoester",
    "organonitrogen heterocyclic compound", "azamacrocycle", "biphenyls", "phenylpyridine",
})  # fmt: skip
"""Classes that need what is counted and more than that: what has it may be of another class."""

_STEMS: Final = (
    (r"sulf|thio(?!phanat)|mercapt|sulph", "sulfur_atoms"),
    (r"phosph", "phosphorus_atoms"),
    (r"chlor(?!o(?:phyll|gen)|in\b)", "chlorine_atoms"),
    (r"fluor(?!e(?:ne|sc)|anth|on)", "fluorine_atoms"),
    (r"brom(?!el)", "bromine_atoms"),
    (r"iod", "iodine_atoms"),
    (r"(?:carboxylic|oic|fatty|amino) acids?$", "carboxylic_acid"),
    (r"(?<!vit)amin|amid|nitro|nitril|pyridin|azol|alkaloid|peptid|purin|pyrimidin|ammoni|guanidin", "nitrogen_atoms"),
)  # fmt: skip
"""What the name of a class holds -> of which element the molecule then has an atom."""

_TELLING: Final = frozenset({
    "sulfur_atoms", "phosphorus_atoms", "chlorine_atoms", "fluorine_atoms", "bromine_atoms", "iodine_atoms"
})  # fmt: skip
"""Elements that are seldom named in a definition of what does not hold them: 1 of 100 times."""

_SENTENCE: Final = re.compile(r"\b(?:The molecule|It) is an? .*?(?:\.(?= [A-Z])|$)")
_LEAD: Final = r"(?:\bis|\band|,) (?:an? |(?:a|the \w+) member of (?:the class of )?)"
_NAMED: Final = re.compile(
    rf"{_LEAD}([^,;.]+?)(?=,|;|\.(?:\s|$)| (?:and|that|which|with|in|of|having|obtained|resulting|consisting)\b|$)"
)
"""What a sentence calls the molecule, from the article to the end of the name."""


def list_claims(text: str) -> tuple[tuple[str, Constraint], ...]:
    """Return the classes that a description says the molecule belongs to, with what each needs.

    Example:
        >>> [(name, str(needs)) for name, needs in list_claims("The molecule is a lactam and a member of phenols.")]
        [('lactam', 'at least 1 lactam'), ('phenols', 'at least 1 phenol')]
    """
    plain = " ".join(text.split())
    found = {match.group(1): _CLASSES[match.group(1)] for match in _pattern().finditer(plain)}
    for name in list_class_names(plain):
        for stem, feature in _STEMS:
            if name not in found and re.search(stem, name):
                found[name] = Constraint(feature, 1, None)
    return tuple(found.items())


def list_class_names(text: str) -> tuple[str, ...]:
    """Return what a description calls the molecule, without articles, as often as it does.

    >>> list_class_names("The molecule is a lactam and a plant product. It has a role as a toxin.")
    ('lactam', 'plant product')
    """
    sentences = _SENTENCE.findall(" ".join(text.split()))
    return tuple(match[1] for sentence in sentences for match in _NAMED.finditer(sentence))


def check_claims(smiles: str, text: str) -> tuple[Check, ...]:
    """Check the classes that a description claims; one undecided check where it claims none.

    A class that needs more than what is counted is refuted or undecided.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    claims = list_claims(text)
    if not claims:
        return (Check("claims", None, "this text claims nothing that can be counted"),)
    molecule = parse_smiles(smiles)
    checks = []
    for name, needs in claims:
        value = FEATURES[needs.feature].measure(molecule)
        passed = needs.holds(value) and (True if decides(name) else None)
        checks.append(Check("claims", passed, f"'{name}' needs {needs}; the molecule has {value:g}"))
    return tuple(checks)


def decides(name: str) -> bool:
    """Whether what is counted for a class is enough to be of it: an epoxide, but no thiophene by its sulfur.

    >>> decides("epoxide"), decides("thiophenes"), decides("penicillamine")
    (True, False, False)
    """
    return name in _CLASSES and name not in _LOOSE


def judge_claims(molecule: Chem.Mol, text: str) -> tuple[bool, ...]:
    """Return of each class that a description claims whether the molecule has the groups that it needs."""
    return tuple(needs.holds(FEATURES[needs.feature].measure(molecule)) for _, needs in list_claims(text))


def lacks_named_element(molecule: Chem.Mol, details: str) -> bool:
    """Whether the details of a definition name a halogen, sulfur or phosphorus that a molecule does not hold.

    >>> lacks_named_element(parse_smiles("CC(C)Cc1ccccc1"), " that is toluene having a 4-chlorophenyl group")
    True
    """
    return any(
        feature in _TELLING and re.search(stem, details) and not FEATURES[feature].measure(molecule)
        for stem, feature in _STEMS
    )


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """Match ``is a CLASS``, ``, a CLASS`` and ``and a member of CLASSES`` up to the end of the class's name."""
    names = "|".join(re.escape(name) for name in sorted(_CLASSES, key=len, reverse=True))
    return re.compile(rf"{_LEAD}({names})(?=,|\.(?:\s|$)| and\b| that\b| with\b|$)")
