/** The ask tab: a question in words or a task, with structures and files beside it, and the answers. */

import { useEffect, useRef, useState } from "preact/hooks";
import { PredictionView, type Next } from "./answers";
import { type AskError, chat, explain, isLeft, post, type Turn } from "./api";
import { Attachments } from "./attachments";
import { Editor } from "./editor";
import { ErrorBox } from "./errors";
import { ACCEPTED, attach, type Attachment, nextId, toParts } from "./files";
import type { Entry } from "./history";
import { TaskFields } from "./task_fields";
import type { Answer, Part, Prediction, StoredRecord, Task } from "./types";
import { StructureViews } from "./views";
import { spell } from "./wording";

const TURNS = 8;
const EXAMPLES = ["What is the logP of caffeine?", "How can paracetamol be made?", "What is the IUPAC name of ibuprofen?"];
const QUICK: [task: string, said: string][] = [
  ["forward_reaction", "Predict the product"],
  ["retrosynthesis", "How is it made?"],
  ["molecule_to_name", "Name it"],
  ["logp", "logP"],
  ["solubility", "Solubility"],
];

/** One question with its answer, in this visit. */
interface Exchange {
  id: number;
  question: string;
  molecules: string[];
  files: Attachment[];
  said: string;
  prediction: Prediction | null;
  error: AskError | null;
  isOpen: boolean;
}

interface Props {
  tasks: Task[];
  isHidden: boolean;
  dropped: File[];
  takeDropped: () => void;
  opened: Entry | null;
  keep: (entry: Entry) => void;
  plan: (smiles: string) => void;
}

