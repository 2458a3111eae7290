// Builds the page: sources of web/src and the vendored libraries, into src/anymol/serve/page.
//
//   npm ci --ignore-scripts && npm run check && npm run build
//
// `npm ci` takes the versions of package-lock.json and refuses what does not have their hashes. vendored.json says what
// was built in: name, version, licence, npm's hash, and the checksums of every built file and of the sources it was
// built from; licences.txt holds the licences.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const OUT = fileURLToPath(new URL("../src/anymol/serve/page/", import.meta.url));
const MOST_BYTES = 3_000_000;

const read = (path) => readFileSync(HERE + path, "utf8");
const { packages } = JSON.parse(read("package-lock.json"));

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
await build({
  absWorkingDir: HERE,
  entryPoints: { page: "src/main.tsx", index: "src/index.html", icon: "src/icon.svg" },
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  chunkNames: "[name]",
  loader: { ".html": "copy", ".svg": "copy" },
  // The minified build that its authors publish; their package names the unminified one.
  alias: { "3dmol": "./node_modules/3dmol/build/3Dmol.es6-min.js" },
  legalComments: "none",
  logLevel: "warning",
});

// Whatever is not for building alone is built in, what the libraries need themselves too.
const vendored = Object.entries(packages)
  .filter(([path, one]) => path && !one.dev && !one.devOptional)
  .map(([path, { version, license, integrity }]) => ({ name: path.replace("node_modules/", ""), version, license, integrity }));
const licences = vendored.map(
  ({ name, version, license }) => `${name} ${version} (${license})\n\n${readLicence(name).trim()}\n`,
);
writeFileSync(`${OUT}licences.txt`, licences.join(`\n${"-".repeat(100)}\n\n`));

const hash = (folder) =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, createHash("sha256").update(readFileSync(folder + name)).digest("hex")]),
  );
const files = hash(OUT);
const total = Object.keys(files).reduce((sum, name) => sum + statSync(OUT + name).size, 0);
const record = { libraries: vendored, sha256: files, sources: hash(`${HERE}src/`) };
writeFileSync(`${OUT}vendored.json`, `${JSON.stringify(record, null, 1)}\n`);
if (total > MOST_BYTES) throw new Error(`the page has ${total} bytes; at most ${MOST_BYTES} ship`);
console.log(`${Object.keys(files).length} files, ${total} bytes in ${OUT}`);

function readLicence(name) {
  const file = readdirSync(`${HERE}node_modules/${name}`).find((one) => /^licen[sc]e/i.test(one));
  if (!file) throw new Error(`${name} states no licence`);
  return read(`node_modules/${name}/${file}`);
}
