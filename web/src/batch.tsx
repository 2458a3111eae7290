/** The batch tab: a table or a file of molecules in, a task for every row, and a table of results out. */

import { useEffect, useRef, useState } from "preact/hooks";
import { AskError, explain, isLeft, post, runJob } from "./api";
import { type Cell, readTable, type Table, toCell, writeTable } from "./csv";
import { ErrorBox } from "./errors";
import { readInline, save, saveSheet } from "./files";
import { Results } from "./results";
import type { Contents, Row, Task } from "./types";
import { hasFailed, spell } from "./wording";

const MOST = 5000;
/** Column of what is wrong with a record of a structure file. */
const FAULT = "fault";
const GUESSES: Record<string, RegExp> = {
  molecule: /^(smiles|smi|canonical.?smiles|structure|molecule|mol|name|compound)$/i,
  reactants: /^(reactants?|reactant.?smiles|educts?|smiles)$/i,
  products: /^(products?|product.?smiles|target|smiles)$/i,
  reagents: /^(reagents?|conditions)$/i,
  text: /^(text|instruction|question|name)$/i,
};

interface Props {
  tasks: Task[];
  isHidden: boolean;
  dropped: File[];
  takeDropped: () => void;
}

export function BatchTab({ tasks, isHidden, dropped, takeDropped }: Props) {
  const [name, setName] = useState("");
  const [table, setTable] = useState<Table | null>(null);
  const [task, setTask] = useState("logp");
  const [columns, setColumns] = useState<Record<string, string>>({});
  const [progress, setProgress] = useState<{ done: number; total: number } | null>(null);
  const [results, setResults] = useState<Row[] | null>(null);
  const [answered, setAnswered] = useState<{ table: Table; task: string } | null>(null);
  const [error, setError] = useState<AskError | null>(null);
  const working = useRef<AbortController | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const chosen = tasks.find((one) => one.name === task);
  const slots = chosen ? [...chosen.inputs.required, ...chosen.inputs.optional] : [];

  useEffect(() => {
    const file = dropped[0];
    if (!file) return;
    takeDropped();
    void open(file);
  }, [dropped]);
  useEffect(() => {
    if (table && chosen) setColumns(guessColumns(table, chosen));
  }, [table, chosen]);

  async function open(file: File) {
    setError(null);
    setResults(null);
    try {
      const found = await readRows(file);
      if (found.rows.length === 0) throw new Error(`${file.name} holds no rows`);
      if (found.rows.length > MOST) throw new Error(`${file.name} holds ${found.rows.length} rows; ${MOST} are taken at once`);
      setTable(found);
      setName(file.name);
    } catch (fault) {
      setTable(null);
      setError(explain(fault));
    }
  }

  async function run(event: Event) {
    event.preventDefault();
    if (!table || !chosen || progress) return;
    const missing = chosen.inputs.required.filter((slot) => !columns[slot]);
    if (missing.length > 0) return setError(new AskError({ kind: "column", input: null, message: `choose a column for ${missing.join(" and ")}`, hint: null }, 0));
    const inputs = table.rows.map((row) => writeRow(row, table, columns, slots));
    const control = new AbortController();
    working.current = control;
    setError(null);
    setResults(null);
    setProgress({ done: 0, total: inputs.length });
    try {
      const body = { kind: "predict", task, inputs };
      const found = await runJob<{ results: Row[] }>(
        body,
        (job) => setProgress({ done: job.progress.done ?? 0, total: inputs.length }),
        control.signal,
      );
      setResults(found.results.map((row, index) => nameFault(row, table.rows[index]?.[table.columns.indexOf(FAULT)])));
      setAnswered({ table, task });
    } catch (fault) {
      if (!isLeft(fault)) setError(explain(fault));
    } finally {
      setProgress(null);
    }
  }

  async function saveAs(kind: "csv" | "xlsx") {
    if (!results || !answered) return;
    const { columns, rows } = tabulate(answered.table, results);
    const file = `${name.replace(/\.[^.]+$/, "")}-${answered.task}.${kind}`;
    try {
      if (kind === "csv") save(file, writeTable(columns, rows), "text/csv");
      else await saveSheet(file, { columns, rows });
    } catch (fault) {
      setError(explain(fault));
    }
  }

  return (
    <section id="panel-batch" role="tabpanel" aria-labelledby="tab-batch" hidden={isHidden}>
      <form class="card ask" onSubmit={run}>
        <div class="actions">
          <button type="button" onClick={() => input.current?.click()}>
            Open a file
          </button>
          <span class="quiet">
            {table ? (
              <>
                <b>{name}</b>, {table.rows.length} {table.rows.length === 1 ? "row" : "rows"}
              </>
            ) : (
              "CSV, TSV, SDF or SMILES, or drop one here; at most 5,000 rows"
            )}
          </span>
          <input
            ref={input}
            id="batch-file"
            class="hidden"
            type="file"
            tabIndex={-1}
            aria-label="File of many inputs"
            accept=".csv,.tsv,.txt,.sdf,.sd,.smi,.smiles,.mol2"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) void open(file);
              event.currentTarget.value = "";
            }}
          />
        </div>
        <div class="line">
          <span class="pair">
            <label for="batch-task">Ask of every row</label>
            <select id="batch-task" value={task} onChange={(event) => setTask(event.currentTarget.value)}>
              {tasks
                .filter((one) => one.family !== "record2mol")
                .map((one) => (
                  <option key={one.name} value={one.name}>
                    {spell(one.name)}
                  </option>
                ))}
            </select>
          </span>
          {table &&
            slots.map((slot) => (
              <span class="pair" key={slot}>
                <label for={`column-${slot}`}>{spell(slot)} from</label>
                <select id={`column-${slot}`} value={columns[slot] ?? ""} onChange={(event) => setColumns({ ...columns, [slot]: event.currentTarget.value })}>
                  <option value="">(nothing)</option>
                  {table.columns.map((column) => (
                    <option key={column} value={column}>
                      {column}
                    </option>
                  ))}
                </select>
              </span>
            ))}
        </div>
        {chosen && <p class="quiet">{chosen.summary}</p>}
        {error && <ErrorBox error={error} />}
        <div class="actions">
          {progress ? (
            <button key="stop" type="button" class="primary" onClick={() => working.current?.abort()}>
              Stop
            </button>
          ) : (
            <button key="start" type="submit" class="primary" disabled={!table}>
              Run
            </button>
          )}
          {results && answered && (
            <>
              <button type="button" onClick={() => saveAs("csv")}>
                Save as CSV
              </button>
              <button type="button" onClick={() => saveAs("xlsx")}>
                Save as Excel
              </button>
            </>
          )}
        </div>
        {progress && (
          <div>
            <progress max={progress.total} value={progress.done} aria-label="Rows that are answered" />
            <p class="quiet" role="status">
              {progress.done} of {progress.total}
            </p>
          </div>
        )}
      </form>
      {results && <Results rows={results} />}
    </section>
  );
}

