"""Named molecules whose predicted spectra are like those of a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anymol.inference.answers import Answer, Method
from anymol.inference.sources.source import Found, Question
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.retrieval.spectral_library.infrared_spectra import search_infrared_spectrum
from anymol.retrieval.spectral_library.mass_spectra import SpectralHit, search_mass_spectrum
from anymol.tasks.evidence import PlaceEvidence, PrecedentEvidence, ProgramEvidence
from anymol.tasks.task import AnswerKind, Slot, Task
from anymol.version import __version__


class SpectralLibrary:
    """The spectral library: the shipped dictionary of names, with a spectrum predicted for each molecule."""

    method = Method.SEARCHED

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks which molecule a spectrum is of."""
        return bool({Modality.MS2, Modality.IR} & set(task.reads)) and task.answer is AnswerKind.MOLECULE

    def try_answer(self, question: Question) -> Found | None:
        """Return known molecules that fit the spectra of a question, each once; None where there is no spectrum."""
        asked, limit = question.task_input, question.options.top_k
        found: dict[str, Answer] = {}
        notes: tuple[str, ...] = ()
        records = [part.record for part in asked.records.get(Slot.MOLECULE, ())]
        spectra = [record for record in records if isinstance(record, MassSpectrum | InfraredSpectrum)]
        places = asked.list_places(Slot.MOLECULE, (Modality.MS2, Modality.IR))
        for spectrum, place in zip(spectra, places, strict=True):
            match spectrum:
                case MassSpectrum() as measured:
                    hits: Sequence[SpectralHit] = search_mass_spectrum(measured, formula=asked.formula, limit=limit)
                    shared, method = "of this mass", "ms2:fragmenter, cosine of spectra"
                case InfraredSpectrum() as curve:
                    searched = search_infrared_spectrum(curve, asked.formula, limit=limit)
                    hits, shared = searched.hits, "of this formula"
                    method = "ir:surrogate, agreement of spectra"
                    notes += (searched.note,) if searched.note else ()
            for answer in _answer(question.task, hits, shared, method, place):
                found.setdefault(str(answer.value), answer)
        return Found(tuple(found.values()), notes) if spectra else None


def _answer(
    task: Task, hits: Sequence[SpectralHit], shared: str, method: str, place: PlaceEvidence
) -> Iterator[Answer]:
    program = ProgramEvidence("anymol", __version__, method)
    for rank, hit in enumerate(hits):
        fit = f"{hit.name}: fit {hit.score:.2f}"
        best = f"{hit.name}: best fit {hit.score:.2f} of {hit.rivals} named molecules {shared}"
        yield Answer(
            hit.smiles,
            hit.name,
            task.answer,
            Method.SEARCHED,
            program=fit if rank else best,
            evidence=(PrecedentEvidence(hit.name, hit.score, hit.source), program, place),
        )
