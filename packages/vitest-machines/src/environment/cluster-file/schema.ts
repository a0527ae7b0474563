import { stumbleKinds, type StumbleKind } from "@vitest-machines/driver";
import * as v from "valibot";
import { resets, type Reset } from "../../cluster/suite-declaration.ts";
import { capture, type CaptureOfFile } from "./schema-capture.ts";
import { faults, type FaultsOfFile } from "./schema-faults.ts";
import { card, network, router, type CardOfFile, type NetworkOfFile } from "./schema-networks.ts";

/** Images that a YAML file can name. */
export const imageNames = ["tiny", "debian"] as const;

/** An image by its name, or with what debian() takes, which it checks itself. */
export type ImageOfFile = (typeof imageNames)[number] | { debian: Record<string, unknown> };

/** A machine in a cluster file. */
export interface NodeOfFile {
  image?: ImageOfFile | undefined;
  memory?: string | number | undefined;
  cpus?: number | undefined;
  vlans?: (number | string)[] | undefined;
  interfaces?: Record<string, CardOfFile> | undefined;
  routes?: { to: string; via: string }[] | undefined;
  forwarding?: boolean | undefined;
  router?: boolean | { outer: string | number | (string | number)[] } | undefined;
  disk?: string | number | undefined;
  disks?: (string | number)[] | undefined;
  userNetwork?: boolean | undefined;
  internet?: boolean | { dns?: number | undefined } | undefined;
  hostServices?: Record<string, number> | undefined;
  kernelParams?: string[] | undefined;
  cpu?: string | undefined;
  env?: Record<string, string> | undefined;
  qemuArgs?: string[] | undefined;
  users?: Record<string, Record<string, unknown>> | undefined;
  files?: Record<string, string | Record<string, unknown>> | undefined;
  shared?: Record<string, string> | undefined;
  allow?: StumbleKind[] | undefined;
  forwardPorts?: (number | { host?: number | undefined; guest: number })[] | Record<string, number> | undefined;
  ready?: string | { port: number } | { unit: string } | undefined;
}

export interface ClusterFile {
  name?: string | undefined;
  nodes: Record<string, NodeOfFile | null>;
  networks?: Record<string, NetworkOfFile | null> | undefined;
  defaults?: NodeOfFile | undefined;
  boot?: "all" | "manual" | undefined;
  bootTimeout?: number | undefined;
  layers?: boolean | undefined;
  clock?: "host" | "frozen" | undefined;
  capture?: boolean | CaptureOfFile | undefined;
  faults?: FaultsOfFile | undefined;
  reset?: Reset | undefined;
}

