/** The routes tab: a search as a job that can be watched and ended, and its routes as trees to open. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type AskError, explain, isLeft, runJob } from "./api";
import { Drawing } from "./drawing";
import { Editor } from "./editor";
import { ErrorBox } from "./errors";
import { Precedents } from "./precedents";
import type { Plan, ReactionEvidence, Route, Step, StockMatch } from "./types";
import { spell } from "./wording";

interface Props {
  isHidden: boolean;
  /** A molecule that another tab wants routes to. */
  wanted: string | null;
}

export function RoutesTab({ isHidden, wanted }: Props) {
  const [molecule, setMolecule] = useState("");
  const [steps, setSteps] = useState(6);
  const [seconds, setSeconds] = useState(20);
  const [progress, setProgress] = useState<Record<string, number> | null>(null);
  const [plan, setPlan] = useState<Plan | null>(null);
  const [error, setError] = useState<AskError | null>(null);
  const [isDrawing, setIsDrawing] = useState(false);
  const working = useRef<AbortController | null>(null);
  useEffect(() => {
    if (wanted) setMolecule(wanted);
  }, [wanted]);

  async function search(event: Event) {
    event.preventDefault();
    if (progress) return;
    const control = new AbortController();
    working.current = control;
    setError(null);
    setPlan(null);
    setProgress({});
    try {
      const body = { kind: "plan", molecule: molecule.trim(), steps, seconds };
      setPlan(await runJob<Plan>(body, (job) => setProgress(job.progress), control.signal));
    } catch (fault) {
      if (!isLeft(fault)) setError(explain(fault));
    } finally {
      setProgress(null);
    }
  }

  return (
    <section id="panel-routes" role="tabpanel" aria-labelledby="tab-routes" hidden={isHidden}>
      <form class="card ask" onSubmit={search}>
        <div class="line">
          <label for="target">Molecule to make: SMILES or a name</label>
          <input id="target" value={molecule} required autocomplete="off" spellcheck={false} placeholder="ibuprofen" onInput={(event) => setMolecule(event.currentTarget.value)} />
          <button type="button" onClick={() => setIsDrawing(true)}>
            Draw
          </button>
        </div>
        <div class="line">
          <label for="steps">Steps in a row, at most</label>
          <input id="steps" type="number" min={1} max={20} value={steps} onInput={(event) => setSteps(Number(event.currentTarget.value))} />
          <label for="seconds">Search for, seconds</label>
          <input id="seconds" type="number" min={1} max={3600} value={seconds} onInput={(event) => setSeconds(Number(event.currentTarget.value))} />
        </div>
        <div class="actions">
          {progress ? (
            <button key="stop" type="button" class="primary" onClick={() => working.current?.abort()}>
              Stop
            </button>
          ) : (
            <button key="start" type="submit" class="primary">
              Find routes
            </button>
          )}
        </div>
        {progress && (
          <div>
            <progress max={seconds} value={progress.seconds ?? 0} aria-label="Time of the search that has passed" />
            <p class="quiet" role="status">
              {progress.molecules ? `${countMolecules(progress.molecules)} looked at` : "Opening the stores of reactions …"}
            </p>
          </div>
        )}
      </form>
      {error && <ErrorBox error={error} />}
      {plan && <PlanView plan={plan} />}
      {isDrawing && (
        <Editor
          initial={undefined}
          canDrawReactions={false}
          use={(smiles) => {
            setMolecule(smiles);
            setIsDrawing(false);
          }}
          close={() => setIsDrawing(false)}
        />
      )}
    </section>
  );
}

