/** Drawings of molecules and reactions, made by the server when they come into view. */

import { useEffect, useRef, useState } from "preact/hooks";
import { send } from "./api";

const KEPT = 400;
const TOGETHER = 4;
const kept = new Map<string, Promise<string>>();
const waiting: (() => void)[] = [];
let working = 0;

async function takeTurn<T>(work: () => Promise<T>): Promise<T> {
  if (working >= TOGETHER) await new Promise<void>((resolve) => waiting.push(resolve));
  working++;
  try {
    return await work();
  } finally {
    working--;
    waiting.shift()?.();
  }
}

/** Return the bytes of a drawing. */
export async function render(structure: string, format: "svg" | "png", changes = false): Promise<Blob> {
  const size = format === "png" && !structure.includes(">") ? { width: 1200, height: 900 } : {};
  return (await send("v1/render", { structure, format, changes, ...size })).blob();
}

function find(structure: string, changes: boolean): Promise<string> {
  const key = `${changes} ${structure}`;
  let found = kept.get(key);
  if (!found) {
    found = takeTurn(async () => URL.createObjectURL(await render(structure, "svg", changes)));
    found.catch(() => kept.delete(key));
    kept.set(key, found);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest) kept.delete(oldest);
  }
  return found;
}

interface Props {
  structure: string;
  /** What a reader who does not see it is told. */
  label?: string;
  /** Whether the atoms of a reaction that change are marked. */
  changes?: boolean;
  small?: boolean;
}

export function Drawing({ structure, label, changes = false, small = false }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [address, setAddress] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    let isHere = true;
    setAddress(null);
    setFault(null);
    const watcher = new IntersectionObserver(
      (seen) => {
        if (!seen.some((one) => one.isIntersecting)) return;
        watcher.disconnect();
        find(structure, changes)
          .catch((error) => (changes ? find(structure, false) : Promise.reject(error)))
          .then((url) => isHere && setAddress(url))
          .catch((error: Error) => isHere && setFault(error.message));
      },
      { rootMargin: "200px" },
    );
    if (place.current) watcher.observe(place.current);
    return () => {
      isHere = false;
      watcher.disconnect();
    };
  }, [structure, changes]);
  const isReaction = structure.includes(">");
  const name = `drawing ${isReaction ? "reaction" : "molecule"}${small ? " small" : ""}`;
  return (
    <div class={name} ref={place}>
      {address && <img src={address} alt={label ?? `${isReaction ? "Reaction" : "Structure"} ${structure}`} />}
      {fault && <code class="smiles">{structure}</code>}
    </div>
  );
}
