// usage: npm run bench -- NAME [--json] [--rounds N] [--cold-all]
// Every figure stands beside its own baseline, measured in the same run: compare ratios, not absolute times.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, rounds: { type: "string" }, "cold-all": { type: "boolean" } },
});
const folder = fileURLToPath(new URL("./benches", import.meta.url));
const names = readdirSync(folder).map((file) => file.replace(/\.mjs$/, ""));
const unknown = positionals.filter((name) => !names.includes(name));
if (positionals.length === 0 || unknown.length > 0) {
  console.error(
    `${unknown.length > 0 ? `no such bench: ${unknown.join(", ")}\n` : ""}usage: npm run bench -- NAME [--json] [--rounds N] [--cold-all]\nnames: ${names.join(" ")}`,
  );
  process.exit(2);
}
// What benches leave is removed when the process exits; a signal alone would not let it.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
for (const name of positionals) {
  const { default: bench } = await import(`./benches/${name}.mjs`);
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const figures = await bench(rounds, { coldAll: values["cold-all"] });
  for (const figure of figures) {
    const text = values.json
      ? JSON.stringify(figure)
      : `${figure.bench} · ${figure.metric}: ${figure.value} ${figure.unit}, baseline ${figure.baseline} ${figure.unit}, ratio ${figure.ratio}`;
    console.log(text);
  }
  if (figures.table && !values.json) console.log(figures.table);
}
