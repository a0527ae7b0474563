import { accessSync, constants } from "node:fs";
import { agentBinary } from "@vitest-machines/agent";
import type { Finding } from "../finding.ts";

const identity = { id: "agent", title: "guest agent" };

/** The agent comes prebuilt with its package; only a checkout of this project can lack it. */
export function checkAgent(): Finding {
  const path = agentBinary();
  try {
    accessSync(path, constants.R_OK);
    return { ...identity, status: "ok", detail: path, facts: { path } };
  } catch {
    return {
      ...identity,
      status: "fail",
      detail: `${path} cannot be read`,
      fix: "Install @vitest-machines/agent again, or in a checkout of the project run: npm run build",
      facts: { path },
    };
  }
}
