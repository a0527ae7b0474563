// Fills every code block that follows `<!-- snippet: FILE -->` or `<!-- snippet: FILE#REGION -->` from the tested file
// it names. A region stands between `// #region NAME` and `// #endregion` in the file.
// usage: node scripts/snippets.mjs [--check]
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const block = /<!-- snippet: ([^\s#]+)(?:#(\S+))? -->\n\n```(\w+)\n[\s\S]*?```/g;

/** @returns the Markdown files of the repository that may hold snippets */
export function pages() {
  const docs = readdirSync(join(root, "docs"), { recursive: true })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name));
  const packages = readdirSync(join(root, "packages")).map((name) => join("packages", name, "README.md"));
  return ["README.md", ...docs, ...packages];
}

function source(file, region) {
  const text = readFileSync(join(root, file), "utf8");
  if (region === undefined) return text;
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.trim().replace(/^#/, "//") === `// #region ${region}`);
  const end = lines.findIndex((line, at) => at > start && line.trim().endsWith("#endregion"));
  if (start < 0 || end < 0) throw new Error(`${file} has no region ${region}`);
  const inside = lines.slice(start + 1, end);
  const indent = Math.min(...inside.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  return inside.map((line) => line.slice(indent)).join("\n") + "\n";
}

/** @returns the page's text with every snippet as its file has it now */
export function filled(page) {
  const text = readFileSync(join(root, page), "utf8");
  const wanted = text.split("<!-- snippet:").length - 1;
  if (wanted !== [...text.matchAll(block)].length) throw new Error(`${page}: a snippet has no code block below it`);
  return text.replace(block, (_, file, region, language) => {
    const anchor = region === undefined ? file : `${file}#${region}`;
    return `<!-- snippet: ${anchor} -->\n\n\`\`\`${language}\n${source(file, region)}\`\`\``;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stale = pages().filter((page) => filled(page) !== readFileSync(join(root, page), "utf8"));
  if (process.argv.includes("--check")) {
    if (stale.length > 0)
      console.error(`snippets differ from their files in: ${stale.join(", ")}; run npm run snippets`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const page of stale) writeFileSync(join(root, page), filled(page));
  }
}
