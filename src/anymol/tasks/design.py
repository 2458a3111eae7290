"""Tasks that change or invent molecules."""

from __future__ import annotations

import re
from typing import Final

from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.tasks.cues import EDIT, GROUP, HERE, THING
from anymol.tasks.design_mentions import asks_design, mention_description
from anymol.tasks.edit_groups import list_words
from anymol.tasks.edit_mentions import asks_edit, mention_edit
from anymol.tasks.edit_words import tidy_edit
from anymol.tasks.numerals import NUMERALS
from anymol.tasks.parsing import parse_molecule
from anymol.tasks.specification_words import tidy_specification
from anymol.tasks.task import AnswerKind, Baseline, Slot, Task, TaskInput
from anymol.tasks.verification import verify_design, verify_edit

_SOME = (
    r"(?:an?|any|some|one|new|novel|me|us|small|drug-like|\s|organic|stable|simple|possible|chiral|plausible|"
    r"reasonable|aromatic|cyclic|example of|[\w-]+-free|fully|rigid|flexible|saturated|unsaturated|linear|branched|"
    r"fluorinated|chlorinated|brominated|halogenated|heterocyclic|heteroaromatic|neutral|simple|larger?|tiny|compact)*"
)
_ASK_FOR = (
    "generate|create|propose|suggest|make|find|give|show|write|imagine|(?:i|we) (?:need|want)|i'?d (?:like|love)|"
    "would (?:like|love)|(?:am|are|'m) after|which|what|draw|come "
    "up with|make up|looking for|conceptuali[sz]e|think of|construct|build|synthesi[sz]e|provide|identify|"
    "an? example of"
)
_SUCH = (
    r"with|that|which|having|containing|compris\w*|bearing|carrying|featuring|fit\w*|match\w*|satisf\w*|whose|for|like|as|without|compos\w*|"
    r"consist\w*|from|based|amino|of (?:mw|molecular)"
)

_GROUP_WORDS = " " + " ".join(sorted({word for name, _ in list_words() for word in re.findall(r"[a-z0-9]+", name)}))
"""The words in the names of all groups that an edit may speak of."""

TEXT_GUIDED_DESIGN: Final = Task(
    name="text_guided_design",
    version=1,
    family="text2mol",
    summary="Design a molecule that fits a specification or a description.",
    required=(Slot.TEXT,),
    answer=AnswerKind.MOLECULE,
    phrasings=(
        "Design a molecule: {text}",
        "Propose a molecule that fits: {text}",
        "Which molecule matches this description: {text}",
        "Create a molecule as described: {text}",
        "Invent a structure with: {text}",
        "Generate a molecule for: {text}",
        "Find a molecule like this: {text}",
    ),
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_design,
    open_ended=True,
    tidy_text=tidy_specification,
    find_mentions=mention_description,
    is_request=asks_design,
    describes_answer=True,
    example=(TaskInput(text="1 ring, 1 carboxylic acid, molecular weight 100 to 150"), "O=C(O)c1ccccc1"),
    words="""
        formula after how any generate design smiles selfies suggest description propose create match invent satisfy
        satisfies based fit group small example text constraint criteria criterion requirement specification new novel
        following characteristics think build synthesise synthesize draw describe valid consistent meet fulfil fulfill
        drawn condition write construct build comprise comprising consist consisting compose composed exactly imagine
        devise look looking structure show i me us rigid flexible saturated unsaturated fully linear branched neutral
        want need like would something one organic
    """,
    cues=(
        (
            r"\b(?:design|invent|dream up|come up with|devise|conceptuali[sz]e)\b(?!.*\b(?:synthe\w+|route|"
            rf"reaction|scheme|sequence|pathway|protein)\b).*\b{THING}\b",
            0.85,
        ),
        (
            r"^(?:an? |one |any )?(?:molecules?|compounds?) (?:with|having|that|containing|of (?:mw|"
            r"molecular weight|less|more|at most|at least))\b",
            0.7,
        ),
        (
            r"\b(?:design|invent|come up with|make up|propose|suggest|generate|find me|give me|think of)\b an? "
            r"(?:[\w-]+ ){0,3}(?:amine|acid|alcohol|ester|ketone|amide|aldehyde|ether|nitrile|thiol|"
            r"sulfonamide|heterocycle|hydrocarbon|peptide|drug|lactone|lactam|phenol|epoxide|alkene|alkyne|"
            r"aniline|pyridine|indole|steroid|sugar|halide|anhydride|carbamate|urea)\b.*\b(?:with|of|having|that|without|whose|"
            r"below|above)\b",
            0.65,
        ),
        (
            rf"^(?:what|which) (?:molecule|compound|structure) (?:has|contains|consists of) (?:exactly |only |just )?"
            rf"(?:\d+|{'|'.join(NUMERALS)}|no) (?!or\b)",
            0.6,
        ),
        (
            rf"\b(?:construct|build|make(?: me)?|create|give me|(?:i|we) (?:want|need)|i'?d like) an? (?:[\w-]+ "
            rf"){{0,3}}"
            rf"{GROUP}(?:\w*) (?:with|having|that|without|bearing)\b",
            0.65,
        ),
        (r"\b(?:make|create|build|construct) an? (?:[\w-]+ ){0,3}molecule\b", 0.4),
        # Benchmarks state a description and nothing else.
        (
            r"^(?:the|there is an?) (?:molecule|compound) (?:is|has|contains|consists of|composed of|"
            r"consisting of|with)\b[^?]*$",
            0.7,
        ),
        (
            rf"\b(?:{_ASK_FOR}) {_SOME}\b{THING}\b(?!\s+(?:for|of|as|like)\s+\u00a4)"
            rf"(?!\s+(?:results?|arises?|emerges?|forms?|do|does|did|will|would|is|are|was)\b)(?=.*\b(?:{_SUCH})\b|\s*:)",
            0.6,
        ),
        (r"\b(?:constraints?|criteria|requirements?|specification):.*\b(?:molecule|compound|structure)\b", 0.6),
        (
            r"\b(?:specification|(?:this|the|given|following) description|description:|constraints?|criteria|"
            r"requirements?|requirements description)\b",
            0.5,
        ),
        (
            r"\bthe molecule (?:is|has|contains|consists of|is composed of)\b.*\b(?:generate|make|write|"
            r"create|design|propose)\b",
            0.7,
        ),
        (r"\bthere is a molecule\b.*\b(?:generate|make|write|create|design|propose)\b", 0.7),
        (r"\b(?:match|fit|based on|satisf)\w*\b.*\b(?:description|characteristics|conditions)\b", 0.5),
    ),
)

