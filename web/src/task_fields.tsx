/** A field for each part of a task's input. */

import type { Task } from "./types";
import { spell } from "./wording";

const STRUCTURES = new Set(["molecule", "reactants", "reagents", "products"]);
const SAID: Record<string, string> = {
  molecule: "Molecule: SMILES, InChI or a name",
  reactants: "Reactants: SMILES, with dots between them",
  reagents: "Reagents, solvents, catalysts: SMILES",
  products: "Product: SMILES or a name",
  text: "Text",
  formula: "Molecular formula, where it is known",
};

interface Props {
  task: Task;
  slots: Record<string, string>;
  setSlots: (slots: Record<string, string>) => void;
  hasFiles: boolean;
  draw: (slot: string) => void;
  submit: (event: Event) => void;
}

export function TaskFields({ task, slots, setSlots, hasFiles, draw, submit }: Props) {
  const { required, optional } = task.inputs;
  const shown = [...required, ...optional].filter((slot) => !(hasFiles && slot === "molecule"));
  return (
    <fieldset class="task">
      <legend>{task.summary}</legend>
      {shown.map((slot) => (
        <div class="line" key={slot}>
          <label for={`slot-${slot}`}>
            {SAID[slot] ?? spell(slot)}
            {optional.includes(slot) && <span class="quiet"> (optional)</span>}
          </label>
          <input
            id={`slot-${slot}`}
            value={slots[slot] ?? ""}
            placeholder={String(task.example?.input?.[slot] ?? "")}
            autocomplete="off"
            spellcheck={slot === "text"}
            onInput={(event) => setSlots({ ...slots, [slot]: event.currentTarget.value })}
            onKeyDown={(event) => event.key === "Enter" && submit(event)}
          />
          {STRUCTURES.has(slot) && (
            <button type="button" onClick={() => draw(slot)}>
              Draw
            </button>
          )}
        </div>
      ))}
    </fieldset>
  );
}
