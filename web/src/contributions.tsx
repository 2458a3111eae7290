/** What each form of a molecule contributed to an answer, and which forms disagree. */

import type { Agreement, Explanation, PartialAnswer } from "./types";

const NAMES: Record<string, string> = {
  molecule: "molecule written",
  formula: "formula",
  graph: "structure in a file",
  conformer: "geometry",
  image: "drawing",
  ms2: "MS/MS spectrum",
  ir: "infrared spectrum",
};
const MARKS: Record<Agreement["verdict"], [sign: string, tone: string]> = {
  disagree: ["✗", "failed"],
  agree: ["✓", "passed"],
  "nothing speaks against it": ["✓", "passed"],
  "cannot be told": ["?", "undecided"],
  "not compared": ["–", "undecided"],
};

/** Write the name of a form as words; the second spectrum keeps its number. */
export function nameForm(form: string): string {
  const [kind = form, number] = form.split(" ");
  return [NAMES[kind] ?? kind, number].filter(Boolean).join(" ");
}

interface Props {
  explanation?: Explanation | undefined;
  agreement: Agreement[];
}

export function Contributions({ explanation, agreement }: Props) {
  const disagreeing = agreement.filter((pair) => pair.verdict === "disagree");
  return (
    <section class="card contributions" aria-label="What each input contributed">
      {disagreeing.map((pair) => (
        <p class="doubt" role="alert" key={pair.between.join()}>
          <b>
            The {pair.between.map(nameForm).join(" and the ")} disagree
            {pair.probability != null && !pair.decided && ` (probability ${pair.probability.toFixed(2)})`}.
          </b>
        </p>
      ))}
      {explanation && (
        <>
          <p class="followed">{explanation.sentence}</p>
          <Partial explanation={explanation} />
          {explanation.bounded && <p class="quiet">{explanation.bounded}</p>}
        </>
      )}
      <Pairs agreement={agreement} />
    </section>
  );
}

function Partial({ explanation }: { explanation: Explanation }) {
  const { partial, followed, forms, contributions } = explanation;
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label="Answers to some of the inputs">
        <table>
          <thead>
            <tr>
              <th scope="col">Given</th>
              <th scope="col">Answer</th>
              <th scope="col">How sure</th>
            </tr>
          </thead>
          <tbody>
            {partial.map((one) => (
              <tr key={one.forms.join()} class={one.forms.length === forms.length ? "whole" : ""}>
                <th scope="row">
                  {one.forms.length === forms.length && forms.length > 1 ? "all of them" : one.forms.map(nameForm).join(", ")}
                  {one.forms.length === 1 && followed.includes(one.forms[0]!) && <span class="badge likely">followed</span>}
                </th>
                <PartialCells one={one} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul class="left-out">
        {contributions.map((one) => (
          <li key={one.form} class={one.changes_answer ? "changes" : ""}>
            {one.said}
          </li>
        ))}
      </ul>
    </>
  );
}

function PartialCells({ one }: { one: PartialAnswer }) {
  if (one.error) {
    return (
      <td colSpan={2} class="quiet">
        no answer: {one.error}
      </td>
    );
  }
  return (
    <>
      <td class="smiles">{one.shown}</td>
      <td>
        {one.method}, {one.certainty}
      </td>
    </>
  );
}

/** Every pair of inputs with what is told of it; opened where one disagrees. */
function Pairs({ agreement }: { agreement: Agreement[] }) {
  return (
    <details class="checks" open={agreement.some((pair) => pair.verdict === "disagree")}>
      <summary>
        {agreement.length === 1 ? "Are the two inputs of one molecule?" : `Are the inputs of one molecule? ${agreement.length} pairs`}
      </summary>
      <ul>
        {agreement.map((pair) => {
          const [sign, tone] = MARKS[pair.verdict];
          return (
            <li key={pair.between.join()} class={tone}>
              <span class="mark" aria-hidden="true">
                {sign}
              </span>{" "}
              <b>{pair.between.map(nameForm).join(" and ")}</b>{" "}
              <span class="word">{pair.verdict === "cannot be told" ? "it cannot be told" : pair.verdict}</span>
              {pair.probability != null && !pair.decided && (
                <>
                  {" "}
                  <meter min={0} low={0.1} high={0.9} optimum={0} max={1} value={pair.probability} aria-label="Probability that they disagree" />{" "}
                  <span class="quiet">probability of disagreement {pair.probability.toFixed(2)}</span>
                </>
              )}
              : {pair.said}
            </li>
          );
        })}
      </ul>
      <p class="quiet">Probabilities hold where inputs disagree as often as not, as in the pairs that they were fitted on.</p>
    </details>
  );
}
