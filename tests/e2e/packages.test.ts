import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { fileURLToPath } from "node:url";
import { expect, inject, it } from "vitest";
import { createProject } from "./harness/project.ts";

const run = promisify(execFile);
const packages = fileURLToPath(new URL("../../packages", import.meta.url));

it("publint finds nothing in any package", async () => {
  for (const name of await readdir(packages)) {
    const { stdout } = await run("npx", ["publint", "--strict", join(packages, name)], { cwd: packages });
    expect(stdout, name).toContain("All good!");
  }
});

it("the packed packages type-check in a stranger's project: names are typed, an unknown machine is an error", async () => {
  const project = await createProject({
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        module: "NodeNext",
        strict: true,
        noEmit: true,
        types: [],
        // The declarations of Vitest itself are not ours to check.
        skipLibCheck: true,
      },
      include: ["*.test.ts"],
    }),
    "package.json": JSON.stringify({ name: "p", private: true, type: "module" }),
    "good.test.ts": `
      import { cluster } from "vitest-machines";
      const { it, server } = cluster({ nodes: { server: { vlans: [1, 2] }, client: {} } });
      it("a", async ({ client }) => {
        const text: string = await client.succeed("true");
        const { exitCode }: { exitCode: number | null } = await server.execute(text);
        // @ts-expect-error no such machine
        void (({ nobody }: Parameters<Parameters<typeof it>[1] & {}>[0]) => nobody);
        void exitCode;
      });
      // @ts-expect-error no such machine
      export const { nobody } = cluster({ nodes: { server: {} } });
      // @ts-expect-error no such option
      cluster({ nodes: { server: { vlan: 1 } } });
    `,
  });
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  await expect(run(process.execPath, [tsc, "-p", "."], { cwd: project.folder })).resolves.toMatchObject({ stdout: "" });
});

it(
  "the environment is found by its name under pnpm, whose node_modules is not flat",
  { timeout: 300_000 },
  async () => {
    const project = await createProject({});
    const tarballs = (await readdir(inject("tarballs"))).map((name) => join(inject("tarballs"), name));
    const named = (part: string): string =>
      `file:${tarballs.find((path) => new RegExp(`/${part}-\\d`).test(path)) ?? part}`;
    const internal = ["host", "agent", "images", "driver"].map((name) => [
      `@vitest-machines/${name}`,
      named(`vitest-machines-${name}`),
    ]);
    await project.write({
      "pnpm-workspace.yaml": `packages: []\noverrides:\n${[...internal, ["vitest-machines", named("vitest-machines")]]
        .map(([name, path]) => `  ${JSON.stringify(name)}: ${JSON.stringify(path)}\n`)
        .join("")}`,
      "package.json": JSON.stringify({
        name: "p",
        private: true,
        type: "module",
        devDependencies: { vitest: "4.1.12", "vitest-machines": named("vitest-machines") },
      }),
      "lab.yaml": "nodes:\n  one: {}\n",
      "yaml.test.ts": `// @vitest-environment machines
      // @vitest-environment-options { "cluster": "./lab.yaml" }
      import { expect, it } from "vitest";
      import { machines } from "vitest-machines/environment";
      it("boots", async () => expect(await machines.one.succeed("hostname")).toBe("one\\n"));`,
    });
    const pnpm = fileURLToPath(new URL("../../node_modules/.bin/pnpm", import.meta.url));
    await run(pnpm, ["install", "--prefer-offline"], { cwd: project.folder, env: { ...process.env, CI: "" } });
    const { stdout } = await run(process.execPath, ["node_modules/vitest/vitest.mjs", "run"], { cwd: project.folder });
    expect(stripVTControlCharacters(stdout)).toMatch(/Tests\s+1 passed/);
  },
);
