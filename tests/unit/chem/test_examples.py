"""The examples in the docstrings of the chemistry packages hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import anymol.chem
import anymol.readers
import anymol.synthesis

MODULES = [
    module.name
    for package in (anymol.chem, anymol.readers, anymol.synthesis)
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
