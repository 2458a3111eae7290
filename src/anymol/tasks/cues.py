"""Patterns that point a free question at a task, each with a weight, and words that point outside all tasks."""

from __future__ import annotations

import re
from typing import Final

HERE: Final = "\u00a4"
"""Stands for a molecule that is given: a notation in the question, or words such as 'this molecule'."""

MAKE = r"(?:make|made|synthesi[sz]ed?|prepared?|produced?|obtain(?:ed)?|manufactured?|built|build)"
EDIT = (
    r"(?:add(?:ing)?|attach|introduce|install|append|remove|removing|delete|strip|take away|replace|replacing|swap|"
    r"substitute|exchange|(?:de)?(?:fluorin|chlorin|bromin|iodin|hydroxyl|methyl|nitr|amin|acetyl)ate)"
)
GROUP = (
    r"(?:group|fluor\w+|chlor\w+|brom\w+|iod\w+|halogens?|hydroxyl?|alcohol|thiol|amin[oe]|amides?|cyano|nitrile|nitro|acid|"
    r"carboxyl\w*|aldehyde|ester|\w*acetyl|\w*methyl\w*|ethyl|isopropyl|tert-butyl|phenyl|vinyl|ethynyl|\w*methoxy|ethoxy|"
    r"azid[oe]|sulfonamide|ketone|oh|nh2|cf3|ome|cooh|br|cl|no2|cn)"
)
_SOME = r"(?:an?|some|one|new|novel|me|us|small|drug-like|the|\s|organic|stable|simple|possible)*"
THING = r"(?:molecules?|compounds?|structures?|chemicals?|drugs?|candidates?|ligands?|inhibitors?)"

_ASK_FOR = "generate|create|propose|suggest|make|find|give|show|write|imagine|i (?:need|want)|which|what"
_SUCH = r"with|that|which|having|containing|fit\w*|match\w*|satisf\w*|whose|for|like|as|without|of (?:mw|molecular)"

