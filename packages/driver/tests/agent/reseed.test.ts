import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isRoot, startAgent } from "./an-agent.ts";

// That it works can only be seen where a machine is restored twice: restored.machine.test.ts.
describe("reseeding the kernel's generator", () => {
  it("is refused by the kernel to an ordinary user, and that is told", async () => {
    const session = await (await startAgent(isRoot ? { uid: 65534 } : {})).connect();
    await expect(session.reseed(randomBytes(32))).rejects.toMatchObject({
      code: "AGENT_REFUSED",
      facts: { errno: "EPERM" },
      message: expect.stringContaining("the kernel takes no entropy: operation not permitted") as string,
    });
  });

  it.each([0, 31, 65])("needs 32 to 64 bytes, not %d", async (size) => {
    const session = await (await startAgent(isRoot ? { uid: 65534 } : {})).connect();
    await expect(session.reseed(randomBytes(size))).rejects.toThrow(/needs seed, 32 to 64 bytes/);
  });
});
