import { defineConfig } from "vitest/config";
import { machines } from "vitest-machines/plugin";

export default defineConfig({
  plugins: [machines()],
  // A test takes several steps, each of which waits for time limits of the service.
  test: { testTimeout: 180_000 },
});
