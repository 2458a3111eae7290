"""Tasks about reactions: the product, the reactants, the reagents."""

from __future__ import annotations

import re
from typing import Final

from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.modalities.content import Role
from anymol.tasks.choices import mention_choice
from anymol.tasks.cues import HERE, MAKE
from anymol.tasks.parsing import parse_mixture, parse_molecule
from anymol.tasks.reaction_classes import REACTION_CLASSES
from anymol.tasks.reaction_mentions import mention_product, mention_reactants
from anymol.tasks.task import AnswerKind, Baseline, ReagentsState, Slot, Task, TaskInput
from anymol.tasks.verification import (
    verify_completion,
    verify_forward_reaction,
    verify_reagents,
    verify_retrosynthesis,
)

FORWARD_REACTION: Final = Task(
    name="forward_reaction",
    version=1,
    family="mol2mol",
    summary="Predict the main product of a reaction from its reactants and reagents.",
    required=(Slot.REACTANTS,),
    optional=(Slot.REAGENTS,),
    answer=AnswerKind.MOLECULE,
    phrasings=(
        "What is the product of {reactants}?",
        "Predict the product: {reactants}.",
        "{reactants} react. What forms?",
        "What do {reactants} give?",
        "Which main product is formed from {reactants}?",
        "Give the reaction product of {reactants}.",
        "If {reactants} react, what is made?",
        "Forward synthesis: {reactants}. Which product?",
    ),
    suffixes={
        ReagentsState.SEPARATED: "Reagents: {reagents}.",
        ReagentsState.MIXED: "Reagents are included.",
        ReagentsState.DROPPED: "Reagents are not given.",
    },
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_forward_reaction,
    answer_role=Role.PRODUCT,
    baselines=(Baseline.LARGEST_REACTANT,),
    example=(
        TaskInput(reactants="CC(=O)O.CCO", reagents="O=S(=O)(O)O", reagents_state=ReagentsState.SEPARATED),
        "CCOC(C)=O",
    ),
    words="""
        peroxide light initiator generate generated arise emerge formation occur derive anticipate feasible conceivable
        output result provide offer final starting given use come take place carried chemical substrate ingredient put
        ester parameter structure between comes material how react reaction reagent reactant product predict main major
        expected expect outcome form formed produce produced happen complete mix mixed mixture together suggest propose
        potential potentially plausible probable likely smiles if when after upon plus and with add added adding treat
        treated treatment heat heated heating boil boiled reflux refluxed stir stirred isolate isolated become entsteht
        produkt produkte combine combined condense condensation undergo lead couple coupling coupled exposed expose
        subject subjected allowed leave left under presence condition conditions room temperature overnight hour aqueous
        acidic basic anhydrous dry catalytic catalyst catalysed catalyzed solvent base acid workup work up excess
        equivalent equiv followed then work-up quench quenched step one two reduction reduce reduced reducing oxidation
        oxidise oxidize oxidised oxidized oxidising oxidizing nitration nitrate nitrated hydrolysis hydrolyse hydrolyze
        saponification saponify saponified esterification esterify fischer hydrogenation hydrogenate hydrogenated
        bromination brominate brominated chlorination chlorinate chlorinated iodination iodinate halogenation
        sulfonation amination amidation alkylation alkylate acylation acylate acetylation acetylate acetylated
        methylation methylate addition elimination substitution aldol cannizzaro diels alder suzuki heck sonogashira
        buchwald hartwig negishi stille kumada grignard wittig horner friedel crafts mitsunobu swern dess martin
        ozonolysis epoxidation epoxidise epoxidize hydroboration cyclisation cyclization cyclise cyclize rearrangement
        rearrange dehydration dehydrate dehydrogenation deprotection deprotect deprotected protection protect
        diazotisation diazotization sandmeyer claisen knoevenagel michael robinson mannich beckmann curtius hofmann
        baeyer villiger birch clemmensen wolff kishner reductive transesterification decarboxylation decarboxylate
        polymerise dimerise dimerize meet # § ° % c h hv lamp uv convert converted organic forward > = draw compound
        turn what most obtain obtained get end besides mind stereochemistry ring heterocycle alcohol no
        isomer high bromine water where dihydroxylation hydration tosylation mesylation benzoylation benzylation
    """,
    cues=(
        (r"\b(?:reacts?|reacted|reacting|reaction)\b", 0.35),
        (rf"\bwhat (?:i|we|you|one) (?:will |would )?(?:get|obtain|isolate|end up with)\b.*{HERE}", 0.75),
        (r"\b(?:allowed|left) to react\b", 0.4),
        (rf"\bwhat (?:does|do|will|would) {HERE} (?:become|turn into|give|form)\b.*{HERE}", 0.75),
        (rf"^predict:? {HERE} \+ {HERE}", 0.75),
        (r"\bwhat (?:do|will|would|can|did) (?:i|we|you|one) (?:get|obtain|have|see)\b(?! to\b)", 0.6),
        (
            r"\bwhat (?:do|does|will|would|is|are|get|may|might|can|could)\b.*\b(?:give|gives|(?<!the "
            r")(?<!canonical )(?<!a )(?<!in )(?<!this )(?<!what )form|formed|forms|yield|yields|react to|"
            r"obtain|isolate)\b",
            0.55,
        ),
        (
            r"\b(?:what|which) (?:compounds?|molecules?|substances?) (?:did|do|will|would) (?:i|we|you|one) "
            r"(?:get|obtain|have|isolate|make|end up)\b",
            0.6,
        ),
        (
            r"\b(?:what|which)(?: (?:\w+ )?\w+)? (?:results?|arises?|emerges?|forms?) "
            r"(?:when|if|from|on|upon|after|by|out of)\b",
            0.75,
        ),
        (
            rf"\bwhat (?:do|does|will|would|can|could|might) {HERE}.*\b(?:react|condense|combine|cycli[sz]e|"
            r"dimeri[sz]e|rearrange|decompose|hydroly[sz]e|couple|convert|transform|turn|isomeri[sz]e|collapse) "
            r"(?:in)?to\b",
            0.75,
        ),
        (
            r"\b(?:what|which) (?:compounds?|molecules?|substances?|alcohol|material) (?:is|are|will be|gets|"
            r"would be|forms?|results?)\b.*\b(?:form|obtain|produc|result|made|isolat)|\bresulting "
            r"(?:molecule|compound|structure|substance)\b",
            0.75,
        ),
        (
            r"\b(?:what|which) (?:(?:compound|molecule|substance|product|alcohol|amine|ester|amide|"
            r"heterocycle|isomer|salt|material|one) )?(?:forms|is (?:produced|formed|obtained|generated|made|"
            r"isolated))\b|\bundergoes?\b",
            0.6,
        ),
        (
            r"\bwhat(?:'s)? (?:forms|is formed|formed|results|comes? out|emerges)\b|\bwhat \w+ results\b|"
            r"\bgives what\b|\b(?:give|yield|form|afford|produce)s? (?:which|what)\b|"
            r"\band to what\b|\bwhat will form\b",
            0.75,
        ),
        (r"\b(?:forward (?:synthesis|reaction|prediction)|outcome|complete (?:the|this) reaction|^complete)\b", 0.6),
        (r"\b(?:was entsteht|was bildet sich|was kommt .*heraus)\b", 0.7),
        (
            r"\bwhat (?:do|would|will|did|can|might) (?:i|we|you|one) (?:get|obtain|isolate|form|"
            rf"make)\b.*\b(?:from|by|when|if|on|with|of|out of)\b.*{HERE}",
            0.7,
        ),
        (
            r"\b(?:what|which) (?:compound|molecule|substance|alcohol|amine|ester|amide|acid|ketone|aldehyde|"
            r"heterocycle|isomer|salt|material|one) (?:do|will|would|did) (?:i|we|you|one) (?:get|obtain|"
            r"isolate|end up with|expect)\b",
            0.6,
        ),
        (
            r"\bwhat (?:happens|do i get|will i get|would i get|comes out|do i end up|becomes|do we "
            rf"get)\b.*(?:mix|combin|react|together|heat|treat|reduc|oxidi|nitrat|hydrol|add|{HERE})",
            0.7,
        ),
        (
            rf"{HERE}.*\b(?:mix\w*|combin\w*|heat\w*|treat\w*|with|and)\b.*{HERE}.*\b(?:what|product|form|"
            r"give|happen|get)",
            0.5,
        ),
        (
            r"\b(?:mix|combine|treat|heat|acetylate|nitrate|oxidi[sz]e|reduce|reacting|reducing|"
            rf"hydrogenate)\w*\b.*{HERE}.*\b(?:what|product|form|give|happen|get|end up)",
            0.6,
        ),
        (rf"{HERE}\s+(?:give|form|yield)s?\b", 0.3),
        (
            rf"{HERE}.*\b(?:gives?|yields?|affords?|produces?|(?<!canonical )(?<!in )(?<!\ba )(?<!the )forms?|"
            r"leads? to|to give)\s*(?:what)?\s*[?:]*\s*$",
            0.7,
        ),
        (rf"{HERE}(?:\s*(?:\+|and|,|with)\s*{HERE})*\s*(?:-+>|=+>|\u2192|>>|=)\s*\??\s*$", 0.85),
        (
            r"\b(?:(?:mono|di|tri|per)?(?:nitration|bromination|chlorination|iodination|fluorination|"
            r"halogenation|sulfonation|hydrogenation|acetylation|"
            r"alkylation|acylation|methylation|amidation|hydration|dehydration|decarboxylation|"
            r"benzoylation|silylation|tosylation|cycli[sz]ation|"
            r"dihydroxylation|hydroboration|dimeri[sz]ation|condensation|isomeri[sz]ation|amination|"
            r"lithiation|alkoxylation|arylation|azidation)|"
            r"hydrolysis|saponification|oxidation|reduction|ozonolysis|esterification|cycloaddition|"
            r"addition|elimination|substitution|epoxidation|combustion|"
            r"(?:suzuki|heck|sonogashira|negishi|stille|buchwald|ullmann)\w*(?:[- ]\w+)?(?: (?:coupling|"
            r"reaction|amination))?|"
            r"(?:grignard|wittig|aldol|claisen|mannich|michael|diels[- ]alder|friedel[- ]crafts|"
            r"sandmeyer|swern|birch|mitsunobu|fischer|knoevenagel)"
            rf"[\w -]*?)\s+(?:of|between|with|from)\s+{HERE}",
            0.75,
        ),
        (
            rf"^{HERE}(?=.*(?:\+|\bthen\b|\bfollowed by\b))"
            rf"(?:[\s,+/]|\bthen\b|\band\b|\bwith\b|\bfollowed by\b|\bperoxides?\b|{HERE})+$",
            0.75,
        ),
        (rf"\bwhere does .* add\b|\bwhen {HERE} reacts?\b", 0.4),
        (rf"\bdoes {HERE} react with {HERE}", 0.5),
    ),
    find_mentions=mention_reactants,
)

