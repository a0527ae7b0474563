import type { Nodes } from "@vitest-machines/driver";
import { note } from "../listing/record.ts";
import { planSuite, type SuiteDeclaration } from "./suite-declaration.ts";

/**
 * Checks a declaration and keeps its machines' names in its type. It is plain data: export it from a shared module and
 * call `cluster(declaration)` in every test file that wants such a cluster.
 *
 * @throws DECLARATION_INVALID for a declaration that cannot work
 */
export function defineCluster<const N extends Nodes>(declaration: SuiteDeclaration<N>): SuiteDeclaration<N> {
  note("defined", planSuite(declaration).plan);
  return declaration;
}
