/** The page: tabs, the theme, and files that are dropped anywhere. */

import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { AskError, explain, get, keepKey } from "./api";
import { AskTab } from "./ask";
import { BatchTab } from "./batch";
import { ErrorBox } from "./errors";
import { clearHistory, type Entry, keep, readHistory } from "./history";
import { HistoryTab } from "./history_tab";
import { RoutesTab } from "./routes";
import { chooseTheme, readTheme, THEMES } from "./theme";
import type { Task } from "./types";
import "uplot/dist/uPlot.min.css";
import "./page.css";

const TABS = [
  ["ask", "Ask"],
  ["routes", "Routes"],
  ["batch", "Batch"],
  ["history", "History"],
] as const;
type Tab = (typeof TABS)[number][0];

function Page() {
  const [tab, setTab] = useState<Tab>("ask");
  const [tasks, setTasks] = useState<Task[]>([]);
  const [error, setError] = useState<AskError | null>(null);
  const [dropped, setDropped] = useState<File[]>([]);
  const [isOver, setIsOver] = useState(false);
  const [history, setHistory] = useState<Entry[]>(readHistory);
  const [opened, setOpened] = useState<Entry | null>(null);
  const [wanted, setWanted] = useState<string | null>(null);
  const [theme, setTheme] = useState(readTheme);

  async function load() {
    setError(null);
    try {
      setTasks((await get<{ data: Task[] }>("v1/tasks")).data);
    } catch (fault) {
      setError(explain(fault));
    }
  }
  useEffect(() => void load(), []);
  useEffect(() => listenForFiles(setIsOver, setDropped), []);

  const takesFiles = tab === "ask" || tab === "batch";
  return (
    <>
      <header class="top">
        <h1>anymol</h1>
        <Tabs tab={tab} choose={setTab} count={history.length} />
        <label class="hidden" for="theme">
          Colours
        </label>
        <select
          id="theme"
          value={theme}
          onChange={(event) => {
            const chosen = event.currentTarget.value as typeof theme;
            chooseTheme(chosen);
            setTheme(chosen);
          }}
        >
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </header>
      <main>
        {error && (error.status === 401 ? <KeyForm done={load} /> : <ErrorBox error={error} />)}
        <AskTab
          tasks={tasks}
          isHidden={tab !== "ask"}
          dropped={tab === "ask" ? dropped : NONE}
          takeDropped={() => setDropped(NONE)}
          opened={opened}
          keep={(entry) => setHistory(keep(entry))}
          plan={(smiles) => {
            setWanted(smiles);
            setTab("routes");
          }}
        />
        <RoutesTab isHidden={tab !== "routes"} wanted={wanted} />
        <BatchTab tasks={tasks} isHidden={tab !== "batch"} dropped={tab === "batch" ? dropped : NONE} takeDropped={() => setDropped(NONE)} />
        <HistoryTab
          isHidden={tab !== "history"}
          entries={history}
          open={(entry) => {
            setOpened(entry);
            setTab("ask");
          }}
          clear={() => {
            clearHistory();
            setHistory([]);
          }}
        />
      </main>
      <footer class="quiet bottom">
        Answers come from this server alone; nothing is sent elsewhere. Check what matters. <a href="openapi.json">openapi.json</a>{" "}
        <a href="licences.txt">licences</a>
      </footer>
      {isOver && takesFiles && <div class="over">Drop to {tab === "ask" ? "show it with your question" : "open it"}</div>}
    </>
  );
}

const NONE: File[] = [];

/** Take files that are dropped anywhere on the page. */
function listenForFiles(setIsOver: (isOver: boolean) => void, take: (files: File[]) => void): () => void {
  const holdsFiles = (event: DragEvent) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (event: DragEvent) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    setIsOver(true);
  };
  const leave = (event: DragEvent) => event.relatedTarget === null && setIsOver(false);
  const drop = (event: DragEvent) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    setIsOver(false);
    take([...(event.dataTransfer?.files ?? [])]);
  };
  addEventListener("dragover", over);
  addEventListener("dragleave", leave);
  addEventListener("drop", drop);
  return () => {
    removeEventListener("dragover", over);
    removeEventListener("dragleave", leave);
    removeEventListener("drop", drop);
  };
}

function Tabs({ tab, choose, count }: { tab: Tab; choose: (tab: Tab) => void; count: number }) {
  const buttons = useRef<Record<string, HTMLButtonElement | null>>({});
  function move(event: KeyboardEvent) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const place = TABS.findIndex(([name]) => name === tab);
    const [next] = TABS[(place + step + TABS.length) % TABS.length]!;
    choose(next);
    buttons.current[next]?.focus();
  }
  return (
    <div class="tabs" role="tablist" aria-label="Parts of the page" onKeyDown={move}>
      {TABS.map(([name, title]) => (
        <button
          key={name}
          id={`tab-${name}`}
          ref={(button) => {
            buttons.current[name] = button;
          }}
          type="button"
          role="tab"
          aria-selected={tab === name}
          aria-controls={`panel-${name}`}
          tabIndex={tab === name ? 0 : -1}
          onClick={() => choose(name)}
        >
          {title}
          {name === "history" && count > 0 && <span class="count"> {count}</span>}
        </button>
      ))}
    </div>
  );
}

function KeyForm({ done }: { done: () => void }) {
  const [key, setKey] = useState("");
  function take(event: Event) {
    event.preventDefault();
    keepKey(key.trim());
    done();
  }
  return (
    <form class="card ask" onSubmit={take}>
      <div class="line">
        <label for="key">This server asks for a key</label>
        <input id="key" type="password" autocomplete="off" value={key} onInput={(event) => setKey(event.currentTarget.value)} />
        <button class="primary" type="submit">
          Use it
        </button>
      </div>
      <p class="quiet">It is kept until this window is closed.</p>
    </form>
  );
}

chooseTheme(readTheme());
render(<Page />, document.getElementById("page")!);