RETROSYNTHESIS: Final = Task(
    name="retrosynthesis",
    version=1,
    family="mol2mol",
    summary="Suggest the reactants of one step that makes a molecule.",
    required=(Slot.PRODUCTS,),
    answer=AnswerKind.MIXTURE,
    phrasings=(
        "How can {products} be made?",
        "Which reactants give {products}?",
        "Suggest precursors for {products}.",
        "Plan one retrosynthetic step for {products}.",
        "What are the starting materials for {products}?",
        "Retrosynthesis of {products}?",
        "Propose a synthesis of {products}.",
        "What can {products} be prepared from?",
    ),
    suffixes={
        ReagentsState.SEPARATED: "Reactants only.",
        ReagentsState.MIXED: "Include the reagents.",
        ReagentsState.DROPPED: "Leave out reagents.",
    },
    parse=parse_mixture,
    metrics=MOLECULE_METRICS,
    verify=verify_retrosynthesis,
    find_mentions=mention_product,
    answer_role=Role.REACTANT,
    baselines=(Baseline.COPY_PRODUCT,),
    example=(TaskInput(products="CCOC(C)=O", reagents_state=ReagentsState.DROPPED), "CC(=O)O.CCO"),
    words="""
        feasible conceivable use utilize utilise result derive generate substrate possible target arise arrive compound
        ingredient needed required carried lab structure how buy reactant reagent synthesis synthetic starting suggest
        step precursor retrosynthesis retrosynthetic retro made make propose prepare prepared preparation synthesise
        synthesize synthesised synthesized production likely lead start building block simple two potential recommend
        predict smiles purchasable single product sensible route acid amine edukt edukte herstellen hergestellt good one
        piece couple coupling disconnection disconnect create led probable 1 outline practical method realistic pathway
        common when where back commercially commercial available accessed access produce produced break down suzuki
        fragment analysis combine choose reach woraus go backwards order manufactured industrially plausible vorschlag
        plan easily easy readily cheap cheaply inexpensive best efficient efficiently convenient react reaction yield
        obtain obtained wittig grignard heck amide ester bond formation via
    """,
    cues=(
        (r"\bretro(?:-?\s?synthe\w+)?\b|\bdisconnect\w*\b", 0.95),
        (
            rf"\bhow (?:can|could|do|does|would|to|might|should|shall)\b(?: \w+){{0,3}} {MAKE}(?: the| some| "
            rf"pure)? {HERE}\s*(?:[?.!,]|$|(?:from|in|using|with|by|starting|out|efficiently|cheaply|via|on|"
            r"best|myself|selectively)\b)",
            0.8,
        ),
        (
            rf"\bhow (?:can|could|is|are|was|might|should|would)\b(?: \w+)? {HERE} (?:\w+ ){{0,2}}{MAKE}\b|"
            rf"\bhow (?:can|could|do) (?:i|we|one|you) {MAKE}\s*\?",
            0.8,
        ),
        (
            rf"\b{MAKE} from\b|\bfrom (?:what|which)\b.*\b{MAKE}\b|\bwhat (?:did|do|should|must|can) \w+ "
            r"start (?:from|with)\b|\bstart from to (?:get|make|reach) {HERE}",
            0.75,
        ),
        (
            r"\b(?:reaction|reaction scheme|scheme) (?:for|to|that gives|towards?) (?:synthesi[sz]ing |"
            rf"making |preparing |obtain(?:ing)? )?{HERE}|\bfor (?:synthesi[sz]ing|making|preparing) {HERE}",
            0.7,
        ),
        (r"\b(?:synthe(?:sis|tic)) (?:route|plan|path\w*|step|method)s?\b|\b(?:routes?|pathways?|access) to\b", 0.75),
        (
            r"\b(?:propose|suggest|plan|give|find|show|devise|outline|describe|provide|"
            r"design)\b.*\b(?:synthesis|preparation)\b",
            0.75,
        ),
        (r"\b(?:synthesis|preparation) (?:of|for)\b|^(?:an? |the |its )?synthesis\s*[?.!]*$", 0.6),
        (rf"\b(?:synthesi[sz]ed?)\b|\b(?:prepare|make|way of making|way to make|making) {HERE}|\bherstellen\b", 0.55),
        (rf"\bwhich (?:acid|amine|alcohol|aldehyde|ketone|halide|boronic acid)\b.*\bneed\b.*{HERE}", 0.7),
        (
            rf"^{HERE}\W.*\bwhich (?:acid|acyl|amine|alcohol|aldehyde|ketone|halide|boronic acid)\b.*\b"
            r"(?:use|take|combine|need|couple)\b",
            0.75,
        ),
        (r"\blast step of\b", 0.6),
        (rf"\bbreak {HERE} (?:down|up|apart)\b", 0.8),
        (rf"\bhow (?:can|could|do|would|might) (?:i|we|one|you) get {HERE}\s*(?:[?.!,]|$)", 0.7),
        (r"\b(?:fragments|pieces|halves|partners)\b.*\b(?:couple|combine|join|assemble|react)\b", 0.75),
        (r"\bone step back(?:wards?)?\b|\bbackwards? from\b", 0.75),
    ),
    round_trip="forward_reaction",
)

