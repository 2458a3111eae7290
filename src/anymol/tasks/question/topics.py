"""What a question may ask a program for, and what nothing here answers: the words that name each.

A topic is found where its words stand; of words that overlap the longest count, so that 'exact mass' is no 'mass'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from anymol.tasks.cues import HERE

SURE: Final = 0.95
"""Weight of words that only one thing is called by."""
LIKELY: Final = 0.8
"""Weight of words that mean it where a chemical is spoken of."""
WEAK: Final = 0.6
"""Weight of words that need a molecule beside them."""


@dataclass(frozen=True)
class Topic:
    """Something that can be asked for.

    Attributes:
        name: Name of the calculation; of a foreign topic, what a person calls it.
        patterns: Patterns over the words of a question, each with a weight between 0 and 1.
    """

    name: str
    patterns: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Found:
    """A topic at its place in a text.

    Attributes:
        name: Name of the topic.
        weight: How surely its words mean it.
        start: Where its words begin.
        end: Where they end.
        foreign: Whether nothing here answers it.
    """

    name: str
    weight: float
    start: int
    end: int
    foreign: bool = False


UNFINISHED: Final = "an unfinished notation"
"""A foreign topic that counts wherever a question speaks of it."""
_WORDS: Final[set[str]] = set()


def list_topic_words() -> frozenset[str]:
    """Return all words in the phrases that name a topic: none of them is a chemical's name."""
    return frozenset(_WORDS)


def _say(phrases: str, weight: float = SURE) -> tuple[str, float]:
    """Return a pattern for phrases between semicolons; a blank matches a hyphen or nothing too, the last word a plural."""
    said = [re.sub(r"\\? ", r"[\\s-]{0,2}", re.escape(phrase.strip())) for phrase in phrases.split(";")]
    _WORDS.update(re.findall(r"[a-zà-ÿ0-9]+", phrases.lower()))
    return rf"(?<![\w-])(?:{'|'.join(sorted(said, key=len, reverse=True))})(?:s|es)?(?![\w])", weight


_ELEMENTS: Final = (
    r"(?:carbon|nitrogen|oxygen|hydrogen|sulfur|sulphur|phosphorus|fluorine|chlorine|bromine|iodine|halogen|silicon|boron|hetero|"
    r"sodium|potassium|lithium|calcium|magnesium|iron|copper|zinc|chromium|manganese|nickel|cobalt|palladium|platinum|silver|gold|tin|lead|mercury|alumin(?:i)?um)s?"
)
_HOW_MANY: Final = r"(?:how many|number of|count (?:of |the |all |all the )?|no\.? of|wie ?viele)"

