import { describe, expect, it } from "vitest";
import { Conditions } from "../../../src/machine/conditions/conditions.ts";

/** A check whose looks end when the test says so, and as it says. */
class Looks {
  readonly #open: ((isHeld: boolean) => void)[] = [];
  count = 0;
  readonly check = (): Promise<boolean> => {
    this.count++;
    return new Promise((resolve) => this.#open.push(resolve));
  };
  end(isHeld: boolean): void {
    this.#open.shift()?.(isHeld);
  }
}

describe("a look at machines that are replaced before it has ended", () => {
  async function lookInVain(conditions: Conditions, looks: Looks): Promise<void> {
    const verb = conditions.watch(undefined, () => "its result");
    await conditions.pause(() => Promise.resolve());
    looks.end(false);
    expect(await verb).toBe("its result");
  }

  it("ends no verb, and the next one looks again", async () => {
    const [conditions, looks] = [new Conditions(), new Looks()];
    await using condition = conditions.add("is up", looks.check, { interval: 60_000 });
    await lookInVain(conditions, looks);
    const next = conditions.watch(undefined, () => "its result");
    await expect.poll(() => looks.count).toBe(2);
    looks.end(true);
    expect(await next).toBe("its result");
    expect(condition.over.aborted).toBe(false);
  });

  it("is not what was told, when the condition fails later", async () => {
    const [conditions, looks] = [new Conditions(), new Looks()];
    const scope = async (): Promise<void> => {
      await using condition = conditions.add("is up", looks.check, { interval: 0 });
      await lookInVain(conditions, looks);
      let endVerb = (): void => undefined;
      const verb = conditions.watch(undefined, () => new Promise<void>((resolve) => (endVerb = resolve)));
      await expect.poll(() => looks.count).toBe(2);
      looks.end(true);
      // One begins while it runs, and ends after it.
      await expect.poll(() => looks.count).toBe(3);
      endVerb();
      await verb;
      looks.end(false);
      await new Promise(setImmediate);
      expect(condition.over.aborted).toBe(false);
    };
    await expect(scope()).rejects.toThrow('CONDITION_FAILED: the condition "is up" does not hold');
  });
});
