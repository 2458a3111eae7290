/** Spectra: sticks with a mirror image for mass spectra, lines for infrared spectra; drawn by uPlot. Assigned peaks say
 * which ion they may be. */

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { unpack } from "./arrays";
import type { PackedArray, Peak, StoredRecord } from "./types";

const HEIGHT = 260;
const PPM = 20;
const LABELLED = 6;

export interface Trace {
  name: string;
  x: number[];
  y: number[];
  /** What its peaks may be, where that is known. */
  peaks: Peak[];
}

/** Return a spectrum with its highest point at 100. */
export async function readTrace(record: StoredRecord, name: string, peaks: Peak[] = []): Promise<Trace> {
  const isMass = record.record === "MassSpectrum";
  const x = await unpack(record[isMass ? "mz" : "wavenumbers"] as PackedArray);
  const y = await unpack(record[isMass ? "intensity" : "absorbance"] as PackedArray);
  const top = Math.max(...y.filter(Number.isFinite)) || 1;
  return { name, x, y: y.map((value) => (100 * value) / top), peaks };
}

/** Say which peaks of one spectrum stand in the other too, within 20 ppm. */
export function matchPeaks(x: number[], other: number[]): boolean[] {
  return x.map((mz) => other.some((one) => Math.abs(one - mz) <= (PPM * mz) / 1e6));
}

interface Props {
  given: Trace;
  /** What the given one is compared with, drawn downwards. */
  mirrored?: Trace | null;
  isMass: boolean;
}

export function SpectrumPlot({ given, mirrored, isMass }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!place.current) return;
    const watcher = new ResizeObserver(([seen]) => seen && setWidth(Math.floor(seen.contentRect.width)));
    watcher.observe(place.current);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => {
    if (!place.current || width < 50) return;
    const plot = new uPlot(...layOut(given, mirrored ?? null, isMass, width), place.current);
    return () => plot.destroy();
  }, [given, mirrored, isMass, width]);
  const shared = mirrored && isMass ? matchPeaks(given.x, mirrored.x).filter(Boolean).length : null;
  const assigned = describeAssigned(given);
  const said = isMass ? `${given.x.length} peaks` : `${given.x.length} points`;
  return (
    <figure class="spectrum">
      <div ref={place} role="img" aria-label={`${given.name}: ${said}${mirrored ? `, mirrored by ${mirrored.name}` : ""}`} />
      <figcaption>
        <span class="up">▲ {given.name}</span> {mirrored && <span class="down">▼ {mirrored.name}</span>}{" "}
        <span class="quiet">
          {shared === null ? said : `${shared} of ${given.x.length} peaks stand in both, within ${PPM} ppm`}
          {isMass && assigned && `; ${assigned}`}
        </span>
      </figcaption>
      {isMass && given.peaks.length > 0 && <AssignedPeaks trace={given} />}
    </figure>
  );
}

/** Say how much of a spectrum fragments of the structure explain. */
function describeAssigned({ x, y, peaks }: Trace): string {
  if (peaks.length === 0) return "";
  const total = y.reduce((sum, value) => sum + value, 0);
  const explained = x.reduce((sum, mz, place) => sum + (findPeak(peaks, mz) ? y[place]! : 0), 0);
  return `fragments explain ${peaks.length} peaks, ${Math.round((100 * explained) / total)} % of the intensity`;
}

function findPeak(peaks: Peak[], mz: number): Peak | undefined {
  return peaks.find((one) => Math.abs(one.mz - mz) < 1e-6 * mz);
}