CALCULATIONS: Final = (
    Topic("formula", (
        _say("molecular formula; sum formula; chemical formula; hill formula; brutto formula; empirical formula; "
             "empirical and molecular formula; summenformel; total formula; molecular sum formula; formulae; molformula"),
        _say("formula; formel", LIKELY),
        (r"which elements,? and how many(?: atoms)? of each", SURE),
    )),
    Topic("average_mass", (
        _say("molecular weight; molar mass; molecular mass; mol weight; mol wt; molwt; mol mass; molmass; mw; fw; formula weight; "
             "formula mass; average mass; average molecular mass; average molecular weight; relative molecular mass; molar weight; molmasse; avg mol wt; avg mw; "
             "molare masse; molgewicht; molekulargewicht; g/mol; g per mol; gram per mol; g mol-1; average mass not the exact one"),
        _say("how heavy; dalton; weighs", LIKELY),
        (r"(?<![\w])mr(?![\w])(?! ?\(crippen)(?! value)", LIKELY),
        (r"how much (?:does|do|would) (?:one |a |1 )?mol(?:e|es)?(?: of)? ¤ weigh", SURE),
        (rf"how (?:much|many g\w*) (?:does|do|would) (?:one |a |1 |\w+ ){{0,3}}{HERE} weigh", SURE),
        (r"(?<![\w-])(?:mass|weight)(?:es|s)?(?![\w])(?! (?:spectr|balance|transfer|loss|number|defect|production|percent))", WEAK),
    )),
    Topic("monoisotopic_mass", (
        _say("monoisotopic mass; exact mass; accurate mass; monoisotopic weight; monoisotopic molecular mass; exact molecular mass; "
             "monoisotopic; exact monoisotopic mass; hrms mass; exakte masse; exact masse; monoisotopische masse; monoisotopic mw; monoisotopic mol weight; exact mw"),
        (r"(?:mass|heavy|weigh)\b.*\blightest isotopes(?: only)?|lightest isotopes only.*(?:mass|heavy|weigh)", SURE),
    )),
    Topic("average_mass+monoisotopic_mass", (
        (r"(?:average|mean) (?:and|&|plus|/) (?:the )?(?:monoisotopic|exact)(?: mol\w*)? (?:mass|weight)(?:es|s)?", 0.97),
        (r"(?:monoisotopic|exact) (?:and|&|plus|/) (?:the )?(?:average|mean)(?: mol\w*)? (?:mass|weight)(?:es|s)?", 0.97),
    )),
    Topic("nominal_mass", (_say("nominal mass; integer mass; nominal integer mass; nominal (integer) mass; nominal molecular mass"),)),
    Topic("ion_mz", (
        (r"(?<![\w])m/z(?: values?)?(?: of)?(?: the)?(?: \u2021)?(?!\s*\d)", SURE),
        (r"\u2021", SURE),
        _say("mz; mass to charge; mass to charge ratio; protonated molecule; deprotonated molecule; protonated mass; protonated ion; "
             "deprotonated ion; sodium adduct; potassium adduct; ammonium adduct; chloride adduct; formate adduct; molecular ion; "
             "precursor ion; precursor mass; precursor m/z; adduct; mass of the protonated molecule; pseudomolecular ion; m/z values of"),
        (r"\b(?:positive|negative)(?: ion)? mode\b", WEAK),
    )),
    Topic("isotope_pattern", (
        _say("isotope pattern; isotopic pattern; isotope distribution; isotopic distribution; isotopic envelope; isotope envelope; "
             "isotope peak; isotope cluster; m+2 peak; m+1 peak; m + 2 peak; isotopologue; isotopenmuster"),
        (r"\bm ?\+ ?[12]\b", SURE),
        (r"how (?:intense|strong|high|tall) is the m ?\+ ?\d(?: peak)?", SURE),
    )),
    Topic("unsaturation", (
        _say("degree of unsaturation; degrees of unsaturation; double bond equivalent; dbe; index of hydrogen deficiency; ihd; rdbe; unsaturation; "
             "hydrogen deficiency; rings plus double bonds; unsaturation number; doppelbindungsäquivalente; unsaturation index; dou"),
    )),
    Topic("element_percentages", (
        _say("elemental analysis; mass percent; mass percentage; percentage composition; percent composition; elemental composition; "
             "weight percent; chn; chn analysis; chn values; composition by mass; mass fraction; c/h/n; chn percentages; c/h/n percentages; element percentages; combustion analysis; "
             "percentage composition by mass; mass percent of each element; chn values for the elemental analysis; elementaranalyse"),
        (rf"(?:what |which )?(?:percentage|percent|%|share|fraction|proportion) (?:by (?:mass|weight) )?(?:of )?{_ELEMENTS}(?: by (?:mass|weight))?", SURE),
        (rf"(?:how many|what|which) percent(?:age)?\b.*\b{_ELEMENTS}", SURE),
        (rf"how much {_ELEMENTS} (?:by (?:weight|mass))?", LIKELY),
        (rf"{_ELEMENTS} content", SURE),
        (r"\bcombustion analysis\b|\bcalcd?\.? (?:for )?(?:c, ?h|chn)", SURE),
    )),
    Topic("atom_counts", (
        (rf"{_HOW_MANY}\s*(?:total |single |different )?{_ELEMENTS}(?: atoms?)?(?! (?:bond|mass|deficiency|signal|peak|type|environment|equivalent))", SURE),
        (rf"\b(?:does|do) {HERE} (?:\w+ )?(?:contain|have|include|carry) (?:any |an? )?{_ELEMENTS}\b|\bwhich (?:hetero ?atoms?|elements)\b", LIKELY),
        (rf"{_HOW_MANY}\s*(?:[chnospfi]|cl|br)(?: |-)atoms?", SURE),
        (rf"{_HOW_MANY}\s*atoms", SURE),
        (rf"{_HOW_MANY}\s*atoms of (?:it|each|{HERE})", SURE),
        (r"\bcount (?:the |all |all the )?atoms\b|\batom counts?\b|\btotal atoms\b|\bhow many atoms of \S+", SURE),
        (rf"\b{_ELEMENTS} (?:atom )?count\b", SURE),
    )),
    Topic("hbond_donors", (
        _say("hydrogen bond donor; h bond donor; hbond donor; hbd; hydrogen bonding donor; hb donor; hbd count; hydrogen donor; donor count"),
        _say("donor", LIKELY),
        (r"(?:how many (?:groups|atoms|hydrogens|sites)?.*)?\bdonate (?:an? |hydrogen |h)?[\s-]?(?:h[\s-]?|hydrogen )?bonds?", SURE),
    )),
    Topic("hbond_acceptors", (
        _say("hydrogen bond acceptor; h bond acceptor; hbond acceptor; hba; hydrogen bonding acceptor; hb acceptor; hba count; hydrogen acceptor"),
        _say("acceptor", LIKELY),
        (r"(?:h|hydrogen)[\s-]?bonds? can (?:it|¤) accept|accept(?:s|ing)? (?:h|hydrogen)[\s-]?bonds?", SURE),
    )),
    Topic("hbond_donors+hbond_acceptors", (
        (r"(?:hydrogen[\s-]|h[\s-]?)bond(?:ing)?[\s-]donors?\s*(?:and|or|/|,|&|plus)\s*(?:(?:hydrogen[\s-]|h[\s-]?)bond(?:ing)?[\s-])?acceptors?", 0.97),
        (r"(?:hydrogen[\s-]|h[\s-]?)bond(?:ing)?[\s-]acceptors?\s*(?:and|or|/|,|&|plus)\s*(?:(?:hydrogen[\s-]|h[\s-]?)bond(?:ing)?[\s-])?donors?", 0.97),
        (r"hbd\s*(?:/|and|&|\+)\s*hba", 0.97),
    )),
    Topic("rotatable_bonds", (
        _say("rotatable bond; freely rotatable bond; rotb; nrotb; rotor; nrot; rotatable; drehbare bindungen; rotatable bond count; torsion count"),
        (r"bonds? (?:that )?(?:can|could) (?:freely )?rotate(?: freely)?|rotate freely", SURE),
        (rf"how flexible is {HERE}", LIKELY),
    )),
    Topic("ring_count", (
        (rf"{_HOW_MANY}\s*(?!(?:hetero)?aromatic|benzene)(?:\w+ )??(?:rings?|cycles?|ringe)\b", LIKELY),
        _say("ring count; sssr; number of cycles in the structure; ring number; count the rings; count rings"),
        (rf"(?:is|are) {HERE} (?:mono|bi|tri|poly|a)?cyclic", SURE),
        (rf"{HERE}:? rings?\b|^rings?\b", LIKELY),
    )),
    Topic("aromatic_rings", (
        (rf"how many (?:of )?(?:{HERE} |the |these )?rings? (?:are|is) aromatic", SURE),
        _say("aromatic ring; aromatic ring count; aromatic cycle; number of aromatic rings; heteroaromatic ring; benzene rings; aromatische ringe"),
        (rf"(?:is|are) {HERE} (?:\w+ )?(?:hetero)?aromatic|aromaticity of", SURE),
    )),
    Topic("stereocentres", (
        _say("stereocentre; stereocenter; stereogenic centre; stereogenic center; chiral centre; chiral center; chirality; chiral; achiral; "
             "asymmetric carbon; asymmetric centre; asymmetric center; absolute configuration; r or s; r/s; cip label; cip; cip descriptor; "
             "stereoisomer; meso compound; stereo center; stereo centre; stereozentren; asymmetric; optically active; r or s configuration; "
             "stereogenic carbon; chiral carbon; r/s configuration; cip labels to all chiral centers; chiral atoms"),
        _say("configuration; stereochemistry", LIKELY),
        (r"which carbons are (?:asymmetric|chiral|stereogenic)", SURE),
    )),
    Topic("double_bond_stereo", (
        _say("e or z; e/z; cis or trans; cis/trans; trans or cis; z or e; double bond geometry; double bond stereochemistry; geometry of the double bond; "
             "e or the z; e or the z isomer; z or the e; the e or the z; e/z configuration; configuration of the double bond; stereochemistry of the double bond; alkene geometry; olefin geometry; "
             "geometry of the alkene; cis- or trans; double bond configuration; e or z configuration; stereochemistry of the alkene"),
    )),
    Topic("fsp3", (
        _say("fsp3; fraction sp3; fraction of sp3 carbons; fraction csp3; sp3 fraction; fraction of sp3; csp3; sp3 character; f sp3; sp3 carbon fraction; "
             "fraction of sp3 hybridized carbons; fraction of sp3 hybridised carbons; proportion of sp3 carbons; share of sp3 carbons; sp3 carbons"), (r"(?:fraction|share|percentage|proportion|percent) of (?:its |the |all |\u00a4 )?carbons? (?:atoms? )?(?:that )?(?:are |is )?sp3", SURE),
    )),
    Topic("heavy_atoms", (
        _say("heavy atom; non hydrogen atom; heavy atom count; number of heavy atoms; hac; heavy (non-hydrogen) atoms; atoms but hydrogen; atoms other than hydrogen; "
             "atoms without hydrogen; atoms excluding hydrogen; schweratome; atoms except hydrogen; how many heavy atoms; how many heavy (non-hydrogen) atoms; "
             "how many non-hydrogen atoms; count all atoms but hydrogen; count all atoms except hydrogen; number of non-hydrogen atoms"),
    )),
    Topic("formal_charge", (
        _say("formal charge; net charge; total charge; overall charge; ionic charge; net formal charge; total formal charge; gesamtladung; overall formal charge"),
        _say("charge; ladung", LIKELY),
        (rf"(?:is|are) {HERE} (?:\w+ )?(?:charged|neutral|an ion|a cation|an anion|a zwitterion|ionic)(?: or (?:charged|neutral))?", SURE),
    )),
    Topic("qed", (
        _say("qed; quantitative estimate of drug likeness; quantitative estimate of druglikeness; drug likeness; druglikeness; how drug like; drug likeness score; "
             "drug like; qed score; drug-like is ¤ (qed)"),
    )),
    Topic("logp", (
        (r"(?<![\w])(?:[acmxsw]|crippen |wildman[\s-]crippen |calculated |computed )?log[\s-]?p(?:ow|o/w)?(?:s| values?)?(?![\w])", SURE),
        _say("partition coefficient; octanol water partition coefficient; octanol water; octanol/water; octanol/water partition coefficient; log kow; "
             "logkow; n-octanol/water partition coefficient; octanol-water logp; log pow"),
        _say("lipophilicity; hydrophobicity; how lipophilic; how hydrophobic; how greasy; how hydrophilic; hydrophilicity; wie lipophil; how fatty", LIKELY),
        (rf"(?:is|are) {HERE} (?:\w+ )?(?:lipo|hydro)(?:philic|phobic)", LIKELY),
    )),
    Topic("molar_refractivity", (_say("molar refractivity; refractivity; molar refraction; crippen mr; mr (crippen); mr value; crippen molar refractivity; wildman crippen mr; molar refractivities"),)),
    Topic("tpsa", (_say("tpsa; psa; topological polar surface area; polar surface area; polar surface; polar area; topological psa; polare oberfläche; "
                        "polar surface area (psa)"),)),
    Topic("lipinski", (
        _say("lipinski; rule of five; rule of 5; lipinski rule; lipinski's rule; lipinski's rule of five; lipinski's rule of 5; lipinski rule of five; "
             "lipinski rule of 5; ro5; lipinski violation; lipinski's rules; lipinski check; violations of lipinski's rule of five; ro5 violation; "
             "lipinski compliant; lipinski criteria; rule of five violations; rule of 5 violations"),
    )),
    Topic("veber", (_say("veber; veber rule; veber's rule; veber criteria; veber filter; veber's criteria; veber rules ok"),)),
    Topic("structural_alerts", (
        _say("pains; brenk; structural alert; pains alert; brenk alert; pains filter; brenk filter; toxicophore; pan assay interference; pains compound; "
             "nih alert; reactive alert; structure alert; assay interference compound; pan assay interference compound; medchem alert"),
    )),
    Topic("functional_groups", (
        _say("functional group; functional groups; fgs; fg; chemical group; functional moiety; functional moieties; kind of functional group; kinds of functional groups; "
             "functionality; functionalities; funktionelle gruppe; funktionelle gruppen; funktionellen gruppen"),
        (rf"(?:(?:does|do) {HERE} (?:\w+ )?(?:contain|have|bear|carry|possess|include)|(?:has|have) {HERE}(?: got)?)\s*(?:an? |any )?(?:\w+ )?(?:{{GROUPS}})\b", LIKELY),
        (rf"is {HERE} an? (?:{{GROUPS}})(?: or an? (?:{{GROUPS}}))?\b", LIKELY),
        (rf"is there an? (?:{{GROUPS}})\b.*(?: in {HERE})?", LIKELY),
    )),
    Topic("scaffold", (
        _say("scaffold; murcko scaffold; bemis murcko scaffold; bemis murcko; murcko; murcko framework; core structure; ring framework; ring framework (murcko); "
             "bemis murcko framework; generic scaffold; molecular framework; ring system; bemis-murcko"),
    )),
    Topic("smiles", (
        _say("smiles; canonical smiles; isomeric smiles; smiles string; smiles code; smiles notation; smiles representation; smiles format; smiles formula; kekule smiles; "
             "canonicalize; canonicalise; canonical form; canonical representation"),
    )),
    Topic("inchi", (_say("inchi; standard inchi; inchi string; inchi code; inchi notation; inchi identifier"),)),
    Topic("inchikey", (_say("inchikey; inchi key; standard inchikey"),)),
    Topic("inchi+inchikey", ((r"(?:standard )?inchi (?:and|&|\+|plus|/) inchi[\s-]?key", 0.97),)),
    Topic("selfies", (_say("selfies; selfies string; selfies notation; selfies representation"),)),
    Topic("mol_block", (
        _say("mol block; molblock; mol file; molfile; sdf; sd file; mdl v2000; mdl v3000; v2000; mdl molfile; mdl mol; sdfile; ctab; connection table; sdf file; mdl"),
        (r"\b(?:save|export|write|download|store)\b.*\.(?:mol|sdf)\b", SURE),
    )),
    Topic("draw", (
        (r"(?<![\w])(?:draw|depict|sketch|render|visuali[sz]e|display|zeichne|zeichnen)\b(?! (?:me )?(?:an?|some|any) )", LIKELY),
        _say("skeletal formula; structural formula; 2d structure; lewis structure; strukturformel; structure diagram; line drawing; structural drawing; structure image; structure drawing; structure picture; depiction; skeletal structure"),
        (rf"\b(?:see|show) (?:the |{HERE} ?)?(?:structure|molecule)?\\s*[?.!]*$|\b(?:see|view) {HERE}", WEAK),
        (rf"(?:show|give|make|generate|create|produce|see)(?: me)?(?: us)? (?:an? |the )?(?:picture|image|drawing|depiction|structure)(?: of (?:the structure|{HERE}))?(?! (?:that|with|which|having|containing))", LIKELY),
        (r"^(?:an? |the )?(?:picture|image|drawing|sketch)\b", WEAK),
        (rf"\b(?:what|how) (?:does )?{HERE} looks? like|looks? like\b", LIKELY),
    )),
    Topic("name", (
        _say("iupac", LIKELY),
        _say("iupac name; systematic name; chemical name; nomenclature; preferred name; common name; trivial name; proper name; systematic iupac name; structure to name; "
             "iupac nomenclature; correct name; iupac chemical name; chemical iupac name; official name; molecular iupac name; iupac rules"),
        (rf"\bnames? (?:of|for) {HERE}|\b(?:to|into) (?:an? |its |the |{HERE} )?names?\b|^(?:and |please )?name {HERE}|{HERE} (?:is |are )?(?:called|named)\b|{HERE}'?s? name\b", LIKELY),
        (rf"\b(?:how|what) (?:do|would|should|could|can|to|does|calls) (?:\w+ )?(?:call|name|iupac name) (?:the )?(?:compound )?{HERE}|how calls one", LIKELY),
        (rf"\bhow (?:is|are) {HERE} (?:called|named)|\bwhat(?:'s| is| are) (?:the )?names?\b(?! of the reaction)|(?:^|\b(?:the|a|its|proper|correct|a proper) )names?\b(?=\s*(?:and|,|\+|&|plus|or|[?.!]|$))|wie (?:hei(?:ß|ss)t|nennt man)|{HERE}\s*:?\s*name\b", LIKELY),
    )),
    Topic("same_molecule", (
        _say("same molecule; same compound; same substance; the same as; same thing; same chemical; one and the same; identical; the same structure; same structure; "
             "same as; one compound; one molecule; one substance; another way of writing; another name for; just another name; a synonym of; synonyms; duplicate; duplicates; one and the same compound; one and the same molecule; equivalent smiles; equal", LIKELY),
        (rf"\b(?:is|are) {HERE} (?:really |indeed |actually )?(?:the )?(?:correct |right )?(?:structure|smiles|formula|inchi) (?:of|for) {HERE}", SURE),
        (rf"^(?:so |and )?(?:is|are) {HERE},? {HERE}\s*\??$", SURE),
        (rf"\bdoes (?:the )?(?:name |smiles |inchi )?{HERE} (?:match|correspond to|equal|mean|stand for) (?:the )?(?:name |smiles |inchi )?{HERE}", SURE),
    )),
    Topic("relation", (
        _say("enantiomer; diastereomer; tautomer; tautomers; isomer; enantiomers or diastereomers; stereochemical relationship; relationship between; how are ¤ and ¤ related; "
             "constitutional isomer; structural isomer; stereoisomers of each other; regioisomer; epimer; conformer of; mirror image; mirror images; atropisomer; "
             "geometric isomers; stereochemical relation; resonance structures; anomers", LIKELY),
        (r"how are .{1,40}\brelated\b|\brelation(?:ship)?\b.*\b(?:between|of|to)\b", LIKELY),
    )),
    Topic("similarity", (
        (rf"(?:is|are) {HERE} (?:\w+ )?similar to {HERE}", SURE),
        _say("tanimoto; tanimoto similarity; tanimoto coefficient; similarity; structural similarity; fingerprint similarity; how similar; how alike; tanimoto score; dice similarity; "
             "jaccard; tanimoto index; tanimoto distance; how close"),
        (r"compare (?:their|the) (?:\w+ )?fingerprints|fingerprints? (?:comparison|overlap)|similar (?:are|is)\b", SURE),
    )),
    Topic("substructure", (
        _say("substructure; substructure of; contained in; part of; substructure match; superstructure; smarts; match the smarts; substructure search; subgraph", LIKELY),
        (rf"(?:does|do|is|can) (?:the |a )?(?:fragment |ring |motif |group |pattern |substructure |moiety )?{HERE} (?:occur|appear|found|present|be found|sit|hidden|fit) in(?:side)? {HERE}|does {HERE} (?:contain|include|have|hold|bear) (?:a |an |the )?{HERE}", SURE),
        (rf"is (?:the )?(?:second|first|smaller|one)(?: one)? contained in|(?:contain|include)s? (?:a |an |the )?{HERE}", LIKELY),
        (rf"is (?:a |an |the )?{HERE} (?:ring |unit |moiety |core )?(?:in|inside|within|part of) {HERE}", SURE),
    )),
    Topic("difference", (
        (rf"(?:what|where|how) (?:\w+ ){{0,3}}(?:changed?|changes|differs?)\b.*{HERE} (?:to|and|into) {HERE}", WEAK),
        (rf"\b(?:in what|in which|how|where|what) .*{HERE}.*{HERE}.*\bdiffer\b", SURE),
        _say("difference between ¤ and ¤; what changed from ¤ to ¤; what changes from ¤ to ¤; structures differ; how do ¤ and ¤ differ; structural difference; "
             "where do ¤ differ; how do ¤ differ; where do ¤ and ¤ differ; differ structurally; differences between ¤ and ¤; what changed; difference between them; different between; what is different; what's different; "
             "difference between ¤; differ from"),
    )),
    Topic("balancing", (
        (r"(?<!mass )\bbalanc(?:e|ed|ing)\b(?!.*\b(?:account|diet|sheet|work)\b)", LIKELY),
        (r"\bbalanced? (?:the |this |a )?(?:chemical )?(?:equation|reaction)|stoichiometric coefficients?|gleiche .* aus", SURE),
    )),
    Topic("dilution", (
        (r"\bdilut(?:e|es|ed|ing|ion|ions)\b", LIKELY),
        (r"\bc1\s?v1\b|\bstock(?: solution)?\b.*\bvolume\b|\bvolume\b.*\bstock\b|from (?:a |the |my )?[#\u00a7] stock", SURE),
        (r"[#\u00a7] (?:\u00a4 )?stock", SURE),
        (r"\u00a7.*\u00a7", WEAK),
        (r"\b(?:add|take|need|prepare|make|mix|get|reach|volume|want)\b.*\u00a7.*\u00a7|\u00a7.*\b(?:to|into|from|give|get|make|reach|for)\b.*\u00a7", SURE),
        (r"\bmolarity\b|\bprepare # of (?:a |an )?[#\u00a7] (?:solution|aqueous|\u00a4)|[#\u00a7] stock", LIKELY),
    )),
    Topic("stoichiometry", (
        (r"how many (?:milli|micro|µ|m|n)?mol(?:e|es|s)?\b", SURE),
        (r"how many equiv(?:alents?)? (?:is|are|of)\b|(?:what|which) amount of substance", SURE),
        (r"how many (?:milli|kilo)?grams?\b|how many (?:m|k)?g\b", SURE),
        (r"how much (?!.*\bstock\b).{0,40}(?:do i need|is needed|are needed|must i|should i (?:weigh|take|use)|(?:is|are) #|for #|needed for #)", SURE),
        (r"\bconvert #.* (?:to|into|in) (?:mg|g|mmol|mol|grams?|moles?|milligrams?)\b", SURE),
        (r"theoretical yield|stoichiometry(?: table)?|limiting (?:reagent|reactant)|molar equivalents?|\bequiv(?:alents?)?\b.*(?:mass|grams|weigh)|weigh (?:in|out)", SURE),
        (r"what (?:weight|mass|amount|quantity) of \u00a4 (?:is|are|corresponds to|do i need|gives) (?:for )?#|# (?:of \u00a4 )?(?:in|to) (?:grams?|moles?|mg|mmol)", SURE),
        (r"\bmass of # (?:of )?\u00a4|# of \u00a4\b.*(?:how many|in moles|in mol)", LIKELY),
    )),
)  # fmt: skip
"""Calculations and the words that ask for them."""

