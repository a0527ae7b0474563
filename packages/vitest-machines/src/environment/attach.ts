/**
 * Runs before every test file of a project with the plugin, so it costs nothing unless the file wants machines: Vitest
 * would fetch and transform every module that it imports. The key is the record's, see record.ts.
 */
if (Reflect.get(globalThis, Symbol.for("vitest-machines.environment")) !== undefined) {
  const { attachCluster } = await import("./attach-cluster.ts");
  await attachCluster();
}

export {};
