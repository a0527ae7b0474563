import { agentBinary } from "@vitest-machines/agent";
import type { Finding } from "../finding.ts";

const identity = { id: "agent", title: "guest agent" };

/** The agent comes prebuilt with its package; only a checkout of this project can lack it. */
export function checkAgent(find: () => string = agentBinary): Finding {
  try {
    const path = find();
    return { ...identity, status: "ok", detail: path, facts: { path } };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [detail = "", ...fix] = error.message.split("\n");
    return { ...identity, status: "fail", detail, fix: fix.join("\n") };
  }
}
