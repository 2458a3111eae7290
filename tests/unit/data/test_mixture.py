import pytest

from anymol.data.mixture import MixtureConfig, compute_chances
from anymol.errors import ConfigError

COUNTS = {"captioning": 100, "forward_reaction": 10_000, "logp": 0}


def test_temperature_one_draws_by_size():
    chances = compute_chances(COUNTS, MixtureConfig())
    assert chances["forward_reaction"] == pytest.approx(10_000 / 10_100)
    assert "logp" not in chances


def test_temperature_two_draws_by_the_square_root():
    chances = compute_chances(COUNTS, MixtureConfig(temperature=2))
    assert chances["captioning"] == pytest.approx(10 / 110)


def test_large_temperature_draws_tasks_alike():
    chances = compute_chances(COUNTS, MixtureConfig(temperature=1e6))
    assert chances["captioning"] == pytest.approx(0.5, abs=1e-4)


def test_weights_are_taken_as_they_are():
    chances = compute_chances(COUNTS, MixtureConfig(weights={"captioning": 3, "forward_reaction": 1}))
    assert chances == {"captioning": 0.75, "forward_reaction": 0.25}


@pytest.mark.parametrize("weights", [{"logp": 1.0}, {"lopg": 1.0}, {"captioning": 0.0}, {"captioning": -1.0}])
def test_impossible_weights_are_refused(weights):
    with pytest.raises(ConfigError):
        compute_chances(COUNTS, MixtureConfig(weights=weights))


def test_nothing_to_draw_from_is_refused():
    with pytest.raises(ConfigError):
        compute_chances({"logp": 0}, MixtureConfig())
