"""What is known of computed properties here: the store and the network that ship."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Final

from anymol.retrieval.computed_properties.network import NetworkPredictor, read_network
from anymol.retrieval.measured_properties.known import Answerers
from anymol.retrieval.measured_properties.predictor import Predictors
from anymol.retrieval.measured_properties.store import PropertyStore, read_store
from anymol.shipped import find_shipped

STORE_FILE: Final = "computed_properties.tsv.gz"


class ComputedProperties:
    """A store with its network; each is read when it is first asked."""

    answerers = Answerers(model="none", command="none", tasks={})
    """The network answers all tasks that it can: a small language model errs four times as much."""

    @cached_property
    def store(self) -> PropertyStore:
        """The computed molecules."""
        return read_store(find_shipped(f"retrieval/computed_properties/{STORE_FILE}"))

    @cached_property
    def predictors(self) -> Predictors[NetworkPredictor]:
        """What was fitted to such molecules, property by property."""
        return read_network()


@cache
def find_computed() -> ComputedProperties:
    """Return what is known here."""
    return ComputedProperties()
