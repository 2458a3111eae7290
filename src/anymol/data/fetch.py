"""Public originals of the data that models like this are trained on, for users who want more than is at hand.

Nothing here runs by itself: only ``anymol data fetch NAME`` downloads. Where a checksum is pinned it is compared; where
none is known the one seen on the first download is recorded beside the file and compared from then on.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from anymol.data.download import discard, download, partial_path
from anymol.errors import DataError, UserError
from anymol.files import hash_file, write_atomically
from anymol.locks import lock_folder

CHECKSUMS: Final = "checksums.json"
"""File beside the downloads that holds the sha256 seen first."""

_DEEPCHEM: Final = "https://deepchemdata.s3.us-west-1.amazonaws.com/datasets"
_MOLT5: Final = "https://raw.githubusercontent.com/blender-nlp/MolT5/main/ChEBI-20_data"
_MASSSPECGYM: Final = "https://huggingface.co/datasets/roman-bushuiev/MassSpecGym/resolve/main/data"
_IBM_SPECTRA: Final = "https://zenodo.org/records/11611178/files"
_MASSBANK: Final = "https://github.com/MassBank/MassBank-data/releases/latest/download"
_MOL_INSTRUCTIONS: Final = "https://huggingface.co/datasets/zjunlp/Mol-Instructions/resolve/main/data"


@dataclass(frozen=True)
class RemoteFile:
    """One file to download.

    Attributes:
        url: Where it is.
        sha256: Its checksum in hex; None where none is known: then the checksum is recorded on first download.
    """

    url: str
    sha256: str | None = None

    @property
    def name(self) -> str:
        """Name of the file on disk."""
        return self.url.rsplit("/", 1)[1]


@dataclass(frozen=True)
class PublicSource:
    """A public data set.

    Attributes:
        name: Public name.
        summary: What it holds.
        licence: The licence its publishers state.
        files: Its files; none of a source that no plain download gives.
        homepage: Where it is described.
        by_hand: What else, or what alone, must be downloaded and unpacked by hand, and what then lies in the folder.
    """

    name: str
    summary: str
    licence: str
    files: tuple[RemoteFile, ...]
    homepage: str
    by_hand: str = ""


@dataclass(frozen=True)
class Fetched:
    """A downloaded file.

    Attributes:
        path: Where it is.
        sha256: Its checksum.
        pinned: Whether it was compared with a checksum known beforehand.
    """

    path: Path
    sha256: str
    pinned: bool


def _moleculenet(*names: str) -> tuple[RemoteFile, ...]:
    return tuple(RemoteFile(f"{_DEEPCHEM}/{name}") for name in names)


PUBLIC_SOURCES: Final[Mapping[str, PublicSource]] = MappingProxyType(
    {
        source.name: source
        for source in (
            PublicSource(
                "mol_instructions",
                "1.3 million molecule-oriented instructions: description, design, reactions, properties",
                "CC BY 4.0",
                (RemoteFile(f"{_MOL_INSTRUCTIONS}/Molecule-oriented_Instructions.zip"),),
                "https://huggingface.co/datasets/zjunlp/Mol-Instructions",
                "unpack Molecule-oriented_Instructions.zip there",
            ),
            PublicSource(
                "chebi20",
                "33,010 molecules with ChEBI descriptions, official splits",
                "ChEBI: CC BY 4.0; repository: BSD-3-Clause",
                tuple(RemoteFile(f"{_MOLT5}/{split}.txt") for split in ("train", "validation", "test")),
                "https://github.com/blender-nlp/MolT5",
            ),
            PublicSource(
                "smolinstruct",
                "3.3 million instructions of fourteen tasks: names, properties, descriptions, reactions",
                "CC BY 4.0",
                (),
                "https://github.com/OSU-NLP-Group/LLM4Chem",
                "download the data of https://huggingface.co/datasets/osunlp/SMolInstruct, and unpack its folders "
                "train, dev and test there",
            ),
            PublicSource(
                "uspto_50k",
                "50,037 patent reactions with atom maps and reaction classes",
                "CC0 (patents)",
                (RemoteFile(f"{_DEEPCHEM}/USPTO_50K.csv"),),
                "https://deepchem.io",
                "recipes read another form: raw_train.csv, raw_val.csv and raw_test.csv of "
                "https://github.com/Hanjun-Dai/GLN",
            ),
            PublicSource(
                "uspto_mit",
                "479,035 patent reactions without stereochemistry, official splits",
                "CC0 (patents)",
                (RemoteFile(f"{_DEEPCHEM}/USPTO_MIT.csv"),),
                "https://github.com/wengong-jin/nips17-rexgen",
                "recipes read another form: train.txt, valid.txt and test.txt of "
                "https://github.com/wengong-jin/nips17-rexgen (USPTO/data.zip)",
            ),
            PublicSource(
                "uspto_full",
                "about a million patent reactions",
                "CC0 (patents)",
                (RemoteFile(f"{_DEEPCHEM}/USPTO_FULL.csv"),),
                "https://deepchem.io",
            ),
            PublicSource(
                "moleculenet",
                "measured properties: BBBP, BACE, HIV, ClinTox, Tox21, SIDER, ESOL, FreeSolv, Lipophilicity",
                "MIT (DeepChem's copies)",
                _moleculenet(
                    "BBBP.csv", "bace.csv", "HIV.csv", "clintox.csv.gz", "tox21.csv.gz", "sider.csv.gz",
                    "delaney-processed.csv", "SAMPL.csv", "Lipophilicity.csv",
                ),
                "https://moleculenet.org",
            ),
            PublicSource(
                "qm9",
                "133,885 small molecules with computed electronic properties and geometries",
                "CC0",
                _moleculenet("qm9.csv", "gdb9.tar.gz"),
                "https://doi.org/10.6084/m9.figshare.978904",
            ),
            PublicSource(
                "massspecgym",
                "measured MS/MS spectra with molecules, official folds",
                "MIT (the compilation; spectra of MassBank, MoNA and GNPS)",
                (RemoteFile(f"{_MASSSPECGYM}/MassSpecGym.tsv"),),
                "https://github.com/pluskal-lab/MassSpecGym",
            ),
            PublicSource(
                "massbank",
                "measured MS/MS spectra of MassBank's latest release, as one MSP file",
                "MassBank: licences of the records",
                (RemoteFile(f"{_MASSBANK}/MassBank_NISTformat.msp"),),
                "https://github.com/MassBank/MassBank-data",
                "the MSP file states no licences; for those unpack the release's source instead (MSBNK-*.txt)",
            ),
            PublicSource(
                "ibm_spectra",
                "computed NMR, IR and MS/MS spectra of 790,000 molecules",
                "terms of Zenodo record 11611178",
                (RemoteFile(f"{_IBM_SPECTRA}/multimodal_spectroscopic_dataset.zip"),),
                "https://zenodo.org/records/11611178",
                "unpack multimodal_spectroscopic_dataset.zip there",
            ),
            PublicSource(
                "openexp",
                "274,439 reactions with action steps, solvents and catalysts",
                "CC0 (patents), CC BY-SA 4.0 (Open Reaction Database)",
                (),
                "https://github.com/syr-cn/ReactXT/tree/main/openExp",
                "download https://osf.io/3dv4k in a browser, and unpack train.json, valid.json and test.json there",
            ),
            PublicSource(
                "uspto_1k_tpl",
                "445,000 patent reactions of a thousand templates",
                "CC0 (patents); compilation: MIT",
                (),
                "https://github.com/rxn4chemistry/rxnfp/tree/master/data/uspto_1k_TPL",
                "download https://ibm.box.com/v/MappingChemicalReactions in a browser, and unpack "
                "data_set/uspto_1k_TPL_train_valid.tsv.gzip and data_set/uspto_1k_TPL_test.tsv.gzip there",
            ),
            PublicSource(
                "ord",
                "the Open Reaction Database: reactions with conditions, yields and procedures",
                "CC BY-SA 4.0",
                (),
                "https://docs.open-reaction-database.org",
                "clone https://github.com/open-reaction-database/ord-data with Git LFS, or run its "
                "scripts/download_from_huggingface.py, and put its folder data there",
            ),
            PublicSource(
                "presto",
                "PRESTO's instructions about reactions, conditions, yields, names and descriptions",
                "CC BY-NC 4.0",
                (),
                "https://github.com/IDEA-XL/PRESTO",
                "log in to huggingface.co and download the sets OpenMol/*_SMILES-MMChat, each into a folder of its own "
                "there",
            ),
            PublicSource(
                "moleculestm",
                "PubChemSTM, MoleculeSTM's captions: over 280,000 descriptions of PubChem",
                "descriptions of PubChem, whose terms differ from depositor to depositor",
                (),
                "https://github.com/chao1224/MoleculeSTM",
                "its authors may not release the texts: run their preprocessing/PubChemSTM, and put "
                "raw/CID2text.json and raw/CID2SMILES.csv there",
            ),
        )
    }
)  # fmt: skip
"""The public originals, by name."""


def get_public_source(name: str) -> PublicSource:
    """Return a public source by name.

    Raises:
        UserError: Naming the nearest known ones.
    """
    if name in PUBLIC_SOURCES:
        return PUBLIC_SOURCES[name]
    near = difflib.get_close_matches(name, PUBLIC_SOURCES, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(PUBLIC_SOURCES)}"
    raise UserError(f"no public source is called '{name}'", value=name, hint=hint)


def fetch_source(
    source: PublicSource, directory: Path, *, report: Callable[[str, int], None] | None = None
) -> list[Fetched]:
    """Download the files of a source; those that are there and have the right checksum are kept.

    A download that breaks off is continued, now or by the next call, where the server names versions of its files.

    Args:
        source: What to download.
        directory: Where to; a folder of the source's name is made in it.
        report: Called with a file's name and the number of bytes read so far.

    Raises:
        UserError: No plain download gives it; what to download by hand, and where to put it.
        DataError: When a download fails or a checksum differs.
        LockedError: Another process downloads the same source.
    """
    folder = directory / source.name
    if not source.files:
        raise UserError(
            f"{source.name} has to be downloaded by hand", value=folder, hint=f"for {folder}: {source.by_hand}"
        )
    with lock_folder(folder, hint="wait until it has finished"):
        return [_fetch_file(file, folder, report) for file in source.files]


def _fetch_file(file: RemoteFile, folder: Path, report: Callable[[str, int], None] | None) -> Fetched:
    path = folder / file.name
    expected = file.sha256 or _read_checksums(folder).get(file.name)
    if path.is_file() and expected is not None and hash_file(path) == expected:
        return Fetched(path, expected, file.sha256 is not None)
    found = download(file.url, path, lambda size: report(file.name, size) if report else None)
    if expected is not None and found != expected:
        discard(path)
        raise DataError(
            f"the checksum of {file.name} is {found}, not {expected}",
            value=file.url,
            hint="it was changed or damaged on the way; remove it and its line in checksums.json to accept it",
        )
    partial_path(path).replace(path)
    discard(path)
    if file.sha256 is None:
        _write_checksums(folder, {**_read_checksums(folder), file.name: found})
    return Fetched(path, found, file.sha256 is not None)


def _read_checksums(folder: Path) -> dict[str, str]:
    path = folder / CHECKSUMS
    if not path.is_file():
        return {}
    try:
        recorded: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise DataError("the recorded checksums cannot be read", value=path, hint="remove the file") from error
    return recorded


def _write_checksums(folder: Path, checksums: Mapping[str, str]) -> None:
    write_atomically(folder / CHECKSUMS, json.dumps(dict(sorted(checksums.items())), indent=1) + "\n")