FOREIGN: Final = (
    Topic("boiling point", (_say("boiling point; bp; boil; boils; boiling; siedepunkt; sublimation point; sublime"),)),
    Topic("melting point", (_say("melting point; mp; melt; melts; melting; schmelzpunkt; freezing point; freeze"),)),
    Topic("pKa", (_say("pka; pkas; pkb; acidity; basicity; acidic; basic is; how basic; stronger acid; stronger base; strong acid; weak acid; isoelectric point; isoelectric; "
                       "protonation state; ph; pi of; acid strength; dissociation constant; säurestärke"),)),
    Topic("NMR", (_say("nmr; 1h nmr; 13c nmr; chemical shift; coupling constant; cosy; hsqc; proton spectrum; nmr spectrum; nmr signal"),)),
    Topic("spectrum", (_say("mass spectrum; ms spectrum; spectrum of; spectra of; uv vis; ir spectrum; infrared spectrum; raman; absorption maximum; fragmentation; fragmentation pattern; ms/ms fragmentation; uv; absorb; absorbs; "
                            "fluorescence; fluorescent; wavelength; fragment ion; band at; wavenumber; spectrum looks; absorption; extinction coefficient; lambda max; "
                            "describe the spectrum; collision cross section"),)),
    Topic("price", (_say("selling; sold; price; cost; costs; buy; sell; sells; supplier; vendor; cheap; expensive; purchase; order it; catalogue number; catalog number; how much money; preis"),)),
    Topic("identifier", (_say("cas number; cas; cas rn; cas registry number; cas no; pubchem cid; cid; ec number; einecs; un number; chembl id; trade name; brand name; trade names; brand names; "
                              "handelsname; drugbank id; chebi id"),)),
    Topic("density", (_say("density; densities; specific gravity; dichte; g/ml; g/cm3; viscosity; viscous; refractive index; surface tension; dielectric constant; heat capacity; conductivity; "
                           "g/cm³; specific heat"),)),
    Topic("solubility", (_say("solubility; soluble; insoluble; dissolve; dissolves; dissolved; logs; log s; miscible; löslich; löslichkeit; solubilities; miscibility; solubilise; solubilize; esol; aqueous solubility"),)),
    Topic("distribution coefficient", (_say("logd; log d; distribution coefficient; logd7.4"),)),
    Topic("toxicity", (_say("toxic; toxicity; ld50; lc50; carcinogenic; carcinogen; mutagenic; poisonous; poison; dangerous; hazard; hazardous; harmful; safe; safety; lethal; teratogenic; irritant; "
                            "ames; hepatotoxic; hepatotoxicity; herg; cardiotoxic; giftig; gefährlich; toxicology; explosive; flammable; flammability; ghs; h statement; sds; msds; flash point; explode; "
                            "side effect; adverse effect; adverse reaction; overdose; h and p statements; sr-p53; sr p53; nr-ar; clintox; tox21; sider"),)),
    Topic("dose", (_say("tablet; tablets; ointment; cream; syrup; capsule; pill; weight loss; in the body; body; fever; dose; dosage; dosing; daily dose; posology; how many tablets; prescription; contraindication; drug interaction; interact with other drugs; black box warning; pregnancy; taken orally; "
                        "orally; administered; parenterally; topically; prodrug; development stage; phase 1; phase 2; phase 3; approved; approval; fda; clinical trial; clinical trials; withdrawn; on the market"),)),
    Topic("biological activity", (_say("ic50; ec50; ki; kd; binding affinity; affinity; bind; binds; dock; docking; inhibit; inhibits; inhibitor of; potency; potent; bioactivity; activity against; active against; target; "
                                       "half life; metabolite; metabolites; metabolism; metabolic; metabolised; metabolized; clearance; bioavailability; bioavailable; permeability; permeable; permeant; permeate; blood brain; blood-brain barrier; bbb; "
                                       "brain; absorption in the gut; plasma protein; mechanism of action; mode of action; receptor; hiv; bace; bace1; beta-secretase; pharmacokinetics; pharmacokinetic; pharmacology; admet; adme; protein; antibacterial activity; "
                                       "replication; get into; metabolic stability; microsomal; cyp3a4; cyp; biological target; against malaria; bioactive"),)),
    Topic("orbital energies", (_say("homo; lumo; homo lumo gap; band gap; bandgap; gap; orbital; orbitals; frontier orbital; dipole; dipole moment; polarizability; polarisability; ionization energy; ionisation energy; "
                                    "electron affinity; atomic charge; atomic charges; charge at each; charge on each; charge of each; charges on; charges at; mulliken; gasteiger; total energy; electronic energy; partial charge; partial charges; zero point energy; dft; electronegativity; electron density; molecular orbital; hybridisation; hybridization"),)),
    Topic("thermodynamics", (_say("enthalpy; entropy; gibbs; heat of formation; heat of combustion; exothermic; endothermic; vapour pressure; vapor pressure; bond energy; bond strength; bond length; bond angle; bond dissociation energy; ring strain; "
                                  "stability; stable; glass transition temperature; glass transition; half-reaction; redox potential; reduction potential; activation energy; rate constant; equilibrium constant; critical temperature; "
                                  "henry constant; global warming potential; biodegradable; how strong is the; how long is the; strain; faster; kinetics; reaction rate; react faster; reacts faster; temperature does; what temperature"),)),
    Topic("yield of a reaction", (
        _say("high-yielding; high yielding; percent yield; % yield; ausbeute; isolated yield; quantum yield; conversion rate; selectivity; how much product; product do i get in percent; expected yield"),
        (r"(?:^|\b(?:the|what|which|percent\w*|expected|isolated|estimate\w*|predict\w*|my|good|high|low|how much) )yields?\b(?! (?:as|a|an|the)\b)|(?<!would the )(?<!does the )(?<!will the )\breaction yields?\b|\byields? (?:of|in|can|could|do|should|is|will|would|for)\b", SURE),
    )),
    Topic("senses", (_say("smell; smells; odour; odor; taste; tastes; sweet; colour; color; colours; colors; appearance; what does it look like in the bottle; geruch; farbe; bitter"),)),
    Topic("crystal", (_say("crystal; crystallise; crystallize; crystal structure; space group; unit cell; recrystallise; recrystallize; recrystallisation; recrystallization; polymorph; crystallisation; crystallization"),)),
    Topic("laboratory work", (_say("stored; never be mixed; incompatible; incompatible with; avoid; store; storage; dispose; disposal; waste; tlc; eluent; column; chromatography; purify; purification; work this up; work it up; separate; separation; extract it; rf value; hplc; gc; handling; handle; distil; distill; "
                                   "experimental procedure; procedure; how long should i; stir; reflux time; reaction time; solvent dissolves; quench"),)),
    Topic("literature", (_say("patent; patents; patented; paper about; papers; literature; reference; references; publication; doi; who discovered; who first; who invented; discovered; invented; history; first synthesised; first synthesized; "
                              "when was; nobel; article; journal article; find me papers; chembl; pubchem; database; wikipedia; search pubchem for"),)),
    Topic("projection", (_say("newman projection; fischer projection; haworth projection; chair conformation; newman; haworth; projection; energy diagram; reaction coordinate; number all atoms; number the atoms; atom numbering; "
                         "cluster; clustering; chemical space; superimpose; align; matched molecular pairs; enumerate tautomers; tautomers of; all tautomers; all stereoisomers; resonance structures"),)),
    Topic("measurement", (_say("measured value; experimental value; literature value; decomposition product; decomposition products; degradation product; degradation products; decompose; decomposes; degrade; impurity; impurities; "
                           "hydrolysis product of; in seawater; in blood; in plasma; in urine; in air; in soil; in food; in coffee; in nature; in vivo; in vitro; in the atmosphere; effect; effects; is its effect; nucleophile; electrophile; leaving group; "
                           "atom economy; e-factor; e factor; optical rotation; enantiomeric excess"),)),
    Topic("conformation", (_say("3d coordinates; conformer; conformers; conformation; lowest energy; 3d structure; 3d model; van der waals volume; molecular volume; volume of it; minimise; minimize; geometry optimisation; xyz file; pdb file; cartesian; coordinates; "
                                "add hydrogens; dihedral; solvent accessible surface; shape"),)),
    Topic("synthetic accessibility", (_say("easier to; harder to; easiest to; hardest to; easy to synthesise; easy to synthesize; sa score; sascore; synthetic accessibility; synthesizability; scscore; hard to synthesise; hard to synthesize; difficult to make; how hard; how difficult; complexity; easy to make"),)),
    Topic("protein", (_say("protein sequence; amino acid sequence; enzyme sequence; dna; rna; gene; genome; virus; bacteria; antibody; sequence that; disease; inheritance; patients; chemical entities; entities; named entity"),)),
    Topic("mechanism", (_say("mechanism; arrow pushing; electron pushing; sn1; sn2; e1; e2; transition state; intermediate; intermediates; reaction type; type of reaction; reaction class; name reaction; named reaction; name of this reaction; "
                             "name of the reaction; name of this transformation; name of the transformation; kind of reaction; class of reaction; standard name associated; what type of reaction; reaction name; name for this transformation; "
                             "name for the reaction; name for this reaction; map the atoms; atom mapping; atom map; mapping of atoms; atom-atom mapping; name for ¤; called in the literature"),)),
    Topic("analogues", (_say("bioisostere; bioisosteres; derivatives of; similar compounds; similar molecules; compounds similar; molecules similar; neighbours; neighbors; homologue; homologues; homolog; library of; variants of"), (r"(?<!fluorinated )(?<!chlorinated )(?<!brominated )(?<!iodinated )(?<!methylated )(?<!hydroxylated )\banalog(?:ue)?s?\b", SURE))),
    Topic("assistant", (_say("who are you; what can you do; how are you; your name; are you; do you like; can you feel; who made you; what are you; what's up; how old are you"),)),
    Topic(UNFINISHED, (_say(
        "unfinished; incomplete; remaining characters; partial molecule; partial smiles; partially described; valid completion; completion of; completion for; finish this smiles; "
        "finish it off; finish the smiles; complete the smiles; complete it; complete this smiles; rest of the smiles; remaining smiles; start of its smiles; beginning of a; "
        "continuation of; extend it; ending to; partial"),)),
    Topic("everything else", (_say(
        "poem; song; joke; jokes; story; recipe; weather; news; football; soccer; president; capital of; movie; movies; film; films; stock market; python; program; code that; rdkit code; write code; script; translate 'molecular; translate this; "
        "into french; into german; in french; into english; into spanish; world cup; war; essay; email; letter; article; book; city; country; game; travel; pizza; restaurant; calendar; meeting; phone; phones; exam; stain; wine; cat; dog; elephant; "
        "earth; universe; universities; university; company; account; account balance; love; meaning of life; bomb; rain; tomorrow; yesterday; birthday; formula 1; formula one; race; train; station; time is it; egg; programming language; boss about; "
        "wetter; phase diagram; ideal gas; isolated from; was isolated; found in nature; extracted from; metabolite from; produced by the organism; dummy atoms; shortest path; score of the unknown; "
        "best-selling; periodic table; x^2; france; paris"),)),
    Topic("verification", (
        (r"\b(?:correct|right|wrong|valid|ok|true|plausible)\s*\??$|\bwhat(?:'s| is) wrong\b|\bis the \w+ (?:correct|right|valid|wrong)\b", SURE),
        (r"\b(?:hydrogens?|protons?|carbons?|nitrogens?|atoms)\b.*\b(?:can be (?:exchanged|replaced|removed)|exchangeable|labile|attached to|bonded to|adjacent to|on (?:the )?(?:nitrogen|oxygen|carbon|sulfur)|equivalent)\b", SURE),
        (r"\b(?:quaternary|equivalent|exchangeable|acidic|labile|primary|secondary|tertiary|methylene|vinylic|benzylic|allylic) (?:carbons?|hydrogens?|protons?|nitrogens?)\b", SURE),
    )),
    Topic("theory", (
        (r"\bgood or bad\b|\bis an? (?:high|low|large|small)\b.*\b(?:good|bad|better|worse|desirable)\b|\bwhat(?:'s| is| are) an? (?:good|ideal|typical|normal|acceptable|recommended|usual)\b", SURE),
        (r"\bhow (?:accurate|reliable|precise|good) (?:is|are)\b|\bwhich (?:software|program|tool|method)\b", SURE),
        (r"^(?:why|when|who(?! or what)|whose|where can|where do)\b(?!.*\b(?:disconnect|differ|heavier|lighter|reacts?)\b)", SURE),
        (r"^(?:and )?how (?:do|does|can|should|would) (?:you|one|i|we|people) (?:calculate|compute|determine|find|work out|get|derive|measure) (?:the |an? )?(?!.*\u00a4)", SURE),
        (r"\b(?:define|meaning of|what does .{2,30} mean|what is meant by|explain .{0,20}(?:rule|principle|theory|concept|law|effect)|definition of|how is the .{2,40} (?:calculated|computed|defined|measured|determined)|"
         r"how (?:does|do|can|is|are) the .{2,40} (?:influence|affect|depend|change|relate)|influence[sd]?|affects?|depends? on|correlat\w+|distribution of my|weight distribution|limit applies|applies to|good hydrogen bond donors|in general|typically|typical)\b", SURE),
        (r"\bwhat (?:is|are) an? (?:smiles|inchi|inchikey|enantiomer|diastereomer|tautomer|isomer|ester|amide|aldehyde|ketone|nucleophile|electrophile|radical|catalyst|buffer|acid|base|functional group|scaffold|stereocentre|stereocenter|"
         r"mole|isotope|polymer|drug|molecule|reagent|solvent|retrosynthesis|protecting group|leaving group|hydrogen bond)(?: (?:string|rule|in chemistry))?\s*\??$", SURE),
        (r"\bdifference between (?:sn1|e1|an? \w+ and an? \w+|smiles and inchi|\w+ and \w+ (?:reactions?|mechanisms?))|\bwhat does (?:logp|tpsa|qed|smiles|psa|ro5|lipinski)\b.*\bmean\b|\bexplain (?:the )?(?:\w+'s|hückel|markovnikov|mechanism)", SURE),
        (r"\bwrite (?:me )?(?:rdkit|python|a (?:script|program))|\btranslate '", SURE),
    )),
)  # fmt: skip
"""What people ask for that nothing here answers; the words that name it."""

