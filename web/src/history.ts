/** What was asked, kept in this browser and nowhere else. */

import type { Prediction } from "./types";

const PLACE = "anymol.history";
const MOST = 40;
const MOST_LETTERS = 2_000_000;

export interface Entry {
  id: string;
  when: number;
  question: string;
  /** Names of the files and structures that were shown beside the question. */
  shown: string[];
  prediction: Prediction;
}

/** Return the entries, the newest first. */
export function readHistory(): Entry[] {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

/** Keep an entry, and leave the oldest out where there are too many. */
export function keep(entry: Entry): Entry[] {
  const entries = [entry, ...readHistory()].slice(0, MOST);
  let text = JSON.stringify(entries);
  while (text.length > MOST_LETTERS && entries.length > 1) {
    entries.pop();
    text = JSON.stringify(entries);
  }
  try {
    localStorage.setItem(PLACE, text);
  } catch {
    // A browser without room keeps nothing; the answer is on the page all the same.
  }
  return entries;
}

export function clearHistory(): void {
  localStorage.removeItem(PLACE);
}
