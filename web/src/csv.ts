/** Tables as text: reading with any of the usual separators, and writing. */

export interface Table {
  columns: string[];
  rows: string[][];
}

/** Read a table whose first line names its columns. */
export function readTable(text: string): Table {
  const clean = text.replace(/^\uFEFF/, "");
  const rows = readCells(clean, findSeparator(clean)).filter((row) => row.some((cell) => cell.trim()));
  const columns = (rows.shift() ?? []).map((name, index) => name.trim() || `column ${index + 1}`);
  return { columns, rows };
}

function findSeparator(text: string): string {
  const head = text.slice(0, text.search(/[\r\n]|$/));
  const counts = [",", "\t", ";"].map((sign): [string, number] => [sign, head.split(sign).length]);
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

function readCells(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let place = 0; place < text.length; place++) {
    const sign = text[place]!;
    if (isQuoted) {
      if (sign !== '"') cell += sign;
      else if (text[place + 1] === '"') {
        cell += '"';
        place++;
      } else isQuoted = false;
    } else if (sign === '"' && cell === "") isQuoted = true;
    else if (sign === separator) {
      row.push(cell);
      cell = "";
    } else if (sign === "\n" || sign === "\r") {
      if (sign === "\r" && text[place + 1] === "\n") place++;
      rows.push([...row, cell]);
      row = [];
      cell = "";
    } else cell += sign;
  }
  if (cell || row.length) rows.push([...row, cell]);
  return rows;
}

export type Cell = string | number | null;

/** Write a table as comma-separated values. */
export function writeTable(columns: string[], rows: Cell[][]): string {
  return [columns, ...rows].map((row) => row.map(writeCell).join(",")).join("\r\n") + "\r\n";
}

function writeCell(cell: Cell): string {
  if (typeof cell !== "string") return cell === null ? "" : String(cell);
  // A spreadsheet runs a text that begins like this as a formula, for whoever opens the file; a quote keeps it a text.
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Return a number where a text writes one, with nothing lost; the text itself where it does not. */
export function toCell(text: string): Cell {
  return text !== "" && String(Number(text)) === text ? Number(text) : text;
}
