import { createConnection, type Connection, type RowDataPacket } from "mysql2/promise";
import { describe, expect } from "vitest";
import { cluster, debian, type Machine } from "vitest-machines";

// A primary and two replicas from Debian's packages, and a real client from npm on the host.
const image = debian({
  packages: ["mariadb-server"],
  files: {
    "/etc/mysql/mariadb.conf.d/70-replication.cnf": `
[mariadbd]
bind-address = *
log-bin = binlog
# What has been committed outlives a power cut, on either side.
sync-binlog = 1
sync-relay-log = 1
# Little memory is frozen quickly.
innodb-buffer-pool-size = 32M
`,
    // All servers come from one image, and each needs a number of its own: the last part of its machine's address.
    "/usr/local/bin/number-server": {
      content: `#!/bin/sh -e
umask 022
number=$(ip -4 -o addr show eth1 | sed -E 's,.*inet [0-9.]+\\.([0-9]+)/.*,\\1,')
printf '[mariadbd]\\nserver-id = %s\\n' "$number" > /etc/mysql/mariadb.conf.d/71-number.cnf
`,
      mode: 0o755,
    },
    "/etc/systemd/system/mariadb.service.d/number.conf": "[Service]\nExecStartPre=+/usr/local/bin/number-server\n",
  },
});

const sql = (machine: Machine, statements: string): Promise<string> =>
  machine.succeed("mariadb --batch --skip-column-names", { stdin: statements });

const patient = { timeout: 60_000 };

/** Waits until a server has a book. */
const arrives = (machine: Machine, title: string): Promise<string> =>
  machine.waitUntilSucceeds(`mariadb -e 'select title from shop.books' | grep -x '${title}'`, patient);

describe("a primary and two replicas", () => {
  const { it, primary, replica1, replica2 } = cluster({
    nodes: { primary: { image }, replica1: { image }, replica2: { image } },
    // Frozen as well: the second run starts with a replication that is under way.
    prepare: {
      key: "replication-1",
      run: async ({ primary, replica1, replica2 }) => {
        await sql(
          primary,
          `create user replica identified by 'replica-password';
           grant replication slave on *.* to replica;
           create user app identified by 'app-password';
           grant all on shop.* to app;
           create database shop;
           create table shop.books (id int auto_increment primary key, title text);
           insert into shop.books (title) values ('Emma'), ('Faust');`,
        );
        const follow = async (replica: Machine): Promise<void> => {
          await sql(
            replica,
            `change master to master_host = 'primary', master_user = 'replica', master_password = 'replica-password',
               master_use_gtid = slave_pos, master_connect_retry = 1;
             set global read_only = on;
             start slave;`,
          );
          await arrives(replica, "Faust");
        };
        await Promise.all([follow(replica1), follow(replica2)]);
      },
    },
  });

  const account = { user: "app", password: "app-password", database: "shop" };
  const write = async (title: string): Promise<void> => {
    const client = await createConnection({ ...account, stream: await primary.connect(3306) });
    await client.execute("insert into books (title) values (?)", [title]);
    await client.end();
  };
  const titles = async (client: Connection): Promise<unknown[]> => {
    const [rows] = await client.query<RowDataPacket[]>("select title from books order by id");
    return rows.map(({ title }) => title as unknown);
  };

  it("gives both replicas what a client on the host writes", async () => {
    await write("Gulliver");
    await Promise.all([arrives(replica1, "Gulliver"), arrives(replica2, "Gulliver")]);
  });

  // No network leads from the host to a guest: the agent passes the bytes on.
  it("answers a client on the host by port, by unix socket, by a machine's name, and by a port of the host", async () => {
    await write("Hamlet");
    await arrives(replica1, "Hamlet");
    await using door = await replica1.forward(3306);
    const ways = {
      port: { stream: await replica1.connect(3306) },
      socket: { stream: await replica1.connect("/run/mysqld/mysqld.sock") },
      name: { stream: await primary.connect({ host: "replica1", port: 3306 }) },
      door: { host: door.host, port: door.port },
    };
    for (const [way, options] of Object.entries(ways)) {
      const client = await createConnection({ ...account, ...options });
      expect(await titles(client), way).toEqual(expect.arrayContaining(["Emma", "Faust", "Hamlet"]));
      await expect(client.query("insert into books (title) values ('Ilias')"), way).rejects.toThrow("read-only");
      await client.end();
    }
  });

  it("catches up on a replica whose server was down", async () => {
    await replica2.stopJob("mariadb.service");
    await write("Ivanhoe");
    await arrives(replica1, "Ivanhoe");
    await replica2.startJob("mariadb.service");
    await arrives(replica2, "Ivanhoe");
  });

  it("catches up on a replica whose power was cut", { timeout: 120_000 }, async () => {
    await replica2.crash();
    await write("Jane Eyre");
    await arrives(replica1, "Jane Eyre");
    await replica2.start();
    await arrives(replica2, "Jane Eyre");
  });
});
