/** A prediction: how the question was understood, and its answers as cards, each with its proof. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Contributions } from "./contributions";
import { CopyMenu } from "./copying";
import { Drawing } from "./drawing";
import { Precedents } from "./precedents";
import type { Answer, Check, Evidence, Prediction, ReactionEvidence } from "./types";
import { describeCertainty, describeEvidence, describeMethod, hasFailed, spell } from "./wording";

const STRUCTURES = new Set(["molecule", "mixture", "reaction"]);

/** What may be done next with a structure that an answer gives. */
export interface Next {
  ask: (smiles: string) => void;
  plan: (smiles: string) => void;
}

interface Props {
  prediction: Prediction;
  next: Next;
  /** What stands under the structure of an answer, such as a spectrum that it explains. */
  beside?: (answer: Answer, rank: number) => ComponentChildren;
}

export function PredictionView({ prediction, next, beside }: Props) {
  const { answers, notes = [], about = [], agreement = [] } = prediction;
  // What makes an answer doubtful stands on its card.
  const said = notes.filter((note) => !answers.some((answer) => answer.doubts?.includes(note)));
  return (
    <section class="prediction" aria-label={`Answers: ${spell(prediction.task)}`}>
      {said.length > 0 && (
        <ul class="notes">
          {said.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {about.length > 0 && !answers.some(findStructure) && (
        <div class="about" role="group" aria-label="The molecules that were asked about">
          {about.map((smiles) => (
            <Drawing key={smiles} structure={smiles} small label={`Asked about: ${smiles}`} />
          ))}
        </div>
      )}
      {agreement.length > 0 && <Contributions explanation={prediction.explanation} agreement={agreement} />}
      {answers.length === 0 && <p>There is no answer.</p>}
      <div class={answers.length > 1 ? "cards many" : "cards"}>
        {answers.map((answer, index) => (
          <AnswerCard
            key={index}
            answer={answer}
            rank={answers.length > 1 ? index + 1 : null}
            prediction={prediction}
            next={next}
            beside={beside?.(answer, index)}
          />
        ))}
      </div>
      <p class="quiet foot">
        {spell(prediction.task)} · {prediction.model} · {prediction.seconds.toFixed(1)} s
      </p>
    </section>
  );
}

interface CardProps {
  answer: Answer;
  rank: number | null;
  prediction: Prediction;
  next: Next;
  beside: ComponentChildren;
}

/** Return the SMILES that an answer draws; null where it is text or a number. */
export function findStructure(answer: Answer): string | null {
  if (answer.reaction) return answer.reaction;
  if (STRUCTURES.has(answer.kind)) return String(answer.value);
  return answer.smiles ?? null;
}

function AnswerCard({ answer, rank, prediction, next, beside }: CardProps) {
  const badge = describeMethod(answer);
  const structure = findStructure(answer);
  const isStructure = STRUCTURES.has(answer.kind);
  const smiles = isStructure && answer.kind !== "reaction" ? String(answer.value) : null;
  const precedents = answer.evidence.filter((one): one is ReactionEvidence => one.kind === "reaction");
  const others = answer.evidence.filter((one) => one.kind !== "reaction");
  const named = isStructure && answer.text !== answer.value && answer.text.length < 80 ? answer.text : null;
  return (
    <article class={`card answer ${badge.tone}`} aria-label={rank ? `Answer ${rank}` : "Answer"}>
      <header>
        {rank && <span class="rank">{rank}</span>}
        <span class={`badge ${badge.tone}`} title={badge.explained}>
          {badge.text}
        </span>
        <span class="certainty">{describeCertainty(answer)}</span>
      </header>
      {answer.probability != null && <Likelihood probability={answer.probability} isCalibrated={answer.calibrated ?? false} />}
      {structure && <Drawing structure={structure} changes={Boolean(answer.reaction) || answer.kind === "reaction"} />}
      {isStructure ? (
        <p class="value">
          {named && <strong>{named}</strong>} <code class="smiles">{String(answer.value)}</code>
        </p>
      ) : (
        <p class={answer.kind === "number" || answer.shown.length < 40 ? "value headline" : "value"}>{answer.statement ?? answer.shown}</p>
      )}
      {answer.kind === "number" && answer.interval && <Range answer={answer} />}
      {answer.doubts?.map((doubt) => (
        <p class="doubt" key={doubt}>
          Doubt: {doubt}
        </p>
      ))}
      {answer.notes?.map((note) => (
        <p class="quiet" key={note}>
          {note}
        </p>
      ))}
      {beside}
      {answer.checks.length > 0 && <Checks checks={answer.checks} isOpen={hasFailed(answer)} />}
      {precedents.length > 0 && <Precedents precedents={precedents} />}
      <Sources evidence={others} program={answer.program ?? null} />
      <footer class="actions">
        <CopyMenu answer={answer} prediction={prediction} structure={structure} />
        {smiles && (
          <button type="button" onClick={() => next.ask(smiles)}>
            Ask about it
          </button>
        )}
        {smiles && answer.kind === "molecule" && (
          <button type="button" onClick={() => next.plan(smiles)}>
            Find routes
          </button>
        )}
      </footer>
    </article>
  );
}

function Likelihood({ probability, isCalibrated }: { probability: number; isCalibrated: boolean }) {
  const percent = Math.round(100 * probability);
  return (
    <div
      class={isCalibrated ? "bar" : "bar loose"}
      role="meter"
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-label="Probability that this is right, percent"
    >
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}

/** Where the true number lies, as a line with the answer on it. */
function Range({ answer }: { answer: Answer }) {
  const { low, high } = answer.interval!;
  const value = Number(answer.value);
  const place = high > low ? (100 * (value - low)) / (high - low) : 50;
  return (
    <div class="range" aria-hidden="true">
      <span>{low.toFixed(2)}</span>
      <div class="track">
        <i style={{ left: `${Math.min(100, Math.max(0, place))}%` }} />
      </div>
      <span>{high.toFixed(2)}</span>
    </div>
  );
}

const MARKS = new Map<boolean | null, [sign: string, word: string]>([
  [true, ["✓", "passed"]],
  [false, ["✗", "failed"]],
  [null, ["?", "undecided"]],
]);

function countChecks(checks: Check[]): string {
  const count = (passed: boolean | null) => checks.filter((check) => check.passed === passed).length;
  const said = [`${count(true)} of ${checks.length} checks passed`];
  if (count(false)) said.push(`${count(false)} failed`);
  if (count(null)) said.push(`${count(null)} undecided`);
  return said.join(", ");
}

function Checks({ checks, isOpen }: { checks: Check[]; isOpen: boolean }) {
  return (
    <details class="checks" open={isOpen}>
      <summary>{countChecks(checks)}</summary>
      <ul>
        {checks.map((check) => {
          const [sign, word] = MARKS.get(check.passed)!;
          return (
            <li key={check.name} class={word}>
              <span class="mark" aria-hidden="true">
                {sign}
              </span>{" "}
              <b>{spell(check.name)}</b> <span class="word">{word}</span>: {check.detail}
            </li>
          );
        })}
      </ul>
    </details>
  );
}

function Sources({ evidence, program }: { evidence: Evidence[]; program: string | null }) {
  const [isWhole, setIsWhole] = useState(false);
  const said = evidence.map(describeEvidence);
  const lines = program && !said.some((one) => one.includes(program) || program.startsWith(one.split(" ")[0]!)) ? [program, ...said] : said;
  if (lines.length === 0) return null;
  const shown = isWhole ? lines : lines.slice(0, 3);
  return (
    <p class="sources">
      <b>Source:</b> {shown.join("; ")}
      {lines.length > shown.length && (
        <button type="button" class="link" onClick={() => setIsWhole(true)}>
          and {lines.length - shown.length} more
        </button>
      )}
    </p>
  );
}
