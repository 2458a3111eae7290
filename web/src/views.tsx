/** What a structure looks like in three dimensions, and its computed spectra, the given one above them. */

import { useState } from "preact/hooks";
import { explain, post } from "./api";
import { ErrorBox } from "./errors";
import { Geometry } from "./geometry";
import { matchPeaks, readTrace, SpectrumPlot, type Trace } from "./spectra";
import type { Peak, StoredRecord } from "./types";

type View = "conformer" | "ms2" | "ir";

const TITLES: Record<View, string> = { conformer: "3D", ms2: "MS/MS", ir: "IR" };

interface Made {
  results: { error?: never; records: Record<string, { method: string; records: StoredRecord[]; peaks: Peak[][]; error?: { message: string } }> }[];
}

interface Shown {
  view: View;
  method: string;
  record: StoredRecord;
  computed: Trace | null;
  given: Trace | null;
}

interface Props {
  smiles: string;
  /** The records that were given with the question. */
  given: StoredRecord[];
  /** What the peaks of the mass spectrum among them may be of this structure. */
  peaks: Peak[];
}

export function StructureViews({ smiles, given, peaks }: Props) {
  const [shown, setShown] = useState<Shown | null>(null);
  const [asked, setAsked] = useState<View | null>(null);
  const [error, setError] = useState<unknown>(null);

  async function show(view: View) {
    setError(null);
    if (shown?.view === view) return setShown(null);
    setAsked(view);
    try {
      setShown(await make(smiles, view, given.find((one) => isLike(one, view)) ?? null, peaks));
    } catch (fault) {
      setError(fault);
    } finally {
      setAsked(null);
    }
  }

  return (
    <div class="views">
      <div class="choices" role="group" aria-label="Computed views of the structure">
        {(Object.keys(TITLES) as View[]).map((view) => (
          <button type="button" key={view} aria-pressed={shown?.view === view} disabled={asked !== null} onClick={() => show(view)}>
            {asked === view ? "…" : TITLES[view]}
            {given.some((one) => isLike(one, view)) ? " beside yours" : ""}
          </button>
        ))}
      </div>
      {error !== null && <ErrorBox error={explain(error)} />}
      {shown && <ShownView shown={shown} smiles={smiles} />}
    </div>
  );
}

function isLike(record: StoredRecord, view: View): boolean {
  return (record.record === "MassSpectrum" && view === "ms2") || (record.record === "InfraredSpectrum" && view === "ir");
}

function ShownView({ shown, smiles }: { shown: Shown; smiles: string }) {
  const { view, record, computed, given, method } = shown;
  return (
    <div>
      {view === "conformer" && <Geometry record={record} label={`Computed geometry of ${smiles}, to turn and zoom`} />}
      {computed && <SpectrumPlot given={given ?? computed} mirrored={given ? computed : null} isMass={view === "ms2"} />}
      <p class="quiet">Computed, not measured: {method}</p>
    </div>
  );
}

async function make(smiles: string, view: View, given: StoredRecord | null, peaks: Peak[]): Promise<Shown> {
  const found = await post<Made>("v1/synthesize", { molecules: [smiles], modalities: [view] });
  const made = found.results[0]?.records?.[view];
  if (!made || made.error || !made.records[0]) throw new Error(made?.error?.message ?? "it could not be computed");
  const shown: Shown = { view, method: made.method, record: made.records[0], computed: null, given: null };
  if (view === "conformer") return shown;
  const traces = await Promise.all(made.records.map((one, place) => readTrace(one, nameComputed(one), made.peaks[place])));
  if (!given) return { ...shown, computed: traces[Math.min(1, traces.length - 1)]! };
  const above = await readTrace(given, "given", peaks);
  // Ions of the other sign differ by two electrons only, which the tolerance of a match does not see.
  const ofSameIon = traces.filter((_, place) => made.records[place]!.adduct === given.adduct);
  return { ...shown, given: above, computed: view === "ms2" ? findNearest(above, ofSameIon.length > 0 ? ofSameIon : traces) : traces[0]! };
}

function nameComputed(record: StoredRecord): string {
  const energy = record.collision_energy as { value: number; unit: string } | null | undefined;
  return energy ? `computed, ${energy.value} ${energy.unit}` : "computed";
}

/** Return the computed spectrum, of several energies, whose peaks cover most of the given intensity. */
function findNearest(given: Trace, computed: Trace[]): Trace {
  const covered = (one: Trace) => {
    const matched = matchPeaks(given.x, one.x);
    const strong = matchPeaks(one.x, given.x);
    const share = (y: number[], is: boolean[]) => y.reduce((sum, value, peak) => sum + (is[peak] ? value : 0), 0) / y.reduce((sum, value) => sum + value, 0);
    return share(given.y, matched) * share(one.y, strong);
  };
  return computed.reduce((best, one) => (covered(one) > covered(best) ? one : best));
}
