import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** Packages may only import packages below them: host, agent <- images <- driver <- vitest-machines. */
const below = {
  host: [],
  agent: [],
  images: ["host", "agent"],
  driver: ["host", "images"],
  "vitest-machines": ["host", "images", "driver", "agent"],
  "vitest-environment-machines": ["vitest-machines"],
};
const npmName = (name) => (name.startsWith("vitest-") ? name : `@vitest-machines/${name}`);

/** Rooms of the driver, from the bottom up; a room may import itself and the rooms named here. */
const driverRooms = {
  topology: [],
  trace: [],
  agent: [],
  qemu: ["topology"],
  network: [],
  machine: ["agent", "qemu", "topology", "trace"],
  cluster: ["machine", "network", "qemu", "topology", "trace", "agent"],
};

/** Only these rooms of vitest-machines may know Vitest; the keeper is a plain Node program. */
const vitestFree = ["keeper", "cli"];

const boundaries = [
  ...Object.entries(below).map(([name, allowed]) => ({
    files: [`packages/${name}/src/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: Object.keys(below)
                .filter((other) => other !== name && !allowed.includes(other))
                .flatMap((other) => [npmName(other), `${npmName(other)}/*`]),
              message: `Package ${name} may import only: ${allowed.join(", ") || "no other package"} (see AGENTS.md).`,
            },
            { group: ["@vitest/*"], message: "Vitest is reached through `vitest` alone: other doors differ between majors." },
            ...(["vitest-machines", "vitest-environment-machines"].includes(name)
              ? []
              : [{ group: ["vitest", "vitest/*"], message: "Below vitest-machines nothing knows Vitest." }]),
          ],
        },
      ],
    },
  })),
  ...Object.entries(driverRooms).map(([room, allowed]) => ({
    files: [`packages/driver/src/${room}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: Object.keys(driverRooms)
                .filter((other) => other !== room && !allowed.includes(other))
                .map((other) => `**/${other}/*`),
              message: `Room ${room} may import only: ${allowed.join(", ") || "no other room"} (see AGENTS.md).`,
            },
            { group: ["vitest", "vitest/*", "vitest-*"], message: "The driver knows no test runner." },
          ],
        },
      ],
    },
  })),
  {
    files: vitestFree.map((room) => `packages/vitest-machines/src/${room}/**/*.ts`),
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["vitest", "vitest/*", "@vitest/*"], message: "This room runs outside Vitest." }] },
      ],
    },
  },
];

export default tseslint.config(
  { ignores: ["**/dist/**", "**/node_modules/**", "**/.vitest*/**", "tests/compat/**", "**/fixtures/**"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ["packages/*/tsconfig.json", "tests/tsconfig.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      // `async ({}, use) =>` is the shape that Vitest parses for fixtures.
      "no-empty-pattern": "off",
      // Interfaces ask for promises where an implementation happens to be synchronous.
      "@typescript-eslint/require-await": "off",
      // The type parameter of `get<T>()`-like readers is the documentation of what comes back.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "max-lines": ["error", { max: 250 }],
    },
  },
  {
    files: ["**/tests/**/*.ts", "tests/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "max-lines": ["error", { max: 400 }],
    },
  },
  {
    files: ["**/*.{js,mjs}"],
    languageOptions: {
      globals: { process: "readonly", console: "readonly", performance: "readonly", URL: "readonly", Buffer: "readonly", setTimeout: "readonly", clearTimeout: "readonly", setInterval: "readonly", clearInterval: "readonly" },
    },
  },
  ...boundaries,
);
