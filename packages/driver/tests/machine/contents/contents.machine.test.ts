import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Cluster, ClusterDeclaration, Machine } from "../../../src/index.ts";
import { useLayerLab } from "../../support/layer-lab.ts";
import { messageOf } from "../../support/use-cluster.ts";

const used = useLayerLab();
const longName = `${"deep/".repeat(30)}leaf`;
let declaration: ClusterDeclaration<{ box: object; peer: object }>;
let site = "";

beforeAll(async () => {
  site = join(used.lab.folder, "site");
  await mkdir(join(site, longName, ".."), { recursive: true });
  await writeFile(join(site, "index.html"), "hello\n");
  await writeFile(join(site, "run"), "#!/bin/sh\necho ran\n");
  await chmod(join(site, "run"), 0o755);
  await writeFile(join(site, longName), Buffer.alloc(700_000, 7));
  await symlink("index.html", join(site, "link"));
  await writeFile(join(used.lab.folder, "motd"), "from the host\n");
  await chmod(join(used.lab.folder, "motd"), 0o600);
  declaration = {
    nodes: {
      box: {
        users: { alice: { uid: 1234, groups: ["tty", "user"], password: "Sesam-7" }, bob: {} },
        files: {
          "/etc/motd": { source: join(used.lab.folder, "motd") },
          "/etc/note": "text",
          "/home/alice/bin/tool": { content: "#!/bin/sh\nid -un\n", mode: 0o4750, owner: "alice:user" },
        },
        shared: { "/srv/site": site },
        ready: "test -e /etc/note && test -e /srv/site/index.html",
      },
      peer: {},
    },
  };
});

async function expectContents(box: Machine): Promise<void> {
  expect(
    await box.succeed("stat -c '%a %U %G' /etc/motd /etc/note /home/alice/bin/tool; cat /etc/motd /etc/note"),
  ).toBe("600 root root\n644 root root\n4750 alice user\nfrom the host\ntext");
  expect(await box.succeed("id alice; id -u bob; stat -c '%U %a' /home/alice /home/bob")).toBe(
    "uid=1234(alice) gid=1234(alice) groups=1234(alice),5(tty),1000(user)\n1001\nalice 755\nbob 755\n",
  );
  expect(await box.succeed("/home/alice/bin/tool; echo $HOME", { user: "alice" })).toBe("alice\n/home/alice\n");
  expect(await box.succeed("cd /srv/site; cat link; ./run; stat -c '%s %U' " + longName)).toBe(
    "hello\nran\n700000 root\n",
  );
  expect((await box.execute("echo x > /srv/site/index.html")).stderr).toContain("Read-only file system");
}

it("users, files and folders of a node are there when it is ready, in forks and after restarts", async () => {
  const first: Cluster = await used.lab.start(declaration);
  expect(first.origin).toEqual({ how: "booted", frozen: true });
  await expectContents(first.machines["box"]!);
  await first.machines["peer"]!.fail("test -e /etc/note");
  await first.stop();

  const second: Cluster = await used.lab.start(declaration);
  expect(second.origin.how).toBe("forked");
  const box = second.machines["box"]!;
  await expectContents(box);
  await box.succeed("rm /etc/note");
  await box.reboot();
  await expectContents(box);
  await second.stop();
});

it("what a folder or a file of the host has in it is a part of the layer's key, times are not", async () => {
  const start = async (): Promise<Cluster> => used.lab.start({ nodes: { box: { shared: { "/srv/site": site } } } });
  const first = await start();
  await first.stop();
  await writeFile(join(site, "index.html"), "hello\n");
  const same = await start();
  expect(same.origin.how).toBe("forked");
  await same.stop();
  await writeFile(join(site, "index.html"), "world\n");
  const other = await start();
  expect(other.origin.how).toBe("booted");
  expect(await other.machines["box"]!.succeed("cat /srv/site/index.html")).toBe("world\n");
  await other.stop();
});

describe("what cannot be is told", () => {
  it.each<[string, object, string]>([
    [
      "a folder that is not there",
      { shared: { "/srv": "/nowhere" } },
      'nodes.a.shared["/srv"]: "/nowhere" is not there.',
    ],
    ["a file as a folder", { shared: { "/srv": "/etc/hostname" } }, "cannot be read: it is not a folder."],
    ["a folder as a file", { files: { "/x": { source: "/etc" } } }, 'nodes.a.files["/x"].source: "/etc" is a folder.'],
  ])("%s, before anything boots", async (_title, node, text) => {
    expect(await messageOf(used.lab.start({ nodes: { a: node } }))).toMatch(text);
  });

  it("an owner or a group that the guest does not know, by the guest", async () => {
    const owner = { files: { "/x": { content: "", owner: "carol" } } };
    const group = { users: { alice: { groups: ["audio"] } } };
    const [one, two] = await Promise.all([
      messageOf(used.lab.start({ nodes: { a: owner }, layers: false })),
      messageOf(used.lab.start({ nodes: { a: group }, layers: false })),
    ]);
    expect(one).toMatch(/^BOOT_FAILED: a did not boot: it could not give its files to their owners: .*carol/);
    expect(two).toMatch(/^BOOT_FAILED: a did not boot: it could not add its users: there is no group audio/);
  });
});