export function AskTab({ tasks, isHidden, dropped, takeDropped, opened, keep, plan }: Props) {
  const [task, setTask] = useState("");
  const [text, setText] = useState("");
  const [slots, setSlots] = useState<Record<string, string>>({});
  const [molecules, setMolecules] = useState<string[]>([]);
  const [files, setFiles] = useState<Attachment[]>([]);
  const [answers, setAnswers] = useState(1);
  const [edited, setEdited] = useState<number | string | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [exchanges, setExchanges] = useState<Exchange[]>([]);
  const [isReading, setIsReading] = useState(false);
  const [follows, setFollows] = useState(false);
  const talk = useRef<Turn[]>([]);
  const working = useRef<AbortController | null>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const chosen = tasks.find((one) => one.name === task) ?? null;
  const isWorking = exchanges[0]?.isOpen ?? false;

  useEffect(() => {
    if (dropped.length === 0) return;
    takeDropped();
    void add(dropped);
  }, [dropped]);
  useEffect(() => {
    if (!opened) return;
    const shown = { id: nextId(), question: opened.question, molecules: [], files: [], said: "", prediction: opened.prediction, error: null, isOpen: false };
    setExchanges((before) => [shown, ...before]);
  }, [opened]);

  async function add(found: File[]) {
    setFault(null);
    setIsReading(true);
    for (const file of found) {
      try {
        const made = await attach(file);
        setFiles((before) => [...before, made]);
      } catch (error) {
        setFault(error);
      }
    }
    setIsReading(false);
  }

  function update(id: number, change: Partial<Exchange>) {
    setExchanges((before) => before.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  /** Ask, show what comes, and keep it in the history. */
  async function exchange(question: string, shown: { molecules: string[]; files: Attachment[] }, ask: (id: number, signal: AbortSignal) => Promise<Prediction | null>) {
    const id = nextId();
    const control = new AbortController();
    const written = { text, molecules, files, slots };
    working.current = control;
    setText("");
    setMolecules([]);
    setFiles([]);
    setSlots({});
    setFault(null);
    setExchanges((before) => [{ id, question, ...shown, said: "", prediction: null, error: null, isOpen: true }, ...before]);
    try {
      const prediction = await ask(id, control.signal);
      update(id, { prediction, isOpen: false });
      const names = [...shown.molecules, ...shown.files.map((one) => one.file.filename)];
      if (prediction) keep({ id: `${Date.now()}-${id}`, when: Date.now(), question, shown: names, prediction });
    } catch (error) {
      // What was asked stands in the box again, to be mended, unless something else was begun.
      setText((now) => now || written.text);
      setMolecules((now) => (now.length ? now : written.molecules));
      setFiles((now) => (now.length ? now : written.files));
      setSlots((now) => (Object.keys(now).length ? now : written.slots));
      if (isLeft(error)) setExchanges((before) => before.filter((one) => one.id !== id));
      else update(id, { error: explain(error), isOpen: false });
    }
  }

  function askFreely(words: string) {
    const parts: Part[] = [{ type: "text", text: words }];
    parts.push(...molecules.map((one): Part => ({ type: "molecule", molecule: one })), ...files.flatMap(toParts));
    const turn: Turn = { role: "user", content: parts.length > 1 ? parts : words };
    return exchange(words, { molecules, files }, async (id, signal) => {
      const messages = follows ? [...talk.current, turn] : [turn];
      const reply = await chat(messages, { top_k: answers, explain: parts.length > 2 }, (said) => update(id, { said }), signal);
      talk.current = [...messages, { role: "assistant" as const, content: reply.said }].slice(-2 * TURNS);
      return reply.prediction;
    });
  }

  function askTask(name: string, input: Record<string, string> | string, most: number) {
    const parts = files.flatMap(toParts).filter((part) => part.type === "file");
    const named = tasks.find((one) => one.name === name);
    const written = typeof input === "string" ? input : Object.values(input).filter(Boolean).join(", ");
    const takesFiles = parts.length > 0 && (named?.inputs.required.includes("molecule") ?? false);
    const body = takesFiles && typeof input !== "string"
      ? { records: parts, formula: input.formula || undefined, text: input.text || undefined, top_k: most, explain: true }
      : { input, top_k: most };
    return exchange(`${spell(name)}: ${written || files.map((one) => one.file.filename).join(", ")}`, { molecules, files }, (_, signal) =>
      post<Prediction>(`v1/predict/${name}`, body, signal),
    );
  }

  function submit(event?: Event) {
    event?.preventDefault();
    if (isWorking) return;
    if (chosen) {
      const filled = Object.fromEntries(Object.entries(slots).filter(([, value]) => value.trim()));
      return void askTask(chosen.name, filled, answers);
    }
    const words = text.trim() || (files.length > 0 ? "What is this molecule?" : "");
    if (!words) {
      setFault(new Error("write a question, or choose what you want to know"));
      return box.current?.focus();
    }
    void askFreely(words);
  }

  function pick(name: string) {
    setTask(name);
    const named = tasks.find((one) => one.name === name);
    const first = named?.inputs.required.find((slot) => slot !== "text");
    const known = molecules[0] ? molecules.join(".") : text.trim();
    setSlots(first && known ? { [first]: known } : {});
  }

  function useDrawing(smiles: string) {
    if (typeof edited === "string") setSlots((before) => ({ ...before, [edited]: smiles }));
    else setMolecules((before) => (edited !== null && edited >= 0 ? before.map((one, index) => (index === edited ? smiles : one)) : [...before, smiles]));
    setEdited(null);
    box.current?.focus();
  }

  const next: Next = {
    ask: (smiles) => {
      setTask("");
      setMolecules([smiles]);
      box.current?.focus();
    },
    plan,
  };

  return (
    <section id="panel-ask" role="tabpanel" aria-labelledby="tab-ask" hidden={isHidden}>
      <form class="card ask" onSubmit={submit} onPaste={(event) => pasteFiles(event, add)}>
        <div class="line">
          <label for="task">What do you want?</label>
          <select id="task" value={task} onChange={(event) => pick(event.currentTarget.value)}>
            <option value="">Ask in words</option>
            {groupTasks(tasks).map(([family, members]) => (
              <optgroup key={family} label={family}>
                {members.map((one) => (
                  <option key={one.name} value={one.name}>
                    {spell(one.name)}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
          <span class="pair">
            <label for="answers">Answers</label>
            <select id="answers" value={answers} onChange={(event) => setAnswers(Number(event.currentTarget.value))}>
              {[1, 3, 5, 10].map((count) => (
                <option key={count} value={count}>
                  {count === 1 ? "the best" : `up to ${count}`}
                </option>
              ))}
            </select>
          </span>
        </div>
        {chosen ? (
          <TaskFields task={chosen} slots={slots} setSlots={setSlots} hasFiles={files.length > 0} draw={setEdited} submit={submit} />
        ) : (
          <>
            <label class="hidden" for="question">
              Question
            </label>
            <textarea
              id="question"
              ref={box}
              rows={2}
              value={text}
              placeholder="Ask about molecules: by name, SMILES, a drawing, a spectrum …"
              onInput={(event) => setText(event.currentTarget.value)}
              onKeyDown={(event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && submit(event)}
            />
          </>
        )}
        <Attachments
          molecules={chosen ? [] : molecules}
          files={files}
          editMolecule={setEdited}
          removeMolecule={(index) => setMolecules(molecules.filter((_, one) => one !== index))}
          removeFile={(id) => setFiles(files.filter((one) => one.id !== id))}
        />
        {fault !== null && <ErrorBox error={explain(fault)} />}
        <div class="actions">
          {isWorking ? (
            <button key="stop" type="button" class="primary" onClick={() => working.current?.abort()}>
              Stop
            </button>
          ) : (
            <button key="start" type="submit" class="primary" disabled={isReading}>
              Ask
            </button>
          )}
          {!chosen && (
            <button type="button" onClick={() => setEdited(-1)}>
              Draw
            </button>
          )}
          <FileButton add={add} />
          {isReading && <span class="quiet" role="status">Reading the file …</span>}
          {talk.current.length > 0 && !chosen && (
            <label class="choice">
              <input type="checkbox" checked={follows} onChange={() => setFollows(!follows)} /> goes on from the last answer
            </label>
          )}
        </div>
        {!chosen && !isWorking && (
          <div class="suggestions" role="group" aria-label="Suggestions">
            {molecules.length > 0 && files.length === 0
              ? listQuick(molecules).map(([name, said, input]) => (
                  <button type="button" key={name} onClick={() => askTask(name, input, name === "retrosynthesis" ? 3 : answers)}>
                    {said}
                  </button>
                ))
              : files.length > 0
                ? ["What is this molecule?", "What is its name?"].map((words) => (
                    <button type="button" key={words} onClick={() => askFreely(words)}>
                      {words}
                    </button>
                  ))
                : exchanges.length === 0 &&
                  EXAMPLES.map((words) => (
                    <button type="button" key={words} onClick={() => askFreely(words)}>
                      {words}
                    </button>
                  ))}
          </div>
        )}
      </form>
      <p class="hidden" role="status" aria-live="polite">
        {announce(exchanges[0])}
      </p>
      {exchanges.map((one) => (
        <ExchangeView key={one.id} exchange={one} next={next} />
      ))}
      {edited !== null && (
        <Editor
          initial={typeof edited === "string" ? slots[edited] : molecules[edited]}
          canDrawReactions={typeof edited !== "string"}
          use={useDrawing}
          close={() => setEdited(null)}
        />
      )}
    </section>
  );
}

/** Return what is usually asked of structures: task, words, input. */
function listQuick(molecules: string[]): [task: string, said: string, input: string | Record<string, string>][] {
  const arrow = molecules.find((one) => one.includes(">"));
  if (!arrow) return QUICK.map(([name, said]) => [name, said, molecules.join(".")]);
  const [reactants = "", reagents = "", products = ""] = arrow.split(">");
  if (!products) return [["forward_reaction", "Predict the product", reagents ? { reactants, reagents } : { reactants }]];
  if (!reactants) return [["retrosynthesis", "How is it made?", { products }]];
  return [
    ["reagent_prediction", "Which reagents?", { reactants, products }],
    ["solvent_prediction", "Which solvent?", { reactants, products }],
    ["catalyst_prediction", "Which catalyst?", { reactants, products }],
  ];
}

function announce(exchange: Exchange | undefined): string {
  if (!exchange) return "";
  if (exchange.isOpen) return "Working";
  if (exchange.error) return "There is no answer";
  const answer = exchange.prediction?.answers[0];
  return answer ? `Answer: ${answer.shown}` : "";
}

function groupTasks(tasks: Task[]): [string, Task[]][] {
  const titles: Record<string, string> = {
    mol2mol: "Reactions and structures",
    mol2num: "Numbers",
    mol2text: "Names and texts",
    text2mol: "From words to structures",
  };
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const family = titles[task.family] ?? spell(task.family);
    groups.set(family, [...(groups.get(family) ?? []), task]);
  }
  return [...groups];
}

function FileButton({ add }: { add: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        Add a file
      </button>
      <input
        ref={input}
        id="file"
        class="hidden"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="Files to show with the question"
        accept={ACCEPTED}
        onChange={(event) => {
          add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      <span class="quiet wide-only">or drop one anywhere: structures, geometries, drawings, spectra</span>
    </>
  );
}

function pasteFiles(event: ClipboardEvent, add: (files: File[]) => void) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  add(files);
}

function ExchangeView({ exchange, next }: { exchange: Exchange; next: Next }) {
  const { question, molecules, files, prediction, error, isOpen, said } = exchange;
  const given = files.map((one) => one.contents.record).filter((one): one is StoredRecord => one !== null);
  const beside = (answer: Answer) => (answer.kind === "molecule" ? <StructureViews smiles={String(answer.value)} given={given} peaks={answer.peaks ?? []} /> : null);
  return (
    <section class="exchange">
      <h2 class="question">{question}</h2>
      <Attachments molecules={molecules} files={files} />
      {isOpen && (said ? <p class="said-so-far">{said}</p> : <Working />)}
      {error && <ErrorBox error={error} />}
      {prediction && <PredictionView prediction={prediction} next={next} beside={beside} />}
    </section>
  );
}

function Working() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="working" aria-hidden="true">
      <span class="spinner" /> Working{seconds > 1 ? `, ${seconds} s` : " …"}
      {seconds > 8 && <span class="quiet"> Drawings and routes take longest; everything is checked before it is shown.</span>}
    </p>
  );
}
