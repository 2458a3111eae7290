/** Recorded reactions that an answer rests on, side by side, with the atoms that change marked. */

import { Drawing } from "./drawing";
import type { ReactionEvidence } from "./types";
import { describePrecedent } from "./wording";

export function Precedents({ precedents }: { precedents: ReactionEvidence[] }) {
  const count = precedents.length;
  return (
    <details class="precedents" open>
      <summary>{count === 1 ? "A recorded precedent" : `${count} recorded precedents`}</summary>
      <ol>
        {precedents.map((one) => (
          <li key={one.id}>
            <Drawing structure={one.reaction} changes small label={`Precedent ${one.id}: ${one.reaction}; changed atoms are marked`} />
            <p>
              <b>{one.name ?? one.id}</b> {one.name && <span class="quiet">{one.id}</span>}{" "}
              <span class="quiet">
                ({one.source}
                {one.year ? `, ${one.year}` : ""})
              </span>
              <br />
              {describePrecedent(one)}
            </p>
          </li>
        ))}
      </ol>
    </details>
  );
}