CUES: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "forward_reaction": (
        (r"(?<!natural )\bproducts?\b", 0.6),
        (r"\b(?:reacts?|reacted|reacting|reaction)\b", 0.4),
        (r"\bwhat (?:do|does|will|would|is|are|get)\b.*\b(?:give|form|formed|yield|produced?|become|react to)\b", 0.55),
        (r"\b(?:what forms|forward (?:synthesis|reaction|prediction)|outcome|complete (?:the|this) reaction)\b", 0.6),
        (rf"\bwhat (?:happens|do i get|will i get|comes out)\b.*(?:mix|combin|react|together|{HERE})", 0.7),
        (rf"{HERE}.*\b(?:mix\w*|combin\w*|heat\w*|treat\w*|with)\b.*{HERE}.*\b(?:what|product|form|give|happen)", 0.5),
        (rf"{HERE}\s+(?:give|form|yield)s?\b", 0.3),
    ),
    "retrosynthesis": (
        (r"\bretro(?:-?\s?synthe\w+)?\b|\bdisconnect\w*\b", 0.95),
        (r"\b(?:precursors?|starting materials?|building blocks?|synthons?)\b", 0.8),
        (r"\b(?:which|what|suggest|propose|find|give|list|predict|name)\b(?: \w+){0,2} reactants\b", 0.8),
        (rf"\bhow (?:can|could|do|does|would|to|is|are|might|should)\b.*\b{MAKE}\b", 0.8),
        (rf"\b{MAKE} from\b|\bfrom what\b.*\b{MAKE}\b", 0.6),
        (r"\b(?:synthe(?:sis|tic)) (?:route|plan|path\w*|step)s?\b|\broutes? to\b", 0.75),
        (r"\b(?:propose|suggest|plan|give|find|show|devise)\b.*\bsynthesis\b", 0.7),
        (r"\bsynthesis (?:of|for)\b", 0.55),
        (rf"\bsynthesi[sz]ed?\b|\b(?:prepare|make) {HERE}", 0.5),
    ),
    "reagent_prediction": (
        (r"\breagents?\b", 0.8),
        (r"\b(?:reaction )?conditions\b", 0.6),
        (r"\bcatalysts?\b|\bsolvents?\b", 0.6),
        (r"\b(?:catalysts?|solvents?|base|acid)\b.*\b(?:turn|convert|transform)", 0.4),
        (r"\b(?:needed|required|necessary|used?|need)\b.*\b(?:to|for) (?:convert|turn|transform|mak|get|go)\w*", 0.5),
        (rf"\b(?:convert|turn|transform|chang|go)\w*\b.*{HERE}.*\b(?:to|into)\b.*{HERE}", 0.4),
        (rf"\bhow\b.*\b(?:convert|turn|transform|go from)\b.*{HERE}.*{HERE}", 0.4),
    ),
    "captioning": (
        (r"\b(?:describe|description|caption|summari[sz]e|characteri[sz]e)\b", 0.7),
        (r"\btell (?:me|us) (?:more |something )?about\b", 0.6),
        (r"\bwhat (?:can you|do you|is|do we) (?:tell|known?|say)\b", 0.6),
        (r"\bwhat (?:kind|sort|type|class|family)\b.*\b(?:of|is|does)\b", 0.6),
        (rf"\bwhat(?:'s| is| are)\s+(?:it\b|{HERE}(?:\s*[?.!]|$))|\bidentify {HERE}", 0.6),
        (rf"\b(?:explain|information|facts|details|background)\b.*(?:{HERE}|about|on)", 0.5),
        (rf"{HERE}.*\b(?:used for|good for|useful|found in|occur|come from)\b|\b(?:used for|uses? of|usage)\b", 0.55),
        (rf"\bwhat does {HERE} do\b|\b(?:role|application|purpose|origin|function)s? (?:of|does|has)\b", 0.55),
    ),
    "molecular_weight": (
        (r"\b(?:molecular|molar|formula|average|relative)[- ](?:weight|mass)(?:es)?\b", 0.95),
        (r"\bmol\.? ?(?:wt|weight)\b|\bmw\b", 0.95),
        (r"\bhow heavy\b|\bg/mol\b|\b(?:how much|what) (?:does|do|would)\b.*\bweigh\b|\bdaltons?\b", 0.8),
        (r"\b(?:weight|mass|weighs)\b", 0.5),
    ),
    "logp": (
        (r"\b[acmxsw]?log[- ]?p(?:ow)?\b|\blog[- ]?kow\b", 0.95),
        (r"\b(?:octanol|partition coefficient|lipophilic\w*|hydrophobic\w*|hydrophilic\w*)\b", 0.8),
    ),
    "tpsa": (
        (r"\bt?psa\b", 0.95),
        (r"\bpolar (?:surface|area)\b", 0.9),
    ),
    "name_to_molecule": (
        (r"\b(?:structure|structural formula|skeletal formula)\b(?! (?:with|that|having|containing))", 0.5),
        (r"\b(?:smiles|selfies|inchi)\b.*\b(?:of|for|is|as)\b", 0.6),
        (r"\b(?:called|named|iupac|goes by)\b", 0.6),
        (r"\bdraw\b|\blooks? like\b|\bwhat (?:molecule|structure|compound) is\b", 0.55),
        (r"\b(?:to|into|as|in)\s+(?:a |an |its |the )?(?:smiles|selfies|inchi|structure|structural formula)\b", 0.6),
        (r"\bname\b.*\b(?:to|into|as|mean|stand|refer)\b", 0.6),
    ),
    "molecule_to_name": (
        (r"\b(?:iupac|systematic|chemical|preferred)(?: \w+)? names?\b(?!\s+(?!of\b|for\b|please\b)\w)", 0.75),
        (rf"\bnames? (?:of|for)\b|\b(?:to|into) (?:an? |its |the )?(?:\w+ )?names?\b|\bname {HERE}", 0.6),
        (rf"(?:what|how) (?:is|are|was|do you call|would you call|should i call)\b.*{HERE}.*\b(?:called|named)\b", 0.6),
        (rf"{HERE}.*\b(?:called|named)\b|\bnomenclature\b|\b(?:name|call) (?:it|this)\b|\bits name\b", 0.55),
    ),
    "text_guided_design": (
        (rf"\b(?:design|invent|dream up|come up with|devise)\b.*\b{THING}\b|^design\b", 0.85),
        (rf"\b(?:{_ASK_FOR}) {_SOME}\b{THING}\b(?=.*\b(?:{_SUCH})\b|\s*:)", 0.6),
        (r"\b(?:specification|this description|description:|constraints?|criteria|requirements?)\b", 0.5),
    ),
    "molecule_editing": (
        (rf"(?:^|[,:;.]\s*|\b(?:please|you|and|to|we|i|me|if|by)\s+){EDIT}\b", 0.5),
        (rf"\b{EDIT}\b.*\b{GROUP}\b", 0.6),
        (r"\bbecomes? an?\b.*\b(?:group|atom)\b", 0.3),
        (rf"\b(?:edit|modify|alter|mutate)\b.*(?:{HERE}|molecule|structure)", 0.6),
        (rf"\b(?:chang|turn|convert)\w*\b.*\b{GROUP}\b.*\b(?:to|into)\b.*\b{GROUP}\b", 0.75),
        (rf"\b(?:without|minus|lacking) (?:the|its)\b.*\b{GROUP}\b", 0.55),
    ),
    "reaction_completion": (
        (r"\bmissing (?:part|molecule|piece|component)s?\b|\bpart is missing\b", 0.9),
        (r"\bwhat is missing\b|\bwith a gap\b|\bfill (?:in )?the gap\b", 0.9),
    ),
    "reaction_recognition": (
        (r"\b(?:reaction )?scheme\b", 0.85),
        (r"\b(?:which|what) reaction\b|\breaction (?:is|was) (?:this|drawn|shown)\b", 0.85),
        (r"\b(?:read|recogni[sz]e|transcribe|write|identify)\b.*\breaction\b", 0.85),
    ),
    "molecule_recognition": (
        (rf"\b(?:which|what)(?: \w+)? (?:{THING}|substance)\b.*\b(?:is|was|this|shown|drawn|belongs?)\b", 0.75),
        (r"\b(?:identify|recogni[sz]e|elucidate|decipher)\b", 0.8),
        (r"\b(?:what|which) (?:is|was)\b(?: \w+)*? (?:this|it|shown|drawn|measured)\b|\bwhat(?:'s| is) this\b", 0.7),
        (r"\b(?:what is|write|give|show|find|determine)\b(?: \w+)? (?:structure|smiles|selfies)\b", 0.75),
        (r"\b(?:spectr(?:um|a)|drawing|picture|image|photo|scan|sketch|geometry|coordinates|graph)\b", 0.5),
    ),
}  # fmt: skip
"""Patterns over the lower-cased question, with the given molecules masked, and how strongly each points at a task."""

