/** What went wrong, and what would be right. */

import type { AskError } from "./api";

export function ErrorBox({ error }: { error: AskError }) {
  const { message, hint, input, kind } = error.failure;
  return (
    <div class="error" role="alert">
      <p>
        <strong>{kind === "refused" ? "This is declined." : "This did not work."}</strong> {message.charAt(0).toUpperCase() + message.slice(1)}.
      </p>
      {hint && <p class="hint">Hint: {hint}</p>}
      {input && !message.includes(input) && <p class="quiet">Given: {input.length > 120 ? `${input.slice(0, 120)} …` : input}</p>}
    </div>
  );
}