/** Read a file as a table: structures by the server's readers, tables here. */
async function readRows(file: File): Promise<Table> {
  if (/\.(csv|tsv)$/i.test(file.name)) return readTable(await file.text());
  if (/\.txt$/i.test(file.name)) {
    const lines = (await file.text()).split(/\r?\n/).map((line) => line.trim());
    return { columns: ["molecule"], rows: lines.filter(Boolean).map((line) => [line]) };
  }
  const found = await post<Contents>("v1/read", { file: await readInline(file) });
  if (!found.is_whole) throw new Error(`${file.name} holds more than ${MOST} molecules`);
  // A bad record stays in its place, so that rows keep their numbers.
  return { columns: ["smiles", "name", FAULT], rows: found.molecules.map((one) => [one.smiles ?? "", one.name ?? "", one.error ?? ""]) };
}

/** Return a row that says what was wrong with its record, where its file could not be read there. */
function nameFault(row: Row, fault: string | undefined): Row {
  return fault && "error" in row ? { ...row, error: { ...row.error, message: fault, hint: null } } : row;
}

function guessColumns(table: Table, task: Task): Record<string, string> {
  const taken = new Set<string>();
  const found: Record<string, string> = {};
  for (const slot of [...task.inputs.required, ...task.inputs.optional]) {
    const guess = GUESSES[slot];
    const named = table.columns.find((column) => column.toLowerCase() === slot) ?? table.columns.find((column) => guess?.test(column) && !taken.has(column));
    const column = named ?? (task.inputs.required[0] === slot && table.columns.length === 1 ? table.columns[0] : undefined);
    if (column) {
      found[slot] = column;
      taken.add(column);
    }
  }
  return found;
}

function writeRow(row: string[], table: Table, columns: Record<string, string>, slots: string[]): Record<string, string> {
  const filled: Record<string, string> = {};
  for (const slot of slots) {
    const value = row[table.columns.indexOf(columns[slot] ?? "")]?.trim();
    if (value) filled[slot] = value;
  }
  return filled;
}

/** Return results as a table, beside the columns that were given. */
function tabulate(table: Table, results: Row[]): { columns: string[]; rows: Cell[][] } {
  const columns = [...table.columns, "answer", "unit", "certainty", "probability", "low", "high", "method", "checks", "doubts", "error"];
  const unanswered = (why: string): Cell[] => [null, null, null, null, null, null, null, null, null, why];
  const rows = results.map((row, index): Cell[] => {
    const given = table.columns.map((_, column) => toCell(table.rows[index]?.[column] ?? ""));
    if ("error" in row) return [...given, ...unanswered([row.error.message, row.error.hint].filter(Boolean).join("; "))];
    const answer = row.answers[0];
    if (!answer) return [...given, ...unanswered("no answer")];
    const checks = answer.checks.length === 0 ? "" : hasFailed(answer) ? "failed" : answer.checks.every((one) => one.passed) ? "passed" : "undecided";
    return [
      ...given,
      typeof answer.value === "number" ? answer.value : String(answer.value),
      answer.unit ?? "",
      answer.certainty,
      answer.probability ?? null,
      answer.interval?.low ?? null,
      answer.interval?.high ?? null,
      answer.method,
      checks,
      (answer.doubts ?? []).join("; "),
      "",
    ];
  });
  return { columns, rows };
}
