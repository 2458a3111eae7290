/** The structure editor, in a dialog of its own. What is drawn is read by the server, as a file is. */

import type { CanvasEditor } from "openchemlib";
import { useEffect, useRef, useState } from "preact/hooks";
import { explain, post } from "./api";
import { loadChemistry } from "./chemistry";
import { ErrorBox } from "./errors";
import type { Contents } from "./types";

interface Props {
  /** SMILES or reaction SMILES to begin with. */
  initial?: string;
  canDrawReactions?: boolean;
  use: (smiles: string) => void;
  close: () => void;
}

export function Editor({ initial, canDrawReactions = true, use, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<CanvasEditor | null>(null);
  const [isReaction, setIsReaction] = useState(false);
  const [isReady, setIsReady] = useState(false);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    let isHere = true;
    loadChemistry()
      .then(({ CanvasEditor, Molecule }) => {
        if (!isHere || !place.current) return;
        const made = new CanvasEditor(place.current, { initialMode: isReaction ? "reaction" : "molecule" });
        if (initial && !isReaction && !initial.includes(">")) made.setMolecule(Molecule.fromSmiles(initial));
        editor.current = made;
        setIsReady(true);
      })
      .catch((fault) => isHere && setError(fault));
    return () => {
      isHere = false;
      setIsReady(false);
      editor.current?.destroy();
      editor.current = null;
    };
  }, [isReaction]);

  async function take() {
    const made = editor.current;
    if (!made) return;
    setError(null);
    const file = isReaction
      ? { filename: "drawing.rxn", text: made.getReaction().toRxn() }
      : { filename: "drawing.mol", text: made.getMolecule().toMolfile() };
    try {
      if (!isReaction && made.getMolecule().getAllAtoms() === 0) throw new Error("nothing is drawn yet");
      const found = (await post<Contents>("v1/read", { file })).molecules[0];
      if (!found?.smiles) throw new Error(found?.error ?? "nothing is drawn yet");
      use(found.smiles);
    } catch (fault) {
      setError(fault);
    }
  }

  return (
    <dialog ref={dialog} class="editor" aria-label="Draw a structure" onClose={close}>
      <div class="editor-head">
        <h2>Draw a {isReaction ? "reaction" : "molecule"}</h2>
        {canDrawReactions && (
          <label class="choice">
            <input type="checkbox" checked={isReaction} onChange={() => setIsReaction(!isReaction)} /> with an arrow
          </label>
        )}
      </div>
      <div class="canvas" ref={place} key={String(isReaction)} />
      {!isReady && !error && <p class="quiet">Opening the editor …</p>}
      {error !== null && <ErrorBox error={explain(error)} />}
      <p class="quiet">
        Click for atoms and bonds; with the pointer on an atom type N, O, Cl, … to change it. Without a pointer, write a SMILES or a
        name into the box instead.
      </p>
      <div class="actions">
        <button type="button" class="primary" disabled={!isReady} onClick={take}>
          Use the drawing
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
      </div>
    </dialog>
  );
}
