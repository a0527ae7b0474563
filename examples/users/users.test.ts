import { describe, expect } from "vitest";
import { cluster, debian } from "vitest-machines";

describe("a machine with users", () => {
  const { it, machine } = cluster({
    nodes: {
      machine: {
        image: debian({
          users: { alice: { uid: 1000 } },
          files: {
            "/home/alice/.local/bin/hello": { content: "#!/bin/sh\necho hello\n", mode: 0o755, owner: "alice" },
            "/home/alice/.profile": { content: 'PATH="$HOME/.local/bin:$PATH"\n', owner: "alice" },
          },
          run: ["rm -f /home/alice/.bash_profile /home/alice/.bash_login", "chown -R alice: /home/alice/.local"],
        }),
      },
    },
  });

  it("alice finds her program, and root does not", async () => {
    await machine.waitForUnit("default.target");
    expect(await machine.succeed("su --login alice -c 'which hello'")).toBe("/home/alice/.local/bin/hello\n");
    await machine.fail("su --login root -c 'which hello'");
  });

  it("a command can run as alice, without a shell of hers", async () => {
    expect(await machine.succeed("id --user --name; pwd", { user: "alice", cwd: "/home/alice" })).toBe(
      "alice\n/home/alice\n",
    );
    await machine.fail("touch /etc/hers", { user: "alice" });
  });
});
