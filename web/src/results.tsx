/** Results of many rows: sorted, filtered, a page at a time. */

import { useMemo, useState } from "preact/hooks";
import { findStructure } from "./answers";
import { Drawing } from "./drawing";
import type { Row } from "./types";
import { describeCertainty, describeMethod, hasFailed, writeInput } from "./wording";

const PAGE = 25;
type Column = "row" | "input" | "answer" | "certainty";
const COLUMNS: [Column, string][] = [
  ["row", "Row"],
  ["input", "Input"],
  ["answer", "Answer"],
  ["certainty", "How sure"],
];
const KINDS = ["all", "answered", "doubtful or failed", "errors"] as const;

interface Line {
  row: number;
  input: string;
  answer: string;
  sortable: number | string;
  certainty: string;
  tone: string;
  method: string;
  structure: string | null;
  error: string | null;
}

function toLine(row: Row, index: number): Line {
  const base = { row: index + 1, input: writeInput(row.input).replace(/^\w+: (?!.*, \w+: )/, "") };
  const answer = "error" in row ? undefined : row.answers[0];
  if (!answer) {
    const error = "error" in row ? [row.error.message, row.error.hint].filter(Boolean).join("; ") : "there is no answer";
    return { ...base, answer: "", sortable: "", certainty: "", tone: "error", method: "", structure: null, error };
  }
  const badge = describeMethod(answer);
  return {
    ...base,
    answer: answer.shown,
    sortable: typeof answer.value === "number" ? answer.value : answer.shown,
    certainty: describeCertainty(answer) + (hasFailed(answer) ? "; a check failed" : ""),
    tone: badge.tone,
    method: badge.text,
    structure: findStructure(answer),
    error: null,
  };
}

export function Results({ rows }: { rows: Row[] }) {
  const [sorted, setSorted] = useState<{ column: Column; isDown: boolean }>({ column: "row", isDown: false });
  const [filter, setFilter] = useState("");
  const [kind, setKind] = useState<(typeof KINDS)[number]>("all");
  const [page, setPage] = useState(0);
  const lines = useMemo(() => rows.map(toLine), [rows]);
  const shown = useMemo(() => choose(lines, filter, kind, sorted), [lines, filter, kind, sorted]);
  const pages = Math.max(1, Math.ceil(shown.length / PAGE));
  const current = Math.min(page, pages - 1);
  const faults = lines.filter((line) => line.error).length;

  return (
    <section class="card results" aria-label="Results">
      <p role="status">
        {lines.length - faults} of {lines.length} rows answered{faults > 0 && `, ${faults} without an answer`}.
      </p>
      <div class="line">
        <span class="pair">
          <label for="filter">Filter</label>
          <input id="filter" type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
        </span>
        <span class="pair">
          <label for="kind">Show</label>
          <select id="kind" value={kind} onChange={(event) => setKind(event.currentTarget.value as (typeof KINDS)[number])}>
            {KINDS.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </span>
        <span class="quiet">{shown.length} rows</span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Table of results">
        <table>
          <thead>
            <tr>
              {COLUMNS.map(([column, title]) => (
                <th key={column} scope="col" aria-sort={sorted.column !== column ? "none" : sorted.isDown ? "descending" : "ascending"}>
                  <button type="button" class="link" onClick={() => setSorted({ column, isDown: sorted.column === column && !sorted.isDown })}>
                    {title}
                    <span aria-hidden="true">{sorted.column !== column ? "" : sorted.isDown ? " ▼" : " ▲"}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.slice(current * PAGE, (current + 1) * PAGE).map((line) => (
              <tr key={line.row} class={line.tone}>
                <td>{line.row}</td>
                <td class="smiles">{line.input}</td>
                {line.error ? (
                  <td colSpan={2} class="fault">
                    {line.error}
                  </td>
                ) : (
                  <>
                    <td>
                      {line.structure && <Drawing structure={line.structure} small />}
                      <span class={line.structure ? "smiles" : "figure"}>{line.answer}</span>
                    </td>
                    <td>
                      <span class={`badge ${line.tone}`}>{line.method}</span> {line.certainty}
                    </td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {pages > 1 && (
        <div class="actions">
          <button type="button" disabled={current === 0} onClick={() => setPage(current - 1)}>
            Back
          </button>
          <span>
            Page {current + 1} of {pages}
          </span>
          <button type="button" disabled={current === pages - 1} onClick={() => setPage(current + 1)}>
            Next
          </button>
        </div>
      )}
    </section>
  );
}

function choose(lines: Line[], filter: string, kind: string, sorted: { column: Column; isDown: boolean }): Line[] {
  const words = filter.toLowerCase();
  const found = lines.filter((line) => {
    const fits = kind === "all" || (kind === "errors" ? line.error : kind === "answered" ? !line.error : line.tone === "doubtful");
    return fits && [line.input, line.answer, line.certainty, line.method, line.error ?? ""].join(" ").toLowerCase().includes(words);
  });
  const key = (line: Line) => (sorted.column === "answer" ? line.sortable : line[sorted.column]);
  found.sort((one, other) => compare(key(one), key(other)));
  return sorted.isDown ? found.reverse() : found;
}

function compare(one: number | string, other: number | string): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), "en", { numeric: true });
}
