"""The part of the Open Reaction Database's messages that is read here.

``proto/dataset.proto`` and ``proto/reaction.proto`` of github.com/open-reaction-database/ord-schema say what a message
holds; the numbers below are theirs. What is not listed is skipped by protobuf. Their own package ``ord-schema`` pins an
older protobuf and brings pandas, so that only these few fields are declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from anymol.errors import MissingDependencyError

_PACKAGE: Final = "anymol.ord"

_MESSAGES: Final[Mapping[str, tuple[tuple[str, int, str], ...]]] = MappingProxyType(
    {
        "Dataset": (("reactions", 3, "*Reaction"),),
        "Reaction": (
            ("identifiers", 1, "*Identifier"),
            ("inputs", 2, "*Input"),
            ("notes", 5, "Notes"),
            ("outcomes", 8, "*Outcome"),
            ("provenance", 9, "Provenance"),
            ("reaction_id", 10, "string"),
        ),
        # Identifiers of reactions and of compounds have the same fields.
        "Identifier": (("type", 1, "int32"), ("value", 3, "string")),
        # A map is a list of keys and values.
        "Input": (("key", 1, "string"), ("value", 2, "Mixture")),
        "Mixture": (("components", 1, "*Compound"), ("crude_components", 2, "*Crude")),
        "Crude": (("reaction_id", 1, "string"),),
        "Compound": (("identifiers", 1, "*Identifier"), ("reaction_role", 3, "int32")),
        "Notes": (("procedure_details", 9, "string"),),
        "Outcome": (("products", 3, "*Product"),),
        "Product": (
            ("identifiers", 1, "*Identifier"),
            ("is_desired_product", 2, "bool"),
            ("measurements", 3, "*Measurement"),
            ("reaction_role", 7, "int32"),
        ),
        "Measurement": (("type", 2, "int32"), ("percentage", 8, "Percentage")),
        "Percentage": (("value", 1, "float"),),
        "Provenance": (("patent", 5, "string"),),
    }
)
"""Message -> name, number and type of its fields; ``*`` stands for a list. Enumerations are their numbers."""

REACTION_SMILES: Final = frozenset({2, 6})
"""Types of a reaction's identifier that are a SMILES, extended or not."""

SMILES: Final = 2
"""Type of a compound's identifier that is a SMILES."""

REACTANT, REAGENT, SOLVENT, CATALYST = 1, 2, 3, 4
"""Roles of an input that say what it does in the reaction."""

PRODUCT_ROLES: Final = frozenset({0, 8})
"""Roles of an outcome that is a product: unspecified, or said."""

APART: Final = frozenset({5, 6, 7})
"""Roles of what is no part of the reaction: workup, internal and authentic standard."""

YIELD: Final = 3
"""Type of a measurement that is a yield."""


@cache
def load_messages() -> Mapping[str, Any]:
    """Return the classes of the messages, by name.

    Raises:
        MissingDependencyError: protobuf is not installed.
    """
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    except ImportError as error:
        raise MissingDependencyError("ORD's messages need protobuf", hint="pip install 'anymol[train]'") from error
    kinds = descriptor_pb2.FieldDescriptorProto
    types = {
        "string": kinds.TYPE_STRING, "int32": kinds.TYPE_INT32, "bool": kinds.TYPE_BOOL, "float": kinds.TYPE_FLOAT,
    }  # fmt: skip
    file = descriptor_pb2.FileDescriptorProto(name="anymol/ord.proto", package=_PACKAGE, syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, written in fields:
            kind = written.removeprefix("*")
            message.field.add(
                name=field,
                number=number,
                label=kinds.LABEL_REPEATED if written.startswith("*") else kinds.LABEL_OPTIONAL,
                type=types.get(kind, kinds.TYPE_MESSAGE),
                type_name=None if kind in types else f".{_PACKAGE}.{kind}",
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return MappingProxyType(
        {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES}
    )