/** The assigned peaks as a table, the highest first. */
function AssignedPeaks({ trace }: { trace: Trace }) {
  const height = (mz: number) => trace.y[trace.x.findIndex((one) => Math.abs(one - mz) < 1e-6 * mz)] ?? 0;
  const peaks = [...trace.peaks].sort((one, other) => height(other.mz) - height(one.mz));
  return (
    <details class="checks">
      <summary>Assigned peaks ({trace.name})</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={`Assigned peaks, ${trace.name}`}>
        <table>
          <thead>
            <tr>
              {["m/z", "height / %", "ion", "lost", "off / ppm", "atoms kept"].map((title) => (
                <th scope="col" key={title}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {peaks.map((one) => (
              <tr key={one.mz}>
                <td>{one.mz.toFixed(4)}</td>
                <td>{height(one.mz).toFixed(1)}</td>
                <td>{one.formula}</td>
                <td>{one.loss || "nothing"}</td>
                <td>{one.ppm.toFixed(1)}</td>
                <td class="smiles">{one.fragment}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function layOut(given: Trace, mirrored: Trace | null, isMass: boolean, width: number): [uPlot.Options, uPlot.AlignedData] {
  const ink = getComputedStyle(document.documentElement);
  const colour = (name: string) => ink.getPropertyValue(name).trim();
  const down = mirrored ? mirrored.y.map((value) => -value) : [];
  const data = uPlot.join(
    mirrored
      ? [
          [given.x, given.y],
          [mirrored.x, down],
        ].map(sortColumns)
      : [[given.x, given.y]].map(sortColumns),
  ) as uPlot.AlignedData;
  const sticks = uPlot.paths.bars?.({ size: [0.001, 2, 2], align: 0 });
  const paths = isMass ? { paths: sticks, points: { show: false } } : { points: { show: false } };
  const axis = { stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
  const lines: uPlot.Series[] = [
    {},
    { label: given.name, stroke: colour("--accent"), fill: isMass ? colour("--accent") : undefined, width: 1.5, ...paths },
  ];
  if (mirrored) {
    lines.push({ label: mirrored.name, stroke: colour("--second"), fill: isMass ? colour("--second") : undefined, width: 1.5, ...paths });
  }
  const all = [...given.x, ...(mirrored?.x ?? [])];
  const low = Math.min(...all);
  const high = Math.max(...all);
  const margin = (high - low || 20) * 0.04;
  return [
    {
      width,
      height: HEIGHT,
      legend: { show: false },
      // An infrared spectrum runs from high wavenumbers to low ones.
      scales: { x: { time: false, dir: isMass ? 1 : -1, range: [low - margin, high + margin] }, y: { range: [mirrored ? -122 : 0, isMass ? 122 : 108] } },
      axes: [
        { ...axis, label: isMass ? "m/z" : "wavenumber / cm⁻¹" },
        { ...axis, label: isMass ? "relative intensity / %" : "absorbance / %", values: (_, ticks) => ticks.map((tick) => String(Math.abs(tick))) },
      ],
      series: lines,
      hooks: isMass ? { draw: [(plot) => labelPeaks(plot, data, [given.peaks, mirrored?.peaks ?? []], colour("--ink"), colour("--quiet"))] } : {},
    },
    data,
  ];
}

/** Write beside the highest peaks of each spectrum which ion they may be; their m/z where that is not known. */
function labelPeaks(plot: uPlot, data: uPlot.AlignedData, peaks: Peak[][], ink: string, quiet: string): void {
  const { ctx } = plot;
  ctx.save();
  ctx.font = `${Math.round(11 * devicePixelRatio)}px sans-serif`;
  ctx.textAlign = "center";
  const taken: number[] = [];
  for (const [series, heights] of (data.slice(1) as (number | null | undefined)[][]).entries()) {
    const highest = heights.map((_, place) => place).filter((place) => Math.abs(heights[place] ?? 0) >= 5);
    highest.sort((one, other) => Math.abs(heights[other]!) - Math.abs(heights[one]!));
    taken.length = 0;
    for (const place of highest) {
      const x = plot.valToPos(data[0][place]!, "x", true);
      if (taken.length >= LABELLED) break;
      if (taken.some((one) => Math.abs(one - x) < 56 * devicePixelRatio)) continue;
      taken.push(x);
      const height = heights[place]!;
      const y = plot.valToPos(height, "y", true);
      const assigned = findPeak(peaks[series] ?? [], data[0][place]!);
      ctx.fillStyle = assigned || !peaks[series]?.length ? ink : quiet;
      ctx.fillText(assigned ? writeIon(assigned.formula) : data[0][place]!.toFixed(3), x, height < 0 ? y + 12 * devicePixelRatio : y - 3 * devicePixelRatio);
    }
  }
  ctx.restore();
}

/** Write the formula of an ion with its numbers and charge as they are printed. */
function writeIon(formula: string): string {
  const lowered = formula.replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]!);
  return lowered.replace("+", "⁺").replace("-", "⁻");
}

function sortColumns([x, y]: number[][]): uPlot.AlignedData {
  const order = x!.map((_, index) => index).sort((one, other) => x![one]! - x![other]!);
  return [order.map((index) => x![index]!), order.map((index) => y![index]!)];
}
