/** The JSON that the server answers with, as far as the page reads it. */

export interface Check {
  name: string;
  passed: boolean | null;
  detail: string;
}

export interface ReactionEvidence {
  kind: "reaction";
  id: string;
  similarity: number;
  source: string;
  reaction: string;
  year: number | null;
  yield_percent: number | null;
  temperature_c: number | null;
  reaction_class: string | null;
  note: string | null;
  name: string | null;
}

export interface PrecedentEvidence {
  kind: "precedent";
  id: string;
  similarity: number;
  source: string;
  year: number | null;
  value?: string;
}

export interface ProgramEvidence {
  kind: "program";
  program: string;
  version: string | null;
  method: string | null;
}

export interface PlaceEvidence {
  kind: "place";
  file: string | null;
  place: string;
}

export interface ModelEvidence {
  kind: "model";
  model: string;
}

export type Evidence = ReactionEvidence | PrecedentEvidence | ProgramEvidence | PlaceEvidence | ModelEvidence;

export type Method = "computed" | "model" | "searched" | "predicted" | "read";

export interface Answer {
  name?: string;
  value: string | number | boolean;
  text: string;
  unit?: string;
  kind: "molecule" | "mixture" | "reaction" | "text" | "number" | "class" | string;
  shown: string;
  certainty: string;
  reaction?: string;
  probability?: number | null;
  interval?: { low: number; high: number; level: number } | null;
  method: Method;
  bonds?: string;
  exact?: boolean;
  program?: string | null;
  calibrated?: boolean;
  checks: Check[];
  evidence: Evidence[];
  statement?: string;
  smiles?: string;
  notes?: string[];
  doubts?: string[];
  /** What the peaks of the mass spectrum that was given may be of this molecule. */
  peaks?: Peak[];
}

/** What a peak of a mass spectrum may be: an ion, by a fragment of the molecule. */
export interface Peak {
  mz: number;
  formula: string;
  loss: string;
  fragment: string;
  ppm: number;
}

/** What is told of two forms in which a molecule was given. */
export interface Agreement {
  between: string[];
  verdict: "disagree" | "agree" | "nothing speaks against it" | "cannot be told" | "not compared";
  probability: number | null;
  decided: boolean;
  said: string;
}

/** What is answered where some of the forms are given only. */
export interface PartialAnswer {
  forms: string[];
  shown?: string;
  method?: string;
  certainty?: string;
  probability?: number | null;
  error?: string;
}

export interface Explanation {
  forms: string[];
  followed: string[];
  sentence: string;
  partial: PartialAnswer[];
  contributions: { form: string; changes_answer: boolean; probability_change: number | null; said: string }[];
  bounded: string | null;
}

export interface Prediction {
  question?: string;
  task: string;
  input: string | Record<string, string>;
  answers: Answer[];
  model: string;
  seconds: number;
  notes?: string[];
  /** SMILES of the molecules that were asked about, as they were understood. */
  about: string[];
  agreement?: Agreement[];
  explanation?: Explanation;
}

export interface Failure {
  kind: string;
  input: string | null;
  message: string;
  hint: string | null;
}

export type Row = Prediction | { task: string; input: string | Record<string, string>; error: Failure };

export interface Task {
  name: string;
  summary: string;
  family: string;
  inputs: { required: string[]; optional: string[] };
  output: string;
  unit: string | null;
  computed: boolean;
  example: { input: Record<string, string>; answer: unknown } | null;
}

/** An array of a stored record: numbers as they are, or deflated bytes in base64. */
export interface PackedArray {
  dtype: string;
  shape: number[];
  values?: (number | null)[];
  deflated?: string;
}

export interface StoredRecord {
  record: "Conformer" | "MassSpectrum" | "InfraredSpectrum";
  [field: string]: unknown;
}

export interface Contents {
  file: string;
  modality: "graph" | "conformer" | "image" | "ms2" | "ir" | "reaction";
  molecules: { name: string | null; smiles: string | null; error: string | null; notes: string[] }[];
  is_whole: boolean;
  record: StoredRecord | null;
  notes: string[];
}

export interface Job<Result> {
  id: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  progress: Record<string, number>;
  error?: Failure;
  result?: Result | null;
}

export interface StockMatch {
  listed_as: string | null;
  name: string | null;
  price: number | null;
  note: string | null;
}

export interface Step {
  reaction: string;
  product: string;
  reactants: string[];
  probability: number;
  recorded: boolean;
  stereocentres_set: number;
  evidence: Evidence[];
}

export interface Route {
  complete: boolean;
  score: number;
  length: number;
  price: number | null;
  steps: Step[];
  leaves: { smiles: string; stock: StockMatch | null }[];
}

export interface Plan {
  target: string;
  given: string;
  read_as: string;
  solved: boolean;
  single_step: string;
  stock: { name: string; size: number };
  in_stock: StockMatch | null;
  alternatives: { route: Route; variants: Route[]; variant_count: number }[];
  near_misses: Route[];
  missing: { smiles: string; reason: string; [field: string]: unknown }[];
  molecules: number;
  seconds: number;
  ended: string;
  notes: string[];
}

/** A part of a question beside its words, as chat completions take it. */
export type Part =
  | { type: "text"; text: string }
  | { type: "molecule"; molecule: string; format?: "smiles" | "name" | "inchi" | "selfies" }
  | { type: "file"; file: { filename: string; file_data: string } };
