import type { WaitTarget } from "../../agent/session.ts";
import { invalid } from "@vitest-machines/host";
import type { VerbOptions } from "../options.ts";

export interface PortOptions extends VerbOptions {
  /** Name or address, as the guest sees it. Default `localhost`. */
  host?: string | undefined;
  /** Default `tcp`. A UDP port counts as open while nobody refuses. */
  protocol?: "tcp" | "udp" | undefined;
}

export function portTarget(port: number, options: PortOptions): { target: WaitTarget; text: string } {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalid({ path: "port", value: port, reason: "is not a port", valid: "whole numbers from 1 to 65535" });
  }
  const { host = "localhost", protocol = "tcp" } = options;
  return {
    target: { kind: protocol, host, port },
    text: `${protocol === "udp" ? "UDP port" : "port"} ${port} of ${host}`,
  };
}