const node = v.pipe(
  v.strictObject({
    image: v.optional(
      v.pipe(
        v.union([v.picklist(imageNames), v.strictObject({ debian: v.record(v.string(), v.unknown()) })]),
        v.description("What the machine boots from: tiny, debian, or debian with its packages. Default: tiny."),
      ),
    ),
    memory: v.optional(
      v.pipe(
        v.union([v.string(), v.number()]),
        v.description('Memory: "512M", "1G" or a number of MiB. Default: what the image asks for.'),
      ),
    ),
    cpus: v.optional(v.pipe(v.number(), v.description("Number of virtual CPUs. Default: 1."))),
    vlans: v.optional(
      v.pipe(
        v.array(v.union([v.number(), v.string()])),
        v.description(
          "Networks it is on, each 1 to 255 or a name of `networks`; the first becomes eth1. Default: [1].",
        ),
      ),
    ),
    interfaces: v.optional(
      v.pipe(v.record(v.string(), card), v.description("Cards that have names, beside those of vlans. Default: {}.")),
    ),
    routes: v.optional(
      v.pipe(
        v.array(v.strictObject({ to: v.string(), via: v.string() })),
        v.description("Ways to other networks, such as { to: default, via: 192.168.1.1 }. Default: []."),
      ),
    ),
    forwarding: v.optional(
      v.pipe(v.boolean(), v.description("Whether it passes packets on between its networks. Default: false.")),
    ),
    router: v.optional(v.pipe(router, v.description("Whether it passes packets on in its own name. Default: false."))),
    disk: v.optional(
      v.pipe(
        v.union([v.string(), v.number()]),
        v.description("Size of the image's own disk: \"8G\" or a number of MiB. Default: the image's."),
      ),
    ),
    disks: v.optional(
      v.pipe(
        v.array(v.union([v.string(), v.number()])),
        v.description('Empty disks beside the image\'s, by size: "64M", "1G" or a number of MiB. Default: [].'),
      ),
    ),
    userNetwork: v.optional(
      v.pipe(
        v.boolean(),
        v.description("Adds eth0 on a network that QEMU emulates, and that leads nowhere. Default: false."),
      ),
    ),
    internet: v.optional(
      v.pipe(
        v.union([v.boolean(), v.strictObject({ dns: v.optional(v.number()) })]),
        v.description(
          "Whether it reaches the internet, but not the host's loopback; { dns: 5353 } is a port of that loopback that answers DNS queries. Default: false.",
        ),
      ),
    ),
    hostServices: v.optional(
      v.pipe(
        v.record(v.string(), v.number()),
        v.description("TCP ports of the host's loopback that it reaches, by name: { registry: 5000 }. Default: {}."),
      ),
    ),
    kernelParams: v.optional(v.pipe(v.array(v.string()), v.description("Appended to the kernel's command line."))),
    cpu: v.optional(v.pipe(v.string(), v.description("QEMU's CPU model, such as max. Default: QEMU's own."))),
    env: v.optional(
      v.pipe(v.record(v.string(), v.string()), v.description("Environment of every command. Default: {}.")),
    ),
    qemuArgs: v.optional(v.pipe(v.array(v.string()), v.description("Appended to QEMU's command line."))),
    users: v.optional(
      v.pipe(
        v.record(v.string(), v.record(v.string(), v.unknown())),
        v.description("Users by name, each with uid, groups, shell and password. Default: {}."),
      ),
    ),
    files: v.optional(
      v.pipe(
        v.record(v.string(), v.union([v.string(), v.record(v.string(), v.unknown())])),
        v.description(
          "Files by absolute path: a text, or a map with content or source, the path of a file beside this one, and mode and owner. Default: {}.",
        ),
      ),
    ),
    shared: v.optional(
      v.pipe(
        v.record(v.string(), v.string()),
        v.description(
          "Folders beside this file by absolute path in the machine, where they are read-only. Default: {}.",
        ),
      ),
    ),
    forwardPorts: v.optional(
      v.pipe(
        v.union([
          v.array(v.union([v.number(), v.strictObject({ host: v.optional(v.number()), guest: v.number() })])),
          v.record(v.string(), v.number()),
        ]),
        v.description("Ports of the guest that the host's loopback leads to: [80], or { 8080: 80 }. Default: []."),
      ),
    ),
    allow: v.optional(
      v.pipe(
        v.array(v.picklist(stumbleKinds)),
        v.description("What a guest may do without failing its suite: oops, coreDumps. Default: []."),
      ),
    ),
    ready: v.optional(
      v.pipe(
        v.union([v.string(), v.strictObject({ port: v.number() }), v.strictObject({ unit: v.string() })]),
        v.description(
          "What must be so before the machine is ready: a command that succeeds, an open port, or an active unit.",
        ),
      ),
    ),
  }),
  v.description("One machine."),
);

const cluster = v.pipe(
  v.strictObject({
    name: v.optional(
      v.pipe(v.string(), v.description("For messages, notices and folders. Default: the test file's name.")),
    ),
    // `server:` with nothing behind it is how YAML users write a machine without options.
    nodes: v.pipe(v.record(v.string(), v.nullable(node)), v.description("The machines by their names.")),
    networks: v.optional(
      v.pipe(v.record(v.string(), network), v.description("Networks by name, for machines to be on. Default: {}.")),
    ),
    defaults: v.optional(v.pipe(node, v.description("Used for what a machine leaves out."))),
    boot: v.optional(
      v.pipe(
        v.picklist(["all", "manual"]),
        v.description("all: boots every machine; manual: tests call start(). Default: all."),
      ),
    ),
    bootTimeout: v.optional(
      v.pipe(
        v.number(),
        v.description("How long all machines together may take to boot, in milliseconds. Default: 300000."),
      ),
    ),
    layers: v.optional(
      v.pipe(
        v.boolean(),
        v.description("Whether the booted cluster is kept, so that later ones are forked from it. Default: true."),
      ),
    ),
    clock: v.optional(
      v.pipe(
        v.picklist(["host", "frozen"]),
        v.description(
          "The wall clock of forks. host: the host's time; frozen: it goes on from the freeze. Default: host.",
        ),
      ),
    ),
    capture: v.optional(
      v.pipe(
        v.union([v.boolean(), capture]),
        v.description("Whether packets are recorded, and left as pcapng files when a test fails. Default: false."),
      ),
    ),
    faults: v.optional(v.pipe(faults, v.description("Random faults of the network during every test. Default: none."))),
    reset: v.optional(
      v.pipe(
        v.picklist(resets),
        v.description(
          "When machines are taken back to the moment when all were ready: for each suite, for each test, or never, not even for a rerun in watch mode. Default: suite.",
        ),
      ),
    ),
  }),
  v.title("vitest-machines cluster"),
);

/**
 * The structure of a cluster file. What a value may be beyond its type (ranges, names) is the driver's to say, for YAML as
 * for TypeScript.
 */
export const clusterFileSchema: v.GenericSchema<unknown, ClusterFile> = cluster;
