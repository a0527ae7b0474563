// Who may import whom, as data. AGENTS.md explains it.

/** Packages, and the packages that each may import. */
const packages = {
  host: [],
  agent: [],
  images: ["host", "agent"],
  driver: ["host", "images"],
  "vitest-machines": ["host", "images", "driver", "agent"],
  "vitest-environment-machines": ["vitest-machines"],
};

/** Rooms of the driver, and the rooms that each may import. */
const driverRooms = {
  topology: [],
  trace: [],
  agent: [],
  qemu: ["topology"],
  network: ["qemu", "topology"],
  layers: ["agent", "network", "qemu", "topology"],
  machine: ["agent", "qemu", "topology", "trace"],
  cluster: ["layers", "machine", "network", "qemu", "topology", "trace", "agent"],
};

/** Rooms of vitest-machines that run outside Vitest. */
const withoutVitest = ["keeper", "cli", "rpc"];

const npmName = (name) => (name.startsWith("vitest-") ? name : `@vitest-machines/${name}`);
const noOtherDoor = {
  group: ["@vitest/*"],
  message: "Vitest is reached through `vitest` alone: other doors differ between its majors.",
};
const noVitest = { group: ["vitest", "vitest/*"], message: "This part knows no test runner." };

const foreignPackages = (name) => ({
  group: Object.keys(packages)
    .filter((other) => other !== name && !packages[name].includes(other))
    .flatMap((other) => [npmName(other), `${npmName(other)}/*`]),
  message: `Package ${name} may import only: ${packages[name].join(", ") || "no other package"}.`,
});

const foreignRooms = (room) => ({
  group: Object.keys(driverRooms)
    .filter((other) => other !== room && !driverRooms[room].includes(other))
    .map((other) => `**/${other}/*`),
  message: `Room ${room} may import only: ${driverRooms[room].join(", ") || "no other room"}.`,
});

const forbid = (files, ...patterns) => ({
  files: [files],
  rules: { "no-restricted-imports": ["error", { patterns: patterns.filter(({ group }) => group.length > 0) }] },
});

/** ESLint configurations; a later one replaces an earlier one's patterns, so each repeats what still holds. */
export const boundaries = [
  ...Object.keys(packages).map((name) =>
    forbid(
      `packages/${name}/src/**/*.ts`,
      foreignPackages(name),
      noOtherDoor,
      ...(name.startsWith("vitest-") ? [] : [noVitest]),
    ),
  ),
  ...Object.keys(driverRooms).map((room) =>
    forbid(`packages/driver/src/${room}/**/*.ts`, foreignPackages("driver"), foreignRooms(room), noOtherDoor, noVitest),
  ),
  ...withoutVitest.map((room) =>
    forbid(`packages/vitest-machines/src/${room}/**/*.ts`, foreignPackages("vitest-machines"), noOtherDoor, noVitest),
  ),
];
