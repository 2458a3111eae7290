/** What is shown beside a question: structures and files, each with a look at what it holds. */

import { useEffect, useState } from "preact/hooks";
import { Drawing } from "./drawing";
import { describeContents, type Attachment } from "./files";
import { Geometry } from "./geometry";
import { readTrace, SpectrumPlot, type Trace } from "./spectra";
import type { StoredRecord } from "./types";

interface Props {
  molecules: string[];
  files: Attachment[];
  removeMolecule?: (index: number) => void;
  editMolecule?: (index: number) => void;
  removeFile?: (id: number) => void;
}

export function Attachments({ molecules, files, removeMolecule, editMolecule, removeFile }: Props) {
  if (molecules.length + files.length === 0) return null;
  return (
    <ul class="attachments" aria-label="Shown with the question">
      {molecules.map((smiles, index) => (
        <li key={`${smiles}-${index}`}>
          <Drawing structure={smiles} small />
          <code class="smiles">{smiles}</code>
          <span class="actions">
            {editMolecule && !smiles.includes(">") && (
              <button type="button" class="link" onClick={() => editMolecule(index)}>
                Edit
              </button>
            )}
            {removeMolecule && (
              <button type="button" class="link" aria-label={`Remove the structure ${smiles}`} onClick={() => removeMolecule(index)}>
                Remove
              </button>
            )}
          </span>
        </li>
      ))}
      {files.map((one) => (
        <li key={one.id} class={one.contents.record ? "wide" : ""}>
          <Look attachment={one} />
          <span>
            <b>{one.file.filename}</b> <span class="quiet">{describeContents(one.contents)}</span>
          </span>
          {one.contents.notes.map((note) => (
            <span class="quiet" key={note}>
              {note}
            </span>
          ))}
          {removeFile && (
            <button type="button" class="link" aria-label={`Remove the file ${one.file.filename}`} onClick={() => removeFile(one.id)}>
              Remove
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Look({ attachment }: { attachment: Attachment }) {
  const { contents, picture, file } = attachment;
  if (picture) return <img class="picture" src={picture} alt={`The picture ${file.filename}`} />;
  if (contents.record?.record === "Conformer") return <Geometry record={contents.record} label={`The geometry of ${file.filename}, to turn and zoom`} />;
  if (contents.record) return <GivenSpectrum record={contents.record} />;
  const first = contents.molecules[0]?.smiles;
  return first ? <Drawing structure={first} small /> : null;
}

function GivenSpectrum({ record }: { record: StoredRecord }) {
  const [trace, setTrace] = useState<Trace | null>(null);
  useEffect(() => {
    readTrace(record, String(record.title || "given")).then(setTrace);
  }, [record]);
  return trace && <SpectrumPlot given={trace} isMass={record.record === "MassSpectrum"} />;
}
