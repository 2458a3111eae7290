"""Spectra searched among named molecules, each by the spectrum that is predicted for it."""
