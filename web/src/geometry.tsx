/** A geometry to turn and zoom, by 3Dmol, which is fetched when the first one is shown. */

import { useEffect, useRef, useState } from "preact/hooks";
import { unpack } from "./arrays";
import type { PackedArray, StoredRecord } from "./types";

const SYMBOLS = (
  "X H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag " +
  "Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U"
).split(" ");

async function writeXyz(record: StoredRecord): Promise<string> {
  const numbers = await unpack(record.atomic_numbers as PackedArray);
  const places = await unpack(record.coordinates as PackedArray);
  const lines = numbers.map((number, atom) => [SYMBOLS[number] ?? "X", ...places.slice(3 * atom, 3 * atom + 3)].join(" "));
  return [numbers.length, "", ...lines].join("\n");
}

export function Geometry({ record, label }: { record: StoredRecord; label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    let isHere = true;
    let clear = () => {};
    Promise.all([import("3dmol"), writeXyz(record)])
      .then(([{ createViewer }, xyz]) => {
        if (!isHere || !place.current) return;
        const viewer = createViewer(place.current, { backgroundColor: "white" });
        viewer.addModel(xyz, "xyz");
        viewer.setStyle({}, { stick: { radius: 0.13 }, sphere: { scale: 0.24 } });
        viewer.zoomTo();
        viewer.render();
        clear = () => viewer.clear();
      })
      .catch((error: Error) => isHere && setFault(error.message));
    return () => {
      isHere = false;
      clear();
    };
  }, [record]);
  if (fault) return <p class="quiet">This browser does not show geometries ({fault}).</p>;
  return <div class="geometry" ref={place} role="img" aria-label={label} />;
}
