/** What can be taken from an answer: SMILES, molfile, SD file, pictures, and a text to cite it by. */

import { useRef, useState } from "preact/hooks";
import { writeMolfile, writeSdf } from "./chemistry";
import { render } from "./drawing";
import { save } from "./files";
import type { Answer, Prediction } from "./types";
import { describeEvidence, describeMethod, spell, writeInput } from "./wording";

interface Props {
  answer: Answer;
  prediction: Prediction;
  structure: string | null;
}

/** Write where an answer comes from, so that another reader can judge it. */
export function writeCitation(answer: Answer, prediction: Prediction, when = new Date()): string {
  const said = answer.shown || String(answer.value);
  const sources = answer.evidence.map(describeEvidence).slice(0, 4).join("; ");
  const day = when.toISOString().slice(0, 10);
  return (
    `${spell(prediction.task)} of ${writeInput(prediction.input)}: ${said} (${describeMethod(answer).text.toLowerCase()}; ` +
    `${answer.certainty}). ${sources ? `Evidence: ${sources}. ` : ""}anymol, model ${prediction.model}, ${day}.`
  );
}

export function CopyMenu({ answer, prediction, structure }: Props) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [said, setSaid] = useState("");
  const isMolecule = answer.kind === "molecule" || answer.kind === "mixture";
  const smiles = String(answer.value);

  async function run(done: string, work: () => Promise<unknown> | unknown) {
    try {
      await work();
      setSaid(done);
    } catch (error) {
      setSaid(`That did not work: ${(error as Error).message}`);
    }
    if (menu.current) menu.current.open = false;
    setTimeout(() => setSaid(""), 4000);
  }
  const copy = (text: string | Promise<string>) => async () => navigator.clipboard.writeText(await text);

  return (
    <>
      <details class="menu" ref={menu} onKeyDown={(event) => event.key === "Escape" && menu.current && (menu.current.open = false)}>
        <summary>Copy or save</summary>
        <div class="items">
          <button type="button" onClick={() => run("Copied", copy(structure ? smiles : answer.shown))}>
            Copy {structure && isMolecule ? "SMILES" : answer.kind === "reaction" ? "reaction SMILES" : "text"}
          </button>
          {answer.reaction && (
            <button type="button" onClick={() => run("Copied", copy(answer.reaction!))}>
              Copy reaction SMILES
            </button>
          )}
          {isMolecule && (
            <button type="button" onClick={() => run("Copied", () => writeMolfile(smiles).then((text) => navigator.clipboard.writeText(text)))}>
              Copy molfile
            </button>
          )}
          {isMolecule && (
            <button
              type="button"
              onClick={() =>
                run("Saved", async () =>
                  save("answer.sdf", await writeSdf(smiles, { source: writeCitation(answer, prediction) }), "chemical/x-mdl-sdfile"),
                )
              }
            >
              Save SDF
            </button>
          )}
          {structure && (
            <button type="button" onClick={() => run("Saved", async () => save("answer.svg", await render(structure, "svg"), "image/svg+xml"))}>
              Save SVG
            </button>
          )}
          {structure && (
            <button type="button" onClick={() => run("Saved", async () => save("answer.png", await render(structure, "png"), "image/png"))}>
              Save PNG
            </button>
          )}
          <button type="button" onClick={() => run("Copied", copy(writeCitation(answer, prediction)))}>
            Copy citation
          </button>
        </div>
      </details>
      <span class="said" role="status">
        {said}
      </span>
    </>
  );
}