GROUP_PHRASES: Final = (
    r"carboxylic acids?|carboxyl(?:ate)?s?|acids?|esters?|amides?|amines?|alcohols?|phenols?|ketones?|aldehydes?|nitro|nitriles?|cyano|ethers?|thiols?|"
    r"sulfonamides?|halogens?|halides?|epoxides?|alkenes?|alkynes?|double bonds?|triple bonds?|hydroxyl?s?|carbonyls?|lactams?|lactones?|ureas?|carbamates?|"
    r"anhydrides?|imines?|azides?|boronic acids?|acid chlorides?|acyl chlorides?|acetals?|hemiacetals?|sulfoxides?|sulfones?|disulfides?|thioethers?|amino|"
    r"(?:free |primary |secondary |tertiary )?(?:oh|nh2?|cooh|cho|cf3|no2|cn)(?: groups?)?|(?:benzene|phenyl|pyridine|heterocyclic|furan|thiophene|imidazole|cyclohexane|indole|piperazine|piperidine) rings?|primary amines?|secondary amines?|tertiary amines?|primary alcohols?|secondary alcohols?|methoxy|phosphates?|guanidines?|hydrazines?|oximes?"
)


def find_topics(words: str) -> list[Found]:
    """Return the topics that a text in lower case speaks of, from left to right, none inside another.

    >>> [found.name for found in find_topics("exact mass and boiling point of \u00a4")]
    ['monoisotopic_mass', 'boiling point']
    """
    matches = sorted(_match(words), key=lambda found: (found.start - found.end, -found.weight, found.start))
    kept: list[Found] = []
    for found in matches:
        if all(found.end <= other.start or found.start >= other.end for other in kept):
            kept.append(found)
    return sorted(kept, key=lambda found: found.start)


def _match(words: str) -> Iterator[Found]:
    for topic, patterns, foreign in _compiled():
        for pattern, weight in patterns:
            for match in pattern.finditer(words):
                if match.end() > match.start():
                    yield Found(topic, weight, match.start(), match.end(), foreign)


@cache
def _compiled() -> tuple[tuple[str, tuple[tuple[re.Pattern[str], float], ...], bool], ...]:
    return tuple(
        (
            topic.name,
            tuple((re.compile(pattern.replace("{GROUPS}", GROUP_PHRASES)), weight) for pattern, weight in topic.patterns),
            foreign,
        )
        for topics, foreign in ((CALCULATIONS, False), (FOREIGN, True))
        for topic in topics
    )
