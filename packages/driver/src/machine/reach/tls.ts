import { invalid, MachinesError } from "@vitest-machines/host";
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";

/** Node's own authorities and those named. Node itself would pass over what is none. @throws MachinesError DECLARATION_INVALID */
export function authorities(ca: string | readonly string[]): string[] {
  const named = [ca].flat();
  for (const value of named) {
    try {
      new X509Certificate(value);
    } catch {
      const valid = 'the text of a PEM file, "-----BEGIN CERTIFICATE-----…", or several';
      throw invalid({ path: "ca", value: value.slice(0, 80), reason: "is not a certificate", valid });
    }
  }
  return [...rootCertificates, ...named];
}

/** Why a service that answers is not talked to. */
export function insecure(machine: string, { host, port }: { host: string; port: number }, cause: Error): MachinesError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const hint = /SELF_SIGNED|ISSUER|VERIFY/.test(code) ? " `ca` names authorities to trust beside Node's own." : "";
  const target = `port ${port} of ${host}`;
  return new MachinesError(
    "CONNECTION_FAILED",
    `${machine}: no TLS connection to ${target}: ${message.trim().replace(/\.$/, "")}.${hint}`,
    { machine, facts: { target }, cause },
  );
}
