import { defineConfig } from "vitest/config";
import { machines } from "vitest-machines/plugin";

export default defineConfig({
  plugins: [machines()],
  // A checkpoint or a restore within a test counts against its time.
});
