"""Words of ordinary questions that name no chemical, and the repair of misspelt ones."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

_FUNCTION: Final = """
a an the this that these those it its itself they them their he she his her him we us our you your yours i me my mine one ones
is are was were be been being am has have had having do does did doing done can could will would shall should may might must
and or but nor so if then else than as at by for from in into of off on onto out over to up upon with within without under
above below between among through during before after about against toward towards via per versus vs around across along
what which who whom whose when where why how whether that not no yes only just also too very more most less least much many
few fewer fewest several some any all each every both either neither other others another such same own again already still yet ever
never always often usually there here now today well please kindly thanks thank hi hello hey dear ok okay sorry let lets
whats what's it's i'm i'd i've don't doesn't isn't can't won't let's that's there's who's how's you're they're
""".split()

_NEUTRAL: Final = """
tell give show calculate compute determine find get got know say write list state name called call calls named identify predict
estimate provide return report print output answer question questions asked ask asks asking need needs needed want wants
like would help helps helping helped work works working wondering wonder look looks looking looked see seen check checks checking
count counts number numbers value values amount result results total overall exactly exact precise precisely accurate accurately
approximate approximately roughly around quick quickly short shortly brief briefly simple simply following given provided
specified listed shown attached above below molecule molecules compound compounds substance substances structure structures
chemical chemicals drug drugs species material sample samples entity input thing things stuff one two three four five six
seven eight nine ten first second third last next whole complete single possible possibly potential potentially plausible
likely probable probably expected expect expects correct correctly right properly proper true real actual actually really
use uses used using usage make makes making made take takes taking taken put come comes coming came go goes going went
turn turns become becomes happen happens happening start starts starting started end ends contain contains containing
contained include includes including included present occur occurs occurring consist consists consisting composed have
show shows belong belongs belonging represent represents represented representation representing corresponding correspond
corresponds described describe describes denoted denote expressed express written form format formats notation notations
string strings code codes text table line lines short full detailed detail details both different kind kinds type types sort
sorts class classes case way ways people chemist chemists expert experts colleague boss professor teacher student students
homework exam lab laboratory journal notebook report paper manuscript thesis talk poster project work research group lunch
integer decimal decimals digits digit unit units gram mole mol g per comments comment explanation explanations knowledge
experienced information task experience else bit little lot lots good nice great fine kind grateful appreciate appreciated
advance morning afternoon evening day mind trouble bother much love would able available according accordance rules rule
based basis basing considering consider given assuming assume suppose side regarding concerning respect terms term
since because therefore hence though although however compare compares comparing compared comparison between difference
free help me out tell let myself someone anyone everybody something anything everything nothing somewhere
it them these those thanks cheers regards best pls plz thx ty asap soon quick quickly one
just label bottle flask vial mixture solution question page picture image drawing figure scheme photo scan sketch drawn
measured unknown spectrum spectra peak peaks comparison supporting si supplementary draft grant application
reviewer asks mentions mentioned mention talks speaks says said weighed weigh weighing cns medicinal chemistry chemical
organic inorganic undergraduates teach teaching want myself ourselves proper together formed forming forms
assistant friend friends sir madam team everyone
step steps stepwise common commercially purchasable available commercial sensible suitable realistic practical viable
feasible straightforward standard typical typically general generally common
""".split()

_SUBJECTS: Final = """
molecular formula formulas formulae empirical hill sum brutto weight weights weigh weighs mass masses molar average mean
monoisotopic nominal accurate isotope isotopes isotopic pattern patterns distribution envelope degree degrees unsaturation
unsaturations double bond bonds equivalent equivalents index hydrogen deficiency elemental analysis percentage percent
percentages composition element elements atom atoms carbon carbons nitrogen nitrogens oxygen oxygens hydrogens sulfur
chlorine bromine fluorine iodine donor donors acceptor acceptors hbond h-bond h-bonds hbd hba rotatable rotate rotation
rotations flexible flexibility ring rings cycle cycles cyclic aromatic aromaticity heteroaromatic stereocentre stereocentres
stereocenter stereocenters stereogenic stereochemistry stereochemical stereo centre centres center centers chiral chirality
asymmetric configuration absolute relative enantiomer enantiomers enantiomeric diastereomer diastereomers tautomer tautomers isomer isomers isomeric
stereoisomer stereoisomers cis trans geometry geometric heavy heavier heaviest lighter lightest charge charged charges neutral formal net qed drug-like druglike
drug-likeness druglikeness quantitative logp clogp alogp partition coefficient octanol water lipophilic lipophilicity hydrophobic
hydrophobicity hydrophilic polar polarity surface area topological tpsa psa refractivity refraction lipinski veber pains brenk
alert alerts structural filter filters criteria violation violations violate violates obey obeys satisfy satisfies fulfil
fulfils fulfill meets meet pass passes functional group groups scaffold scaffolds murcko bemis framework core smiles inchi inchikey selfies
canonical molfile molblock block mol sdf sd file v2000 v3000 draw draws depict depiction render picture image skeletal
identical similar similarity tanimoto fingerprint fingerprints substructure substructures superstructure contained rank
ranks ranking sort order larger largest smaller smallest higher highest lower lowest greater fewest stoichiometry
stoichiometric dilute diluted dilution dilutions concentration molarity stock volume balance balanced balancing equation
coefficients coefficient theoretical yield moles mole millimoles mmol grams gram milligrams iupac systematic trivial nomenclature
product products reactant reactants reagent reagents precursor precursors starting material materials educt educts building
block blocks synthesis syntheses synthesise synthesize synthesised synthesized synthesising synthesizing synthetic synthon
retrosynthesis retrosynthetic retro disconnect disconnection prepare prepared preparation produce produced produces producing
reaction reactions react reacts reacted reacting transform transformation transforms convert converts converted conversion
conditions condition solvent solvents catalyst catalysts base oxidant reductant oxidise oxidize oxidation reduce reduced reducing reduction
hydrolysis hydrogenation nitration bromination chlorination acetylation esterification coupling outcome result forward predict prediction
missing gap fill complete completes scheme recognise recognize recognition read transcribe design designs invent propose proposes suggest suggests
recommend generate generates create creates constraints specification description descriptions caption summary summarise summarize
overview explain explains characterise characterize classify describe known role natural add adds adding attach remove removes
removing delete replace replaces replacing swap substitute substituting exchange introduce modify modifies modification
change changes changed changing instead keep keeping edit edits hydroxyl methyl nitro amine amino cyano carboxyl carboxylic acid
ester amide ketone aldehyde alcohol halogen halogens fluorinated chlorinated methylate acetylate
optimise optimize improve increase decrease raise reduce enhance boiling melting point solubility toxicity density price
""".split()

_GERMAN: Final = """
wie was welche welcher welches wieviel viele viel ist sind hat haben von vom der die das des dem den ein eine einen einer eines
und oder bitte gib mir zeig zeige nenne berechne bestimme für fuer mit aus zu zum zur im in auf bei nach man kann ich brauche
heißt heisst lautet gross groß hoch summenformel molmasse molgewicht molekulargewicht molekulargewichts molare masse
strukturformel struktur verbindung stoff molekül molekuel substanz diese dieser dieses dieses ringe ring stereozentren
doppelbindungsäquivalente produkt produkte edukt edukte herstellen hergestellt herstellung synthese zeichne zeichnen
beschreibe beschreibung lipophil exakte formel name namen informations become becomes
""".split()

_OTHER: Final = """
ino def pipes tea camp austin abate ado harman abstract activity actone affine airline alien alone animal annual antigen approve
arsenal arrival athlete austin automobile baseline basin battle because bond bore brain bride brine butter cabin camel candidate
canal capital capsule cardinal carol cartridge casual climate cloud coal coastline college colon column combine commercial
communicate complete concentrate concrete control cool coordinate copyright corridor cottage create crime criminal cuisine
deadline decade decide define delete dental deposit design destination detail determine device dialogue digital dine disease divide
divine docs domain donate driver duplicate ethical ethics education elaborate eliminate eliminated emotional engine english ensure escape
essential estimate ethanolic evaluate examine exclude execute experimental explosive external fan female festival fiction file final financial
fine flame formal format formed former forms gene general genuine german goal google graduate guide guideline headline
hexagon hidden hide home hospital hotel human imagine immediate individual infinite inside institute internal internet investigate
iron irritate isolate journal kitchen language later legal liberal line literal local lone machine magazine main male margin
marine material maximal meal mechanical medical medicine metal method methodical mine minimal modal model moderate moral motel motor
mountain national native natural normal notable none nonsense novel nuclear octet online opposite optimal oral origin original
outline outside panel partial patrol penal period personal phone pipeline plane plastic plate point polymer pool position posite
predominate principal private procedure profile prone prone promote protein protocol proton provide purchase pure rate ration rational
regional regulate relate remain renal require reside result retail reverse rival role romantic routine royal school scene
separate side signal silent site slide social solve spatial special spine spiral state stone structural substantial suicide
suitable survival symbol template terminal terrain textile theorem thermal thin throne time titan tone tool total trade train tribal
trivial tropical tunnel typical undecided universal update urine usual valid valuable value verbal version vertical via vine
violin virtual visual vital vitamin wide wine woman xenon year zone steroid lipid enzyme new acid cut rewrite cite invite unite digitise digitize avg esi neg pos mode ms hrms hplc tlc avg. info stuff receptor inhibitor agonist antagonist
antibiotic analgesic insecticide pesticide herbicide fungicide disinfectant anaesthetic anesthetic hormone alkaloid terpene terpenoid
monoterpenoid flavonoid saccharide sugar peptide dipeptide nucleotide nucleoside magnesium zinc
""".split()

_MENDABLE: Final = """
please calculate compute molecule molecules compound structure describe predict identify convert generate
""".split()

_ALL: Final = frozenset([*_FUNCTION, *_NEUTRAL, *_SUBJECTS, *_GERMAN])
_ENGLISH: Final = _ALL | frozenset(
    [*_OTHER, *files("anymol.tasks.question").joinpath("english.txt").read_text(encoding="utf-8").split()]
)
_SPELLABLE: Final = tuple(sorted(word for word in {*_FUNCTION, *_SUBJECTS, *_MENDABLE} if len(word) > 3))
"""What a misspelt word is mended to."""
_TYPOS: Final = {
    "teh": "the", "waht": "what", "wat": "what", "wich": "which", "giv": "give", "ad": "add", "whta": "what", "hte": "the",
    "hwo": "how", "nmae": "name", "fo": "of", "mas": "mass", "lopp": "logp", "lgop": "logp", "smlies": "smiles", "tpas": "tpsa",
}  # fmt: skip


def is_common(word: str) -> bool:
    """Whether a word in lower case belongs to ordinary questions about molecules."""
    return word in _ALL


def is_english(word: str) -> bool:
    """Whether a word in lower case is known to be one of ordinary language, and so the name of no chemical.

    >>> is_english("medicine"), is_english("histidine")
    (True, False)
    """
    return word in _ENGLISH


@lru_cache(maxsize=4096)
def correct_word(word: str) -> str:
    """Return the ordinary word that a word in lower case is a slip of, or the word itself.

    One slip is forgiven in a word of five to seven letters, two in a longer one; the first letter is never wrong.

    >>> correct_word("wieght"), correct_word("retrosynthsis"), correct_word("aspirin")
    ('weight', 'retrosynthesis', 'aspirin')
    """
    if word in _TYPOS:
        return _TYPOS[word]
    if len(word) < 5 or not word.isalpha() or is_inflected(word) or re.search(r"(?:yl|in|nitr|oxid)(?:ate|ated|ise|ize)$", word):
        return word
    slips = 1 if len(word) < 8 else 2
    choices = [one for one in _SPELLABLE if one[0] == word[0] and abs(len(one) - len(word)) <= slips]
    near = process.extract(word, choices, scorer=OSA.distance, score_cutoff=slips, limit=5)
    return min(near, key=lambda found: (found[1], abs(len(found[0]) - len(word))))[0] if near else word


def is_inflected(word: str) -> bool:
    """Whether a word in lower case, or what is left of it without an ending, is known to be one of ordinary language."""
    return is_english(word) or any(
        word.endswith(ending) and len(stem := word.removesuffix(ending)) > 3 and (is_english(stem) or is_english(f"{stem}e"))
        for ending in ("s", "es", "d", "ed", "ing", "ly", "er", "est")
    )
