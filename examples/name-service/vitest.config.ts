import { defineConfig } from "vitest/config";
import { machines } from "vitest-machines/plugin";

export default defineConfig({
  plugins: [machines()],
  // A test takes several steps, each of which waits; where there is no KVM one of them boots for 20 s.
  test: { testTimeout: 180_000 },
});
