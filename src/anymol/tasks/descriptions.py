"""Tasks between molecules and words: describing one, naming one, and finding the one a name means."""

from __future__ import annotations

from typing import Final

from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.metrics.naming import NAME_METRICS
from anymol.metrics.text import TEXT_METRICS
from anymol.tasks.computing import compute_name, compute_structure
from anymol.tasks.cues import HERE
from anymol.tasks.mentions import mention_name
from anymol.tasks.parsing import parse_molecule, parse_name, parse_text
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput
from anymol.tasks.verification import verify_caption, verify_name, verify_naming

CAPTIONING: Final = Task(
    name="captioning",
    version=1,
    family="mol2text",
    summary="Describe a molecule in words: its class, origin, role.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.TEXT,
    phrasings=(
        "Describe {molecule}.",
        "What is {molecule}?",
        "What kind of compound is {molecule}?",
        "Tell me about {molecule}.",
        "Give a description of {molecule}.",
        "What is known about {molecule}?",
        "Write a caption for {molecule}.",
        "What is {molecule} and what is it used for?",
    ),
    parse=parse_text,
    metrics=TEXT_METRICS,
    verify=verify_caption,
    example=(
        TaskInput(molecule="CC(=O)Oc1ccccc1C(=O)O"),
        "The molecule is a benzoic acid with an acetyloxy group at position 2. It is used against pain and fever.",
    ),
    words="""
        general structure structural textual how who describe description overview sentence explain class natural
        product word detail detailed role summary summarise summarize classify beschreibe beschreibung information line
        two three few caption use used useful good for as background characterise characterize insecticide smiles
        selfies facts notes about application purpose origin function stuff more interesting paragraph introduce text
        plain know family group come from made else
    """,
    cues=(
        (
            r"\b(?:describe|description|caption|summary|summari[sz]e|characteri[sz]e|classify|overview|"
            r"beschreibe|beschreibung)\b",
            0.7,
        ),
        (r"\btell (?:me|us) (?:more |something |a bit )?about\b", 0.7),
        (r"\bwhat(?:'s)? (?:can you|do you|is|do we|else is)?\s?(?:tell|known?|say)\b", 0.6),
        (rf"\b(?:what|which) (?:\w+ )?(?:kind|sort|type|class|family|group)\b(?: of)?.*(?:{HERE}|\bbelong)", 0.65),
        (
            rf"\bwhat(?:'s| is| are|s)\s+{HERE}(?:\s*(?:[?.!]|$|(?:exactly|actually)\b|and what\b))|"
            rf"\bidentify {HERE}|^what is {HERE}$",
            0.7,
        ),
        (rf"\b(?:explain|informations?|facts|details|background|notes)\b.*(?:{HERE}|about|on)", 0.6),
        (rf"{HERE}.*\b(?:used for|good for|useful|occur|come from)\b|\b(?:used for|uses? of|usage)\b", 0.65),
        (rf"\bwhat does {HERE} do\b|\b(?:role|application|purpose|origin|function)s? (?:of|does|has)\b", 0.6),
        (rf"\bis {HERE} a natural product\b", 0.6),
        (rf"\bwas ist {HERE}\s*(?:[?.!]|$)", 0.7),
        (rf"\bwhat (?:drug|substance|chemical) is {HERE}\s*[?.!]*$", 0.7),
        (
            rf"\binfos? (?:on|about)\b|\bsay something about\b|\bwho or what is {HERE}|\bwhat (?:stuff|"
            rf"substance) is\b|\bwhat is {HERE} stuff\b",
            0.65,
        ),
        (rf"\b(?:in|for|as) what is {HERE} used\b|\bwhat is {HERE} used (?:for|as|in)\b", 0.65),
        (r"\bwhat(?:'s| is| are) (?:that|this|the) stuff\b|\bwhat am i looking at\b", 0.65),
        (r"\b(?:write|say|give)\b.*\b(?:sentences?|words|lines|paragraph)\b.*\b(?:about|on)\b", 0.7),
    ),
)

NAME_TO_MOLECULE: Final = Task(
    name="name_to_molecule",
    version=1,
    family="text2mol",
    summary="Write the structure that a chemical name means.",
    required=(Slot.TEXT,),
    answer=AnswerKind.MOLECULE,
    phrasings=(
        "Which molecule is called {text}?",
        "What is the structure of {text}?",
        "Write {text} as a molecule.",
        "Give the structure named {text}.",
        "Convert the name {text} to a structure.",
        "Name to structure: {text}",
        "Draw {text}.",
    ),
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_name,
    compute=compute_structure,
    screened=False,
    find_mentions=mention_name,
    # The reference decides anyway, and not every machine has OPSIN.
    costly_checks=True,
    example=(TaskInput(text="2-chloropyridine"), "Clc1ccccn1"),
    words="""
        if called predict parse > -> how smiles selfies draw iupac convert translate turn representation represent look
        sketch hide behind stand formula picture drawing diagram structural skeletal lewis 2d depict depiction zeichne
        zeichnen code line can't remember name call systematic image strukturformel struktur generate common trivial
        like 2 d
    """,
    cues=(
        (
            r"\b(?:structure|structural formula|skeletal formula|struktur|strukturformel)\b(?! (?:with|that|"
            r"having|containing|in common|of the product))",
            0.6,
        ),
        (r"\bsmiles\b.*\b(?:of|for|is|as|from)\b", 0.4),
        (rf"\b(?:which|what) (?:molecule|structure|compound) (?:is|hides|has|belongs)\b.*{HERE}", 0.6),
        (rf"\blooks? like\b|\bwhat does {HERE} stand for\b", 0.55),
        (
            rf"{HERE} (?:to|into|as|in)\s+(?:a |an |its |the )?(?:smiles|selfies|structure|structural "
            r"formula|molecule)\b",
            0.7,
        ),
        (rf"\bname (?:to structure|to smiles|{HERE} (?:to|into|as|mean))|\bthe name {HERE}", 0.6),
    ),
)

MOLECULE_TO_NAME: Final = Task(
    name="molecule_to_name",
    version=1,
    family="mol2text",
    summary="Give the systematic name of a molecule.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.TEXT,
    phrasings=(
        "What is the IUPAC name of {molecule}?",
        "Name {molecule}.",
        "Give the systematic name of {molecule}.",
        "What is {molecule} called?",
        "Convert {molecule} to its IUPAC name.",
        "Structure to name: {molecule}",
        "Write the chemical name of {molecule}.",
        "How is {molecule} named systematically?",
    ),
    parse=parse_name,
    metrics=NAME_METRICS,
    verify=verify_naming,
    compute=compute_name,
    example=(TaskInput(molecule="CC(=O)Nc1ccc(O)cc1"), "N-(4-hydroxyphenyl)acetamide"),
    words="""
        fit how in picture image two cas iupac smiles systematic call name according translate convert nomenclature
        predict representation rule heisst heißt nennt trivial designation generate come across research appreciate
        preferred identify common turn structure would
    """,
    cues=(
        (
            r"\b(?:iupac|systematic|chemical|preferred)(?: \w+)? names?\b(?!\s+(?!of\b|for\b|"
            r"please\b)\w)(?!\s*:?\s*\u00a4)",
            0.75,
        ),
        (rf"(?:what|how) (?:is|are|was|do you call|would you call|should i call)\b.*{HERE}.*\b(?:called|named)\b", 0.6),
    ),
)