RETROSYNTHESIS_BY_CLASS: Final = Task(
    name="retrosynthesis_by_class",
    version=1,
    family="mol2mol",
    summary="Suggest the reactants of one step of a given class that makes a molecule.",
    required=(Slot.PRODUCTS, Slot.TEXT),
    answer=AnswerKind.MIXTURE,
    choices=tuple(REACTION_CLASSES.values()),
    phrasings=(
        "How can {products} be made by {text}?",
        "Which reactants give {products} by {text}?",
        "Precursors of {products} for {text}?",
        "Reactants only, reaction class {text}: {products}.",
        "Which precursors of {products} react by {text}?",
        "One step back from {products}: {text}.",
    ),
    parse=parse_mixture,
    metrics=MOLECULE_METRICS,
    verify=verify_retrosynthesis,
    find_mentions=mention_choice(tuple(REACTION_CLASSES.values())),
    answer_role=Role.REACTANT,
    baselines=(Baseline.COPY_PRODUCT,),
    example=(TaskInput(products="CCOC(C)=O", text="acylation"), "CC(=O)O.CCO"),
    cues=(
        (rf"\b(?:by|class|step)\b.*\b(?:{'|'.join(map(re.escape, REACTION_CLASSES.values()))})\b".lower(), 0.8),
        (r"\breaction class\b", 0.5),
    ),
    round_trip="forward_reaction",
)

