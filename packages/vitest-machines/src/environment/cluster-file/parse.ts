import { planCluster, type HostFile, type NodeDeclaration } from "@vitest-machines/driver";
import { isMachinesError, type MachinesError } from "@vitest-machines/host";
import { debian, tiny, type Image } from "@vitest-machines/images";
import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { planSuite, type SuiteDeclaration } from "../../cluster/suite-declaration.ts";
import { toSchedule } from "./faults.ts";
import { clusterFileError, type Mistake } from "./mistake.ts";
import { parsePath, Positions } from "./positions.ts";
import { relocated } from "./relocated.ts";
import type { ClusterFile, ImageOfFile, imageNames, NodeOfFile } from "./schema.ts";
import { checkStructure } from "./structure.ts";

/**
 * Turns a cluster file into a declaration.
 * @param file its path, for messages
 * @throws DECLARATION_INVALID with file:line:column for every mistake of syntax and structure, or for the first value
 * that is refused
 */
export function parseClusterFile(text: string, file: string): SuiteDeclaration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const positions = new Positions(document, lines);
  const fail = (mistakes: readonly Mistake[]): MachinesError =>
    clusterFileError(file, mistakes as [Mistake, ...Mistake[]]);

  const syntax = document.errors.map((error) => ({ ...positions.at(error.pos[0]), text: `${error.message}.` }));
  if (syntax.length > 0) throw fail(syntax);

  const structure = checkStructure(toValue(), positions);
  if ("mistakes" in structure) throw fail(structure.mistakes);
  try {
    const declaration = toDeclaration(structure.file, dirname(file));
    planSuite(declaration);
    return declaration;
  } catch (error) {
    if (!isMachinesError(error)) throw error;
    throw fail([refusal(error, structure.file, positions)]);
  }

  function toValue(): unknown {
    try {
      return document.toJS();
    } catch (error) {
      // An alias without its anchor is found only here, and without its place.
      throw fail([{ line: 1, column: 1, text: error instanceof Error ? error.message : String(error) }]);
    }
  }
}

const images: Record<(typeof imageNames)[number], () => Image> = { tiny, debian };

function toDeclaration({ nodes, defaults, networks, faults, ...rest }: ClusterFile, folder: string): SuiteDeclaration {
  return {
    ...rest,
    ...(defaults && { defaults: toNode(defaults, "defaults", folder) }),
    // A key without a value is null in YAML.
    ...(networks && { networks: mapValues(networks, (network) => network ?? {}) }),
    ...(faults && { faults: toSchedule(faults) }),
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([name, node]) => [name, toNode(node ?? {}, `nodes.${name}`, folder)]),
    ),
  };
}

function toNode({ image, files, shared, ...rest }: NodeOfFile, path: string, folder: string): NodeDeclaration {
  return {
    ...rest,
    ...(files && { files: mapValues(files, (file) => beside(folder, file)) }),
    ...(shared && { shared: mapValues(shared, (source) => resolve(folder, source)) }),
    ...(image !== undefined && { image: toImage(image, `${path}.image`) }),
  };
}

/** A file of the host is looked for beside the cluster file. What else may be wrong with it is the driver's to say. */
function beside(folder: string, file: string | Record<string, unknown>): HostFile | string {
  if (typeof file === "string" || typeof file["source"] !== "string") return file as unknown as HostFile;
  return { ...file, source: resolve(folder, file["source"]) };
}

function mapValues<T, U>(map: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function toImage(image: ImageOfFile, path: string): Image {
  if (typeof image === "string") return images[image]();
  return relocated("debian()", `${path}.debian`, () => debian(image.debian));
}

/** What the driver says about a value, at the place where it is written. */
function refusal(error: MachinesError, { nodes }: ClusterFile, positions: Positions): Mistake {
  const text = [error.summary, error.hint ?? ""].join(" ").replaceAll("\n", " ").trim();
  const path = parsePath(String(error.facts["path"] ?? ""));
  if (path.length !== 1 || path[0] !== "nodes") return { ...positions.ofValue(path), text };
  // A complaint about a name: each machine alone is valid but for its own name.
  const culprit = Object.keys(nodes).find((name) => !isValidName(name));
  return { ...(culprit === undefined ? positions.ofKey(path) : positions.ofKey(["nodes", culprit])), text };
}

function isValidName(name: string): boolean {
  try {
    planCluster({ nodes: { [name]: {} } });
    return true;
  } catch {
    return false;
  }
}
