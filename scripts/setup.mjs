#!/usr/bin/env node
// Makes a checkout ready to run: host packages, node_modules, the build, the default image. Whatever is there already is
// left alone, so that running this before every test costs next to nothing. Uses nothing but Node.
import { build } from "./setup/build.mjs";
import { installDependencies } from "./setup/dependencies.mjs";
import { provideHostPackages } from "./setup/host-packages.mjs";
import { prepareImage } from "./setup/image.mjs";
import { checkNode } from "./setup/node-version.mjs";
import { SetupError } from "./setup/setup-error.mjs";

const startedAt = performance.now();
try {
  checkNode();
  provideHostPackages();
  const installed = installDependencies();
  const built = build();
  prepareImage();
  if (installed || built) say(`ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}
