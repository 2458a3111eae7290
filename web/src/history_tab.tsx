/** The history tab: what was asked in this browser. */

import type { Entry } from "./history";
import { describeCertainty } from "./wording";

interface Props {
  isHidden: boolean;
  entries: Entry[];
  open: (entry: Entry) => void;
  clear: () => void;
}

export function HistoryTab({ isHidden, entries, open, clear }: Props) {
  return (
    <section id="panel-history" role="tabpanel" aria-labelledby="tab-history" hidden={isHidden}>
      <div class="card">
        <p class="quiet">What you asked is kept in this browser and nowhere else.</p>
        {entries.length === 0 ? (
          <p>Nothing was asked yet.</p>
        ) : (
          <button type="button" onClick={clear}>
            Clear the history
          </button>
        )}
        <ul class="history">
          {entries.map((entry) => {
            const answer = entry.prediction.answers[0];
            return (
              <li key={entry.id}>
                <button type="button" class="link" onClick={() => open(entry)}>
                  {entry.question}
                </button>{" "}
                {entry.shown.length > 0 && <span class="quiet">with {entry.shown.join(", ")}</span>}
                <br />
                <span class="smiles">{answer?.shown ?? "no answer"}</span>{" "}
                <span class="quiet">
                  {answer && describeCertainty(answer)} · {new Date(entry.when).toLocaleString()}
                </span>
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );
}
