"""Everyday questions of chemists that programs answer: masses, counts, stereochemistry, comparisons, amounts.

:data:`anymol.calculations.table.CALCULATIONS` lists them; :func:`anymol.calculations.calculate.calculate` runs one.
"""
