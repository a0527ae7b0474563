import { defineConfig } from "vitest/config";
import { machines } from "vitest-machines/plugin";

export default defineConfig({ plugins: [machines()] });