function PlanView({ plan }: { plan: Plan }) {
  const count = plan.alternatives.length;
  return (
    <section class="plan" aria-label={`Routes to ${plan.given}`}>
      <h2 class="question">Routes to {plan.given}</h2>
      <p role="status">
        {count === 0 ? "No complete route was found" : count === 1 ? "One route was found" : `${count} different routes were found`} from {plan.stock.name} (
        {plan.stock.size.toLocaleString("en")}), after a look at {countMolecules(plan.molecules)} in {plan.seconds.toFixed(0)} s.
      </p>
      <p class="quiet">Read as {plan.read_as}</p>
      {plan.in_stock && <p class="note">The target itself is in the stock{plan.in_stock.name ? `: ${plan.in_stock.name}` : ""}.</p>}
      {plan.notes.map((note) => (
        <p class="quiet" key={note}>
          {note}
        </p>
      ))}
      {plan.alternatives.map(({ route, variant_count: variants }, index) => (
        <RouteCard key={index} route={route} target={plan.target} title={`Route ${index + 1}`} variants={variants} isOpen={index === 0} />
      ))}
      {count === 0 &&
        plan.near_misses.map((route, index) => (
          <RouteCard key={index} route={route} target={plan.target} title={`Nearest, incomplete ${index + 1}`} variants={0} isOpen={index === 0} />
        ))}
      {plan.missing.length > 0 && (
        <div class="card">
          <h3>What is missing</h3>
          <ul>
            {plan.missing.map((one) => (
              <li key={one.smiles}>
                <code class="smiles">{one.smiles}</code>: {spell(one.reason).toLowerCase()}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function countMolecules(count: number): string {
  return `${count} ${count === 1 ? "molecule" : "molecules"}`;
}

interface CardProps {
  route: Route;
  target: string;
  title: string;
  variants: number;
  isOpen: boolean;
}

function RouteCard({ route, target, title, variants, isOpen }: CardProps) {
  const said = [`${route.length} ${route.length === 1 ? "step" : "steps"} in a row`, `score ${route.score.toFixed(2)}`];
  if (route.price !== null) said.push(`price ${route.price}`);
  if (variants > 0) said.push(`${variants} like it`);
  return (
    <details class="card route" open={isOpen}>
      <summary>
        <b>{title}</b> <span class="quiet">{said.join(" · ")}</span>
        {!route.complete && " "}
        {!route.complete && <span class="badge doubtful">incomplete</span>}
      </summary>
      <ul class="tree">
        <Branch smiles={target} route={route} depth={0} />
      </ul>
    </details>
  );
}

/** A molecule, the step that makes it, and what that starts from. */
function Branch({ smiles, route, depth }: { smiles: string; route: Route; depth: number }) {
  const step = route.steps.find((one) => one.product === smiles);
  const leaf = route.leaves.find((one) => one.smiles === smiles);
  // A route is a tree; its depth is bounded by its steps, whatever a server sends.
  if (!step || depth > route.steps.length) {
    return (
      <li>
        <div class="node leaf">
          <Drawing structure={smiles} small />
          <StockNote match={leaf?.stock ?? null} />
        </div>
      </li>
    );
  }
  return (
    <li>
      <div class="node">
        <Drawing structure={smiles} small />
        {depth === 0 && <span class="quiet">target</span>}
      </div>
      <StepView step={step} />
      <ul>
        {step.reactants.map((one, index) => (
          <Branch key={`${one}-${index}`} smiles={one} route={route} depth={depth + 1} />
        ))}
      </ul>
    </li>
  );
}

function StockNote({ match }: { match: StockMatch | null }) {
  if (!match) return <span class="badge doubtful">not in the stock</span>;
  return (
    <span>
      <span class="badge sure">in the stock</span> <span class="quiet">{[match.name, match.note].filter(Boolean).join("; ")}</span>
    </span>
  );
}

function StepView({ step }: { step: Step }) {
  const precedents = step.evidence.filter((one): one is ReactionEvidence => one.kind === "reaction");
  const name = precedents.find((one) => one.name)?.name ?? precedents.find((one) => one.reaction_class)?.reaction_class;
  return (
    <details class="step">
      <summary>
        <span aria-hidden="true">⇐</span> <b>{name ?? "Step"}</b>{" "}
        <span class="quiet">{step.recorded ? "recorded" : `probability ${step.probability.toFixed(2)}`}</span>
      </summary>
      <Drawing structure={step.reaction} changes />
      {step.stereocentres_set > 0 && (
        <p class="doubt">
          This step sets {step.stereocentres_set} {step.stereocentres_set === 1 ? "stereocentre" : "stereocentres"}; whether it does so as drawn is not known.
        </p>
      )}
      {precedents.length > 0 && <Precedents precedents={precedents} />}
    </details>
  );
}
