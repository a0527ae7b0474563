import { describeTopology, planCluster, type Topology } from "@vitest-machines/driver";
import { readFile, stat } from "node:fs/promises";
import { basename, extname, relative, resolve } from "node:path";
import { splitDeclaration } from "../../cluster/suite-declaration.ts";
import { parseClusterFile } from "../../environment/cluster-file/parse.ts";
import { UsageError } from "../command.ts";

/**
 * The clusters that a file declares: a YAML file one, a test file or a module any number.
 * @param root where Vitest is started for files that are not YAML
 * @throws UsageError for a file that is not there or declares none; DECLARATION_INVALID
 */
export async function topologiesIn(file: string, root: string): Promise<readonly Topology[]> {
  const path = resolve(file);
  if (!(await isFile(path))) throw new UsageError(`vitest-machines topology: there is no file ${file}.`);
  if ([".yaml", ".yml"].includes(extname(path))) {
    const declaration = parseClusterFile(await readFile(path, "utf8"), relative("", path));
    const { cluster } = splitDeclaration(declaration);
    return [describeTopology(planCluster({ ...cluster, name: cluster.name ?? basename(path) }))];
  }
  // The other commands work without Vitest.
  const { declaredTopologies } = await import("../../listing/declared-topologies.ts");
  const topologies = await declaredTopologies(path, resolve(root));
  if (topologies.length > 0) return topologies;
  throw new UsageError(
    `vitest-machines topology: ${file} declares no cluster. What counts: cluster() in a test file, defineCluster() in any module, and YAML cluster files.`,
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code))) return false;
    throw error;
  }
}
