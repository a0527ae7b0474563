import { planCluster, type ClusterDeclaration, type Nodes } from "@vitest-machines/driver";

/**
 * Checks a declaration and keeps its machines' names in its type. It is plain data: export it from a shared module and
 * call `cluster(declaration)` in every test file that wants such a cluster.
 *
 * @throws DECLARATION_INVALID for a declaration that cannot work
 */
export function defineCluster<const N extends Nodes>(declaration: ClusterDeclaration<N>): ClusterDeclaration<N> {
  planCluster(declaration);
  return declaration;
}
