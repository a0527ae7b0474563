import { fault, planCluster } from "@vitest-machines/driver";
import { describe, expect, it } from "vitest";
import { planSuite, splitDeclaration, type SuiteDeclaration } from "../../src/cluster/suite-declaration.ts";

const nodes = { a: {} };

describe("a suite's declaration", () => {
  it("resets once a suite unless it says otherwise, and leaves the driver what is the driver's", () => {
    const declaration = { name: "net", nodes, layers: false, clock: "frozen" } as const;
    expect(splitDeclaration(declaration)).toEqual({ reset: "suite", cluster: declaration });
    for (const reset of ["suite", "test", "never"] as const) {
      const split = splitDeclaration({ ...declaration, reset });
      expect(split).toEqual({ reset, cluster: declaration });
      expect(planCluster(split.cluster).name).toBe("net");
    }
  });

  it.each(["each", "", 1, null, true])("refuses reset: %j and names the valid ones", (reset) => {
    if (reset === null) {
      // As undefined: nothing was said.
      expect(splitDeclaration({ nodes, reset } as unknown as SuiteDeclaration).reset).toBe("suite");
      return;
    }
    expect(() => splitDeclaration({ nodes, reset } as unknown as SuiteDeclaration)).toThrow(
      expect.objectContaining({
        code: "DECLARATION_INVALID",
        message: expect.stringMatching(/reset: .* is not a kind of reset[^]*"suite", "test", "never"/) as string,
        facts: { path: "reset" },
      }) as Error,
    );
  });

  it('refuses reset: "test" with boot: "manual", and no other reset', () => {
    expect(() => splitDeclaration({ nodes, boot: "manual", reset: "test" })).toThrow(
      expect.objectContaining({
        code: "DECLARATION_INVALID",
        message: expect.stringContaining("no moment when all were ready") as string,
      }) as Error,
    );
    expect(splitDeclaration({ nodes, boot: "manual" }).reset).toBe("suite");
    expect(splitDeclaration({ nodes, boot: "manual", reset: "never" }).reset).toBe("never");
  });

  it("refuses faults that its machines cannot have", () => {
    const faults = { every: "1s", from: [fault.loss("1%", { on: "a" }), fault.isolate("b")] } as const;
    expect(() => planSuite({ nodes, faults })).toThrow('faults.from[1]: "b" is no machine of this cluster.\nValid: a.');
    expect(planSuite({ nodes: { ...nodes, b: {} }, faults })).toMatchObject({ faults, plan: { vlans: [1] } });
  });
});