REACTION_COMPLETION: Final = Task(
    name="reaction_completion",
    version=1,
    family="mol2mol",
    summary="Fill in the one part of a reaction that is missing: reactants, reagents or product.",
    required=(),
    optional=(Slot.REACTANTS, Slot.REAGENTS, Slot.PRODUCTS),
    answer=AnswerKind.MIXTURE,
    phrasings=(
        "Add the missing part: {reactants} with {reagents} gives {products}.",
        "What is missing? {reactants}, reagents {reagents}, product {products}.",
        "Fill in the missing part. Reactants {reactants}; reagents {reagents}; product {products}.",
        "{reactants} and {reagents} give {products}. Which part is missing?",
        "Find the missing molecules: from {reactants} by {reagents} to {products}.",
        "Reaction with a gap: {reactants} > {reagents} > {products}. What stands there?",
    ),
    asks_missing=True,
    parse=parse_mixture,
    metrics=MOLECULE_METRICS,
    verify=verify_completion,
    example=(TaskInput(reactants="CC(=O)O.CCO", reagents="O=S(=O)(O)O"), "CCOC(C)=O"),
    words="""
        what find incompletely one other half side left right empty missing fill gap part complete incomplete reaction
        reactant reagent product molecule piece component blank question mark predict smiles scheme stand belong goes
        there
    """,
    cues=(
        (r"\bmissing (?:part|molecule|piece|component)s?\b|\bpart is missing\b", 0.9),
        (r"\bwhat is missing\b|\bwith a gap\b|\bfill (?:in )?the gap\b", 0.9),
        (r"\bwhat (?:stands|belongs|goes|comes) (?:there|in the gap)\b", 0.7),
    ),
)

