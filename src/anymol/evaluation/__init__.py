"""Measuring a model: the honest protocol, trivial baselines beside it, calibration, a report."""