MOLECULE_EDITING: Final = Task(
    name="molecule_editing",
    version=1,
    family="mol2mol",
    summary="Add, remove or replace a functional group and keep the rest of the molecule.",
    required=(Slot.MOLECULE, Slot.TEXT),
    answer=AnswerKind.MOLECULE,
    phrasings=(
        "Edit {molecule}: {text}.",
        "Modify {molecule}: {text}.",
        "Take {molecule} and {text}.",
        "In {molecule}, {text}.",
        "Starting from {molecule}, {text}.",
        "Change {molecule} as follows: {text}.",
        "With {molecule}, please {text}.",
    ),
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_edit,
    open_ended=True,
    tidy_text=tidy_edit,
    find_mentions=mention_edit,
    is_request=asks_edit,
    baselines=(Baseline.COPY_INPUT,),
    example=(TaskInput(molecule="Brc1ccccc1", text="replace the bromine by a cyano group"), "N#Cc1ccccc1"),
    words="""
        structure n o nitrogen oxygen carbon somewhere go goes added installed missing should must needs ought primary
        secondary how analogue replace modify take swap substitute exchange add remove delete strip attach introduce
        install append insert put drop lose cut off out away get rid keep keeping rest unchanged intact group hydroxyl
        hydroxy chlorine oh analog version derivative methoxy instead smiles bromine acid support thiol halo halogen
        nitrile nh2 nh fluorinated chlorinated brominated iodinated methylated hydroxylated nitrated acetylated aminated
        turn ester amide fluorine fluoro chloro bromo iodo amine cyano cf3 cf ch3 ch phenyl ring iodine place methyl
        ethyl propyl isopropyl butyl tert more change ome ocf3 ocf carboxylic carboxyl if edit nitro becomes become
        amino another one two three extra additional further second aldehyde ketone alcohol ether vinyl allyl benzyl
        acetyl formyl trifluoromethyl carbonyl sulfonamide sulfone azide azido alkyne ethynyl cooh co2h co2me conh2 no2
        cn nme2 sh och3 oet br cl f i benzene pyridine atom without new resulting fluorinate chlorinate brominate
        iodinate methylate hydroxylate nitrate aminate acetylate hydrogen position 1 2 3 4 5 6 same modified lacking
        minus by draw addition removal everything else alone completely entirely leave leaving scaffold core
        stereocentre stereocenter stereochemistry configuration chirality stick tack bolt decorate graft trade switch
        knock cleave eliminate excise convert transform omit detach erase incorporate mount substituent where place
        instead ortho meta para aromatic aliphatic chain end benzylic saturated terminal side every each all both
        halogenate dehalogenate ethylate cyanate esterify phenol use clip throw away additional somewhere want give me
        derivative analog keeping untouched as is it once twice what if was were could might rather than use using no
        > = + oxidise oxidize reduce hydrolyse hydrolyze defluorinate dechlorinate debrominate deiodinate demethylate
        denitrate deaminate free steric entirety left part gone remains wanted would like look have has been to
        whole many h t deacetylate debenzylate debenzoylate detosylate hydrate dehydrate hydrogenate saponify saturate
        epoxidise epoxidize deoxygenate protect deprotect benzylate benzoylate acylate tosylate mesylate carbamate boc
        sulfide sulfoxide thioether hydroxamic epoxide oxirane oxide lactone double triple bond arene alkene methylene
        hydrolysis up down way back function
    """
    + _GROUP_WORDS,
    cues=(
        (rf"(?:^|[,:;.]\s*|\b(?:please|you|and|to|we|i|me|if|by|support the)\s+){EDIT}\b", 0.45),
        (rf"\b{EDIT}\b.*\b{GROUP}\b", 0.6),
        (r"\bbecomes? an?\b.*\b(?:group|atom)\b", 0.3),
        (rf"\b(?:edit|modify|alter|mutate)\b.*(?:{HERE}|molecule|structure)", 0.6),
        (rf"\b(?:chang|turn|convert|mak)\w*\b.*\b{GROUP}\b.*\b(?:to|into|an?)\b.*\b{GROUP}\b", 0.75),
        (rf"\bmake (?:the |its )?(?:\w+ )?{GROUP}\b (?:an? )?(?:\w+ )?{GROUP}\b", 0.75),
        (rf"\b(?:without|minus|lacking) (?:the|its)\b.*\b{GROUP}\b", 0.6),
        (
            r"\b(?:fluorinated|chlorinated|brominated|iodinated|methylated|hydroxylated|nitrated|acetylated|"
            r"aminated) (?:analogue|analog|version|derivative)\b",
            0.85,
        ),
        (rf"\bwith\b.*\b{GROUP}\b.*\b(?:instead of|in place of)\b", 0.85),
        (
            rf"\b(?:another|an? (?:extra|additional|further|second)) (?:\w+ )?{GROUP}\b|\b(?:one|two|\d) "
            rf"(?:more )?{GROUP}(?: groups?| atoms?)? more\b|\b(?:one|two) more {GROUP}\b",
            0.6,
        ),
        (
            r"^(?:please )?(?:[no]-)?(?:de)?(?:methyl|fluorin|chlorin|bromin|iodin|hydroxyl|nitr|amin|"
            rf"acetyl)ate (?:the (?:\w+ ){{1,2}}(?:of|in|on) )?{HERE}",
            0.6,
        ),
        (
            r"\b(?:fluoro|chloro|bromo|iodo|methyl|hydroxy|amino|nitro|methoxy|cyano)[- ](?:analogue|analog|derivative|"
            r"version)\b",
            0.75,
        ),
        (
            rf"\b(?:take|cut|knock|strip|throw) (?:the |all |that |both )?(?:\w+ )?{GROUP}(?: group)? (?:off|away|"
            rf"out)\b",
            0.7,
        ),
        (rf"\b{GROUP}\b.*\b(?:in place of|instead of|in lieu of|where) the\b.*\b{GROUP}\b", 0.85),
        (rf"\binstead of the {GROUP}\b.*\b{GROUP}\b", 0.85),
        (rf"\b(?:transform|switch|trade)\b.*\b{GROUP}\b.*\b(?:to|into|for)\b.*\b{GROUP}\b", 0.75),
        (
            rf"\b(?:methyl|ethyl|acetyl|phenyl)ate (?:the|its|that) (?:{GROUP}|{HERE})(?!\w)|\besterify (?:the|its) ",
            0.7,
        ),
        (rf"\b(?:one|two|an?) (?:more|extra|additional|further) (?:\w+ )?{GROUP}\b", 0.6),
        (rf"\bwith (?:an? |one |the )?{GROUP}(?: group| atom)? (?:added|attached|installed|removed|missing)\b", 0.7),
        (rf"\b{GROUP}(?: groups?| atoms?)? (?:should|must|has to|have to|needs? to) (?:go|be removed|become)\b", 0.7),
    ),
)
