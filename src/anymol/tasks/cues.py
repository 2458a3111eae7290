"""Words that the cues of several tasks share."""

from __future__ import annotations

import re
from typing import Final

from anymol.tasks.edit_groups import list_words

HERE: Final = "\u00a4"
"""Stands for a molecule that is given: a notation or a name in the question, or words such as 'this molecule'."""

MAKE = (
    r"(?:make|made|making|synthesi[sz]ed?|synthesi[sz]ing|prepared?|preparing|produced?|obtain(?:ed)?|"
    r"manufactured?|built|build|accessed|get to|arrive at)"
)
EDIT = (
    r"(?:add(?:ing)?|attach(?:ing)?|introduc(?:e|ing)|install(?:ing)?|append(?:ing)?|remov(?:e|ing)|"
    r"delet(?:e|ing)|strip(?:ping)?|tak(?:e|ing) (?:away|off|out)|"
    r"replac(?:e|ing)|swap(?:ping)?|substitut(?:e|ing)|exchang(?:e|ing)|put(?:ting)?|cut(?:ting)? off|"
    r"knock(?:ing)? (?:out|off)|get(?:ting)? rid of|"
    r"lose|drop(?:ping)?|insert(?:ing)?|addition of|removal of|replacement of|stick(?:ing)?|decorat(?:e|ing)|"
    r"graft(?:ing)?|plac(?:e|ing)(?! of)|tack(?:ing)? on|bolt(?:ing)? on|cleav(?:e|ing)(?: off)?|eliminat(?:e|ing)|"
    r"excis(?:e|ing)|switch(?:ing)?|trad(?:e|ing)|incorporat(?:e|ing)|mount(?:ing)?|detach(?:ing)?|"
    r"eras(?:e|ing)|clip(?:ping)? off|throw(?:ing)? out|do(?:ing)? away with|leav(?:e|ing) out|omit(?:ting)?|"
    r"(?:[no]-)?(?:de)?(?:fluorin|chlorin|bromin|iodin|halogen|hydroxyl|methyl|ethyl|nitr|amin|acetyl|cyan|carboxyl|"
    r"phenyl|formyl|methoxyl)ate)"
)


def _join_words() -> str:
    """Return every word for a group that an edit may speak of, the longest first, as alternatives."""
    words = {word for word, _ in list_words() if len(word) > 1}
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


GROUP = (
    rf"(?:(?:{_join_words()})s?|groups?|fluor\w+|chlor\w+|brom\w+|iod\w+|halogens?|halo|hydroxyl?|alcohol|thiol|"
    r"amin[oe]|amides?|cyano|nitrile|nitro|acid|"
    r"carboxyl\w*|aldehyde|ester|ketone|\w*acetyl|\w*methyl\w*|ethyl|isopropyl|tert-butyl|phenyl|benzyl|"
    r"vinyl|ethynyl|\w*methoxy|ethoxy|o?cf3|oet|och3|"
    r"azid[oe]|sulfonamide|oh|nh2|cf3|ome|cooh|co2h|br|cl|no2|cn|benzene ring|benzene|ring)"
)
THING = (
    r"(?:molecules?|compounds?|structures?|chemicals?|drugs?|candidates?|ligands?|inhibitors?|(?:the )?smiles "
    r"(?:representation |structure |string )?(?:for|of) an? (?:molecule|compound|chemical)|smiles (?:for|of) "
    r"one|something|substances?)"
)
