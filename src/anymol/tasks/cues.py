"""Words that the cues of several tasks share."""

from __future__ import annotations

from typing import Final

HERE: Final = "\u00a4"
"""Stands for a molecule that is given: a notation or a name in the question, or words such as 'this molecule'."""

MAKE = (
    r"(?:make|made|making|synthesi[sz]ed?|synthesi[sz]ing|prepared?|preparing|produced?|obtain(?:ed)?|"
    r"manufactured?|built|build|accessed|get to|arrive at)"
)
EDIT = (
    r"(?:add(?:ing)?|attach(?:ing)?|introduc(?:e|ing)|install(?:ing)?|append(?:ing)?|remov(?:e|ing)|"
    r"delet(?:e|ing)|strip(?:ping)?|tak(?:e|ing) (?:away|off|out)|"
    r"replac(?:e|ing)|swap(?:ping)?|substitut(?:e|ing)|exchang(?:e|ing)|put|cut off|knock out|get rid of|"
    r"lose|drop|insert(?:ing)?|addition of|removal of|"
    r"(?:[no]-)?(?:de)?(?:fluorin|chlorin|bromin|iodin|hydroxyl|methyl|nitr|amin|acetyl)ate)"
)
GROUP = (
    r"(?:groups?|fluor\w+|chlor\w+|brom\w+|iod\w+|halogens?|halo|hydroxyl?|alcohol|thiol|amin[oe]|"
    r"amides?|cyano|nitrile|nitro|acid|"
    r"carboxyl\w*|aldehyde|ester|ketone|\w*acetyl|\w*methyl\w*|ethyl|isopropyl|tert-butyl|phenyl|benzyl|"
    r"vinyl|ethynyl|\w*methoxy|ethoxy|o?cf3|oet|och3|"
    r"azid[oe]|sulfonamide|oh|nh2|cf3|ome|cooh|co2h|br|cl|no2|cn|benzene ring|benzene|ring)"
)
THING = (
    r"(?:molecules?|compounds?|structures?|chemicals?|drugs?|candidates?|ligands?|inhibitors?|(?:the )?smiles "
    r"(?:representation |structure |string )?(?:for|of) an? (?:molecule|compound|chemical)|smiles (?:for|of) "
    r"one|something|substances?)"
)
