/** Numbers of stored records. */

import type { PackedArray } from "./types";

const VIEWS: Record<string, (bytes: ArrayBuffer) => ArrayLike<number>> = {
  float64: (bytes) => new Float64Array(bytes),
  float32: (bytes) => new Float32Array(bytes),
  uint8: (bytes) => new Uint8Array(bytes),
  int32: (bytes) => new Int32Array(bytes),
};

/** Return the numbers of an array, row by row. */
export async function unpack(array: PackedArray): Promise<number[]> {
  if (array.values) return array.values.map((value) => value ?? Number.NaN);
  const packed = Uint8Array.from(atob(array.deflated ?? ""), (letter) => letter.charCodeAt(0));
  const inflated = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const view = VIEWS[array.dtype];
  if (!view) throw new Error(`an array of ${array.dtype} is not known`);
  return Array.from(view(await new Response(inflated).arrayBuffer()));
}
