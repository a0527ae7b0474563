import type { Command } from "../command.ts";
import { doctor } from "./doctor.ts";
import { images } from "./images.ts";
import { layers } from "./layers.ts";
import { setup } from "./setup.ts";
import { topology } from "./topology.ts";

/** Every command, in the order of the help text. */
export const commands: readonly Command[] = [setup, doctor, images, layers, topology];
