// The Debian machine that benches measure: systemd, nginx and curl.
import { debian } from "@vitest-machines/images";

export const image = debian({ packages: ["nginx-light", "curl"] });
export const nodes = { server: { image } };
const ask = "curl --silent --fail http://localhost/ > /dev/null";
/** The same, ready when curl answers: what a user would declare, and what a fork made ahead of time has done once. */
export const answering = { server: { image, ready: ask } };
/** Of what a first curl takes in an emulated guest, most is its start: thirty libraries are linked and translated. */
export const curl = (cluster) => cluster.machines.server.succeed(ask);
/** The same page, by the host's fetch through the agent. */
export const page = async (cluster) => {
  const answer = await cluster.machines.server.fetch("http://localhost/");
  if (!(await answer.text()).includes("Welcome to nginx")) throw new Error("that is not nginx's page");
};
