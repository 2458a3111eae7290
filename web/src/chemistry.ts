/** OpenChemLib, fetched when it is first needed: the editor, and files of structures. */

type Library = typeof import("openchemlib");

let library: Promise<Library> | null = null;

export function loadChemistry(): Promise<Library> {
  library ??= import("openchemlib");
  return library;
}

/** Write a molecule, with coordinates in the plane, as a molfile. */
export async function writeMolfile(smiles: string): Promise<string> {
  const { Molecule } = await loadChemistry();
  return Molecule.fromSmiles(smiles).toMolfile();
}

export async function writeSdf(smiles: string, fields: Record<string, string> = {}): Promise<string> {
  const lines = Object.entries(fields).flatMap(([name, value]) => [`>  <${name}>`, value, ""]);
  return [(await writeMolfile(smiles)).trimEnd(), ...lines, "$$$$", ""].join("\n");
}
