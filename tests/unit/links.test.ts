import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { pages } from "../../scripts/snippets.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const code = /```[\s\S]*?```/g;

/** As GitHub makes them of headings. */
function anchors(file: string): string[] {
  const headings = readFileSync(file, "utf8")
    .replace(code, "")
    .matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-"),
  );
}

it.each(pages())("%s links only to what there is", (page) => {
  const text = readFileSync(join(root, page), "utf8").replace(code, "");
  const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = "", anchor] = link.split("#");
    const file = path === "" ? join(root, page) : join(root, dirname(page), path);
    if (!existsSync(file)) return [`${link}: no ${relative(root, file)}`];
    return anchor === undefined || anchors(file).includes(anchor) ? [] : [`${link}: no such heading`];
  });
  expect(broken).toEqual([]);
});
