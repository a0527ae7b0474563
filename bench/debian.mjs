// The Debian machine that benches measure: systemd, nginx and curl.
import { debian } from "@vitest-machines/images";

export const image = debian({ packages: ["nginx-light", "curl"] });
export const nodes = { server: { image } };
/** Of what a curl in the guest takes, most is its start: its thirty libraries are linked, and translated, anew. */
export const curl = (cluster) => cluster.machines.server.succeed("curl --silent --fail http://localhost/ > /dev/null");
/** The same page, by the host's fetch through the agent. */
export const page = async (cluster) => {
  const answer = await cluster.machines.server.fetch("http://localhost/");
  if (!(await answer.text()).includes("Welcome to nginx")) throw new Error("that is not nginx's page");
};
