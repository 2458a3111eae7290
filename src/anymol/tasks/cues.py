"""Words that the cues of several tasks share, and words that point outside all tasks."""

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
THING = r"(?:molecules?|compounds?|structures?|chemicals?|drugs?|candidates?|ligands?|inhibitors?)"

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
