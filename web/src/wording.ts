/** Words for what the server states in codes. None of them claims more than the server does. */

import type { Answer, Evidence, ReactionEvidence } from "./types";

export interface Badge {
  text: string;
  explained: string;
  tone: "sure" | "likely" | "guess" | "doubtful";
}

/** Say how an answer was found. */
export function describeMethod(answer: Answer): Badge {
  const badge = nameMethod(answer);
  const isDoubtful = answer.certainty.includes("doubtful") || hasFailed(answer);
  return isDoubtful ? { ...badge, tone: "doubtful" } : badge;
}

function nameMethod(answer: Answer): Badge {
  switch (answer.method) {
    case "computed":
      if (answer.bonds === "perceived") {
        return { text: "Computed, bonds perceived", explained: "The file states no bonds; they were perceived from distances.", tone: "likely" };
      }
      return answer.exact
        ? { text: "Computed exactly", explained: "A program computed it; it is right by definition.", tone: "sure" }
        : { text: "Computed", explained: "A program computed it by a published method, which is itself an estimate.", tone: "likely" };
    case "searched":
      if (!answer.exact) return { text: "Found by search", explained: "The best fit among known molecules or reactions.", tone: "likely" };
      return answer.kind === "number" || answer.kind === "class"
        ? { text: "Measured", explained: "It was measured of this very molecule.", tone: "sure" }
        : { text: "Recorded", explained: "This very answer is recorded.", tone: "sure" };
    case "read":
      return { text: "Read from the drawing", explained: "It was read off the picture that was given.", tone: "likely" };
    case "predicted":
      return { text: "Predicted from measurements", explained: "A predictor fitted to measurements of other molecules.", tone: "guess" };
    case "model":
      return { text: "Model's answer", explained: "A language model wrote it; look at its checks.", tone: "guess" };
  }
}

export function hasFailed(answer: Answer): boolean {
  return answer.checks.some((check) => check.passed === false);
}

const SPELLED: Record<string, string> = {
  logp: "logP",
  tpsa: "TPSA",
  qed: "QED",
  homo: "HOMO",
  lumo: "LUMO",
  homo_lumo_gap: "HOMO–LUMO gap",
  bbbp: "Blood-brain barrier (BBBP)",
  bace: "BACE-1 inhibition",
  hiv: "HIV inhibition",
  clintox: "ClinTox",
  tox21: "Tox21",
  sider: "Side effects (SIDER)",
};

/** Write the name of a task or a check as words. */
export function spell(name: string): string {
  if (SPELLED[name]) return SPELLED[name];
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the badge of the method says already. */
const SAID_BY_BADGE = new Set(["computed", "exact", "measured", "recorded", "bonds perceived"]);

/** Say how sure an answer is, as a sentence part; empty where the method says it. */
export function describeCertainty(answer: Answer): string {
  if (answer.kind === "number" && answer.interval) {
    const percent = Math.round(100 * answer.interval.level);
    return `${percent} % interval ${answer.certainty} ${answer.unit ?? ""}`.trim();
  }
  if (answer.probability != null) {
    return `probability ${answer.probability.toFixed(2)}${answer.calibrated ? "" : ", not calibrated"}`;
  }
  // What was searched by, and how well it fits, is said by the program.
  if (answer.certainty === "see fit") return answer.program ?? "see how well it fits";
  if (SAID_BY_BADGE.has(answer.certainty)) return "";
  const known: Record<string, string> = {
    "not fitted": "how sure is not known",
    unknown: "how sure is not known",
  };
  return known[answer.certainty] ?? answer.certainty;
}

export function describeEvidence(one: Evidence): string {
  switch (one.kind) {
    case "program":
      return [one.program, one.version, one.method && `— ${one.method}`].filter(Boolean).join(" ");
    case "place":
      return one.file ? `${one.file}, ${one.place}` : one.place;
    case "precedent":
      return `${one.id}${one.value ? `: ${one.value}` : ""} (${one.source}${one.year ? `, ${one.year}` : ""}), similarity ${one.similarity.toFixed(2)}`;
    case "reaction":
      return `${one.id} (${one.source}${one.year ? `, ${one.year}` : ""})`;
    case "model":
      return `model ${one.model}`;
  }
}

/** Say how a recorded reaction went. */
export function describePrecedent(one: ReactionEvidence): string {
  const said = [`similarity ${one.similarity.toFixed(2)}`];
  if (one.yield_percent != null) said.push(`yield ${one.yield_percent.toFixed(0)} %`);
  if (one.temperature_c != null) said.push(`${one.temperature_c} °C`);
  if (one.reaction_class && !one.name) said.push(one.reaction_class);
  if (one.note) said.push(one.note);
  return said.join(" · ");
}

export function writeInput(input: string | Record<string, string>): string {
  return typeof input === "string" ? input : Object.entries(input).map(([slot, value]) => `${slot}: ${value}`).join(", ");
}
