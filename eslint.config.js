import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { boundaries } from "./eslint.boundaries.js";

const nodeGlobals = Object.fromEntries(
  "process console performance URL Buffer setTimeout clearTimeout setInterval clearInterval AbortController AbortSignal"
    .split(" ")
    .map((name) => [name, "readonly"]),
);

export default defineConfig(
  {
    ignores: ["**/dist/**", "**/node_modules/**", "**/.vitest*/**", "tests/compat/**", "**/fixtures/**", "bench/tmp-*"],
  },
  js.configs.recommended,
  { files: ["**/*.{js,mjs}"], languageOptions: { globals: nodeGlobals } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ["packages/*/tsconfig.json", "tests/tsconfig.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      // `async ({}, use) =>` is the shape that Vitest parses for fixtures.
      "no-empty-pattern": "off",
      // Interfaces ask for promises where an implementation happens to be synchronous.
      "@typescript-eslint/require-await": "off",
      "max-lines": ["error", { max: 250 }],
    },
  },
  {
    files: ["**/tests/**/*.ts", "tests/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      // Vitest's asymmetric matchers (`expect.any(…)`) are typed `any`.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "max-lines": ["error", { max: 400 }],
    },
  },
  ...boundaries,
);
