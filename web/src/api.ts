/** Requests to the server that the page came from; no other address is ever asked. */

import type { Failure, Job, Part, Prediction } from "./types";

const KEY = "anymol.key";
const PAUSE_MS = 700;

/** What the server said is wrong, or that it could not be reached. */
export class AskError extends Error {
  constructor(
    readonly failure: Failure,
    readonly status: number,
  ) {
    super(failure.message);
  }
}

export function keepKey(key: string): void {
  sessionStorage.setItem(KEY, key);
}

/** Send a request and return the answer; what is not a success is thrown as an AskError. */
export async function send(path: string, body?: unknown, method = body ? "POST" : "GET", signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = body ? { "content-type": "application/json" } : {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers.authorization = `Bearer ${key}`;
  let found: Response;
  try {
    found = await fetch(path, { method, headers, body: body ? JSON.stringify(body) : undefined, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new AskError(
      { kind: "unreachable", input: null, message: "the server does not answer", hint: "is 'anymol serve' still running?" },
      0,
    );
  }
  if (!found.ok) throw await readError(found);
  return found;
}

async function readError(found: Response): Promise<AskError> {
  const fallback: Failure = { kind: "http", input: null, message: `the server answered with status ${found.status}`, hint: null };
  const body = await found.json().catch(() => null);
  const failure: Failure = body?.error ?? fallback;
  const wait = found.headers.get("retry-after");
  if (found.status === 429 && wait) failure.hint = `ask again in ${wait} s`;
  return new AskError(failure, found.status);
}

export async function get<Reply>(path: string): Promise<Reply> {
  return (await send(path)).json();
}

export async function post<Reply>(path: string, body: unknown, signal?: AbortSignal): Promise<Reply> {
  return (await send(path, body, "POST", signal)).json();
}

export interface Turn {
  role: "user" | "assistant";
  content: string | Part[];
}

export interface Reply {
  said: string;
  prediction: Prediction | null;
}

/** Ask a conversation; `told` is given what was said so far while it comes in. */
export async function chat(
  messages: Turn[],
  wanted: Record<string, unknown>,
  told: (said: string) => void,
  signal: AbortSignal,
): Promise<Reply> {
  const found = await send("v1/chat/completions", { model: "anymol", messages, stream: true, ...wanted }, "POST", signal);
  const reply: Reply = { said: "", prediction: null };
  for await (const data of readEvents(found)) {
    if (data === "[DONE]") continue;
    const piece = JSON.parse(data);
    const delta = piece.choices?.[0]?.delta ?? {};
    reply.said += delta.content ?? "";
    if (delta.anymol) reply.prediction = delta.anymol;
    told(reply.said);
  }
  return reply;
}

async function* readEvents(found: Response): AsyncGenerator<string> {
  const reader = found.body!.pipeThrough(new TextDecoderStream()).getReader();
  let left = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    left += value;
    const events = left.split("\n\n");
    left = events.pop() ?? "";
    for (const event of events) {
      if (event.startsWith("data: ")) yield event.slice(6);
    }
  }
}

/** Begin long work, tell of its progress, and return its result; leaving it ends it on the server. */
export async function runJob<Result>(
  body: unknown,
  told: (job: Job<Result>) => void,
  signal: AbortSignal,
): Promise<Result> {
  let job = await post<Job<Result>>("v1/jobs", body);
  const path = `v1/jobs/${job.id}`;
  try {
    while (job.state === "waiting" || job.state === "running") {
      told(job);
      await pause(PAUSE_MS, signal);
      job = await get<Job<Result>>(path);
    }
  } finally {
    // Whether it is under way or done, nobody will ask for it again.
    send(path, undefined, "DELETE").catch(() => undefined);
  }
  if (job.state === "failed" && job.error) throw new AskError(job.error, 422);
  if (!job.result) {
    throw new AskError({ kind: "cancelled", input: null, message: "the work was ended", hint: null }, 0);
  }
  return job.result;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("left", "AbortError"));
    };
    if (signal.aborted) return stop();
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}

export function isLeft(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Return any error in the one form that the page shows. */
export function explain(error: unknown): AskError {
  if (error instanceof AskError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AskError({ kind: "page", input: null, message, hint: "this is a fault of the page" }, 0);
}