# Properties of molecules that no task here answers, and everything else that people ask an assistant.
_FOREIGN = (
    r"boil\w*|melt(?:ing)?|freez\w+|flash point|vapou?r pressure|densit\w+|refractive|viscosit\w+|solub\w+|toxi\w+|"
    r"(?:the|percent|%) yield|ld50|ic50|ec50|ki|pka|ph|pi|nmr|spectr\w+|half-life|"
    r"dos(?:e|es|age)|side effects?|smell|taste|odou?r|colou?rs?|"
    r"bioavail\w+|dock(?:ing)?|binding affinity|bind|homo|lumo|band ?gap|dipole|enthalp\w*|entrop\w*|qed|complexity|"
    r"exact mass|monoisotopic|permeab\w+|blood|hiv|crystal"
)
_ELSEWHERE = (
    r"price|cost|buy|sell|suppliers?|poem|song|joke|story|recipe|weather|news|football|soccer|president|capital|movie|film|"
    r"stock|python|code|program|translat\w+|world cup|war|homework|essay|email|letter|article|"
    r"book|city|country|game|travel|pizza|restaurant"
)
OUTSIDE: Final = re.compile(rf"\b(?:{_FOREIGN}|{_ELSEWHERE})\b|^(?:who|when|where|why)\b")
"""Things that no task here answers; each such word takes from the score."""