REAGENT_PREDICTION: Final = Task(
    name="reagent_prediction",
    version=1,
    family="mol2mol",
    summary="Predict the reagents, solvents and catalysts that turn reactants into a product.",
    required=(Slot.REACTANTS, Slot.PRODUCTS),
    answer=AnswerKind.MIXTURE,
    phrasings=(
        "Which reagents turn {reactants} into {products}?",
        "Reagents for {reactants} to {products}?",
        "What is needed to convert {reactants} to {products}?",
        "Suggest reagents: {reactants} gives {products}.",
        "{reactants} becomes {products}. With which reagents?",
        "Name reagents that make {products} from {reactants}.",
        "Which conditions convert {reactants} into {products}?",
    ),
    parse=parse_mixture,
    metrics=MOLECULE_METRICS,
    verify=verify_reagents,
    answer_role=Role.REAGENT,
    example=(TaskInput(reactants="CC(=O)O.CCO", products="CCOC(C)=O"), "O=S(=O)(O)O"),
    words="""
        get feasible conceivable utilize utilise participate chemical involve employ employed perform performed enable
        facilitate drive promote plausible potential possible likely probable oxidise hydrogenate hydrolyse brominate
        chlorinate nitrate methylate acetylate acylate protect deprotect above over on how reagent reagents convert
        converted conversion reaction missing condition choose arrow suggest turn turned oxidant agent base catalyst
        reduce reduced reducing oxidize oxidation reduction go > = based propose takes take product coupling add fill
        become suitable step goes predict under solvent recommend needed need transform transformation make selectively
        best ligand reductant optimise required necessary with by which should treat work accomplish achieve effect
        bring about carry out used prepare preparation preparing synthesis synthesise synthesize making obtain from
        starting
    """,
    cues=(
        (r"\b(?:needed|required|necessary|used?|need)\b.*\b(?:to|for) (?:convert|turn|transform|mak|get|go)\w*", 0.5),
        (rf"{HERE} (?:-+>|=+>|\u2192|to) {HERE}\W+(?:what|which|how)\b", 0.7),
        (r"\b(?:over|above|on) the (?:reaction )?arrow\b", 0.75),
        (rf"\b(?:convert|turn|transform|chang|go|get|take|bring)\w*\b.*{HERE}.*\b(?:to|into)\b.*{HERE}", 0.5),
        (rf"\bhow\b.*\b(?:convert|turn|transform|go from|get from|get)\b.*{HERE}.*{HERE}", 0.5),
        (rf"{HERE} (?:be )?(?:converted|turned|transformed|oxidi[sz]ed|reduced|made) (?:in)?to {HERE}", 0.7),
        (
            rf"\bwhat (?:do|should|must|can|would) (?:i|we|you|one) (?:add|use|need|treat)\b.*{HERE}.*\bto "
            rf"(?:get|make|give|obtain|reach|convert)\b.*{HERE}",
            0.8,
        ),
        (
            rf"\bwhat (?:do|should|must|can|would) (?:i|we|you|one) (?:add|use|need)\b.*\bto (?:reduce|oxidi[sz]e|turn|"
            rf"transform|take|bring|get from|go from)\b.*{HERE}.*\b(?:in)?to\b.*{HERE}",
            0.8,
        ),
        (
            rf"\bhow\b.*\b(?:oxidi[sz]|reduc|hydrogenat|hydroly[sz]|brominat|chlorinat|nitrat|methylat|acetylat|acylat|"
            rf"protect)\w* {HERE} (?:in)?to {HERE}",
            0.7,
        ),
        (rf"\bwith what\b.*{HERE}|\bwhat (?:turns|converts|transforms) {HERE}", 0.6),
        (r"\b(?:under|what|which|suggest|recommend) (?:\w+ )?conditions\b|\breaction conditions\b", 0.5),
    ),
)
