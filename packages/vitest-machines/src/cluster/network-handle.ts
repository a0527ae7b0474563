import { withSignal, type ClusterNetwork, type Link } from "@vitest-machines/driver";
import { currentTestEnd, currentTestSignal } from "./current-test.ts";
import { createHandle } from "./handles.ts";
import type { ClusterLife } from "./life.ts";

/** A handle on the network of a cluster, whose links are handles, too. */
export function networkHandle(life: ClusterLife, cluster: string): ClusterNetwork {
  const handleOf = <T extends object>(label: string, get: () => T | undefined): T =>
    createHandle<T>({
      label,
      stage: () => life.stage,
      get,
      known: {},
      adapt: (method, args) => {
        life.touch();
        // What is recorded lasts as long as the test that wants it; everything else is over before.
        const lasts = method === "capture" || method === "packets";
        return withSignal(method, args, lasts ? currentTestEnd() : currentTestSignal());
      },
      adopt: (method, result) => {
        if (method !== "link") return result;
        const link = result as Link;
        return handleOf(`the link of ${link.machine} to ${link.network}`, () => life.cluster && link);
      },
    });
  return handleOf(`the network of ${cluster}`, () => life.cluster?.network);
}
