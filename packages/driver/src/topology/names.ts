import { invalid } from "@vitest-machines/host";

/**
 * Names that a machine cannot have: `cluster()` returns its machines beside members of these names, Vitest passes its own
 * fixtures by some of them, a handle named `then` would make the object that holds it awaitable, and every guest's
 * /etc/hosts already gives the `localhost` family a meaning.
 */
export const reservedNames: readonly string[] = [
  "annotate",
  "bench",
  "cluster",
  "constructor",
  "describe",
  "expect",
  "it",
  "localhost",
  "machines",
  "nodes",
  "onTestFailed",
  "onTestFinished",
  "signal",
  "skip",
  "suite",
  "task",
  "test",
  "then",
  "vlans",
];

const validNames = "letters, digits and inner dashes, starting with a letter, at most 63 characters";

/**
 * Checks that every name is a host name of its own (RFC 1123, and underscores are not in it), reserved by nobody.
 * @throws MachinesError DECLARATION_INVALID
 */
export function validateNames(names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const complaint = (reason: string, valid: string, fix?: string): Error =>
      invalid({ path: "nodes", value: name, reason, valid, fix });
    if (!/^[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(name)) {
      throw complaint("is not a host name", validNames, suggest(name));
    }
    if (reservedNames.includes(name) || name.toLowerCase() === "localhost") {
      throw complaint("is reserved", `any host name but ${reservedNames.join(", ")}`);
    }
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined) {
      throw complaint(`and ${JSON.stringify(twin)} are the same host name`, "names that differ in more than case");
    }
    seen.set(name.toLowerCase(), name);
  }
}

function suggest(name: string): string | undefined {
  const better = name.replace(/[^a-zA-Z0-9]+/g, "-").replace(/^[^a-zA-Z]+|-+$/g, "");
  return better === "" ? undefined : `Try ${JSON.stringify(better.slice(0, 63))}.`;
}
