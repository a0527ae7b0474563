/** One archive that apt takes packages from. */
export interface SourceEntry {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Absolute path of the keyring that apt checks the archive with, where the entry names one. */
  readonly signedBy?: string | undefined;
}

/** Reads the one-line format of `sources.list`. Lines that are no binary archive, or not understood, are left out. */
export function parseSourcesList(text: string): SourceEntry[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = "", uri = "", suite = "", components = ""] = match;
    return [{ uri, suite, components: words(components), signedBy: keyring(/signed-by=(\S+)/i.exec(options)?.[1]) }];
  });
}

/** Reads the deb822 format of `*.sources` files: stanzas of fields, one entry for each URI and suite of a stanza. */
export function parseDeb822Sources(text: string): SourceEntry[] {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .split(/\n\s*\n/)
    .map(parseFields)
    .filter((fields) => words(fields.get("types")).includes("deb") && fields.get("enabled")?.toLowerCase() !== "no")
    .flatMap((fields) =>
      words(fields.get("uris")).flatMap((uri) =>
        words(fields.get("suites")).map((suite) => ({
          uri,
          suite,
          components: words(fields.get("components")),
          signedBy: keyring(fields.get("signed-by")),
        })),
      ),
    );
}

function parseFields(stanza: string): Map<string, string> {
  const unfolded = stanza.replace(/\n[ \t]+/g, " ");
  return new Map(
    [...unfolded.matchAll(/^([^\s:]+):[ \t]*(.*)$/gm)].map(([, name = "", value = ""]) => [
      name.toLowerCase(),
      value.trim(),
    ]),
  );
}

/** The field may also hold the key itself, or its fingerprint; only a file can be handed on. */
function keyring(value: string | undefined): string | undefined {
  return value?.startsWith("/") ? value.split(/[\s,]/)[0] : undefined;
}

function words(text = ""): string[] {
  return text.split(/\s+/).filter(Boolean);
}
