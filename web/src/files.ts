/** Files that are dropped: their bytes, and what the server says they hold. */

import { post, send } from "./api";
import type { Cell } from "./csv";
import type { Contents, Part } from "./types";

/** The server takes larger ones no more than we do. */
export const MAX_BYTES = 5 * 1024 * 1024;
export const ACCEPTED =
  ".sdf,.sd,.mol,.mol2,.pdb,.xyz,.smi,.smiles,.rxn,.rdf,.png,.jpg,.jpeg,.gif,.tif,.tiff,.svg,.pdf,.jdx,.dx,.mgf,.msp,.mzml,.json,.csv,.tsv,.txt,.dpt";

/** A file as it goes into requests. */
export interface Inline {
  filename: string;
  file_data: string;
}

export interface Attachment {
  id: number;
  file: Inline;
  contents: Contents;
  /** Address of the picture itself, where the file is one that browsers show. */
  picture: string | null;
}

let made = 0;

export function nextId(): number {
  return ++made;
}

export async function readInline(file: File): Promise<Inline> {
  if (file.size > MAX_BYTES) throw new Error(`${file.name} is larger than 5 MB`);
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
  return { filename: file.name || "pasted.png", file_data: url.slice(url.indexOf(",") + 1) };
}

/** Read a file by the server's readers. */
export async function attach(file: File): Promise<Attachment> {
  const inline = await readInline(file);
  const contents = await post<Contents>("v1/read", { file: inline });
  const isPicture = contents.modality === "image" && /^image\/(png|jpeg|gif|svg\+xml)$/.test(file.type);
  return { id: nextId(), file: inline, contents, picture: isPicture ? URL.createObjectURL(file) : null };
}

/** Return the parts by which an attachment goes into a question. */
export function toParts(one: Attachment): Part[] {
  if (one.contents.modality === "reaction") {
    const first = one.contents.molecules[0]?.smiles;
    return first ? [{ type: "molecule", molecule: first }] : [];
  }
  return [{ type: "file", file: one.file }];
}

const NAMES: Record<Contents["modality"], string> = {
  graph: "structure",
  conformer: "3D geometry",
  image: "drawing",
  ms2: "MS/MS spectrum",
  ir: "infrared spectrum",
  reaction: "reaction",
};

export function describeContents(contents: Contents): string {
  const count = contents.molecules.length;
  const many = (contents.modality === "graph" || contents.modality === "reaction") && count > 1;
  return many ? `${NAMES[contents.modality]} (first of ${count})` : NAMES[contents.modality];
}

/** Save a table as a spreadsheet, which the server writes. */
export async function saveSheet(name: string, table: { columns: string[]; rows: Cell[][] }): Promise<void> {
  const found = await send("v1/sheet", table);
  save(name, await found.arrayBuffer(), found.headers.get("content-type") ?? "");
}

/** Save a text or bytes under a name, on the machine of whoever reads the page. */
export function save(name: string, content: BlobPart, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
