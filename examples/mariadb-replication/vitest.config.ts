import { defineConfig } from "vitest/config";
import { machines } from "vitest-machines/plugin";

export default defineConfig({
  plugins: [machines()],
  // Vitest's own 5 s are short for a Debian that is emulated, as it is where there is no KVM.
  test: { testTimeout: 60_000 },
});
