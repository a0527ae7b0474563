/** Runs before every test file of a project with the plugin, so it loads nothing unless the file wants machines. */
import { environmentRecord } from "./record.ts";

const record = environmentRecord();
if (record) {
  const { attachCluster } = await import("./attach-cluster.ts");
  await attachCluster(record);
}
