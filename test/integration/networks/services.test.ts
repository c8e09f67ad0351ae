// Real Debian services on two networks: nginx in front of PostgreSQL and redis, reached by name, from another machine
// and under load.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { Machine } from "../../support/machine.ts";
import { freePort } from "../../support/port.ts";
import { lacks } from "../../support/requirement.ts";
import { dig, fetchIn, inContainer, ipv4Of, ipv6Of, runContainer, runServer } from "./support.ts";

const POSTGRES = "/usr/lib/postgresql/15/bin";
/** Debian packs redis as one program with two names. */
const REDIS = "/usr/bin/redis-check-rdb";
const missing = ["/usr/sbin/nginx", "/usr/bin/redis-cli", REDIS, `${POSTGRES}/postgres`].filter(
  (path) => !existsSync(path),
);

/** The host's programs and libraries, which a container with busybox alone has not. */
const hostPrograms = ["/usr", "/lib", "/lib64"].flatMap((path) => ["-v", `${path}:${path}:ro`]);

const nginx = `daemon off; error_log /dev/null; pid /tmp/pid; events { }
  http {
    access_log off; client_body_temp_path /tmp/a; proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c;
    uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e;
    server {
      listen 80; listen [::]:80;
      resolver 127.0.0.11 valid=1s;
      location = /still { return 200 "still\\n"; }
      location / { set $name app; proxy_pass http://$name:80; }
    }
  }`;

const database = `${POSTGRES}/initdb -D /data/base -U app --auth=trust --no-sync
  echo host all all all trust >> /data/base/pg_hba.conf
  exec ${POSTGRES}/postgres -D /data/base -c listen_addresses=* -c unix_socket_directories=`;

describe.skipIf(lacks(missing.join(" and "), missing.length === 0))(
  "nginx, PostgreSQL and redis on two networks",
  () => {
    let daemon: TestDaemon;
    let outside: Machine;
    let port: number;
    let client: string;

    beforeAll(async () => {
      outside = await Machine.start();
      daemon = await startDaemon();
      await daemon.importBusybox();
      port = await freePort();
      for (const name of ["front", "back"]) await daemon.docker(["network", "create", name]);
      const behind = ["--network", "back", ...hostPrograms];
      // Both services look up whom they run as.
      const users = join(daemon.directory, "passwd");
      writeFileSync(users, "root:x:0:0::/:/bin/sh\nservice:x:1000:1000::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n");
      const groups = join(daemon.directory, "group");
      writeFileSync(groups, "root:x:0:\nnogroup:x:65534:\nnobody:x:65534:\n");
      const accounts = ["-v", `${users}:/etc/passwd:ro`, "-v", `${groups}:/etc/group:ro`];
      await runServer(daemon, "app", ["--network", "back"]);
      await runContainer(
        daemon,
        ["--name", "redis", "--network-alias", "cache", ...behind],
        ["sh", "-c", `cp ${REDIS} /redis-server && exec /redis-server --protected-mode no --bind '* -::*'`],
      );
      const account = ["-u", "1000", "--tmpfs", "/data:uid=1000,mode=700", ...accounts];
      await runContainer(daemon, ["--name", "postgres", ...account, ...behind], ["sh", "-c", database]);
      const web = [
        "--name",
        "nginx",
        "-p",
        `${port}:80`,
        "--network",
        "front",
        "--network",
        "back",
        ...accounts,
        ...hostPrograms,
      ];
      const conf = nginx.replaceAll("'", "");
      await runContainer(daemon, web, ["sh", "-c", `echo '${conf}' > /nginx.conf; exec nginx -c /nginx.conf`]);
      client = await runContainer(daemon, ["--name", "client", ...behind], ["sleep", "100000"]);
    });

    afterAll(async () => {
      await daemon?.dispose();
      await outside?.dispose();
    });

    const inClient = async (...argv: string[]) => {
      const { stdout } = await daemon.docker(["exec", client, ...argv]);
      return stdout.trim();
    };
    const sql = (query: string) =>
      inClient(`${POSTGRES}/psql`, "-h", "postgres", "-U", "app", "-d", "postgres", "-tAc", query);

    test("reaches redis by alias and PostgreSQL by name, also over IPv6", async () => {
      await eventually("redis", async () => (await inClient("redis-cli", "-h", "cache", "ping")) === "PONG");
      await eventually("PostgreSQL", async () => (await sql("select 6 * 7")) === "42", 60_000);
      await sql("create table kept as select generate_series(1, 10000) as number");
      expect(await sql("select sum(number) from kept")).toBe("50005000");
      expect(await inClient("redis-cli", "-h", await ipv6Of(daemon, "redis", "back"), "set", "a", "b")).toBe("OK");
      expect(await dig(daemon, client, "AAAA", "postgres")).toEqual([await ipv6Of(daemon, "postgres", "back")]);
    });

    test("nginx connects the networks; the back end is not reachable from the front", async () => {
      const front = await runContainer(daemon, ["--name", "front", "--network", "front"], ["sleep", "100000"]);
      const page = async () => (await daemon.docker(["exec", front, "wget", "-qO-", "http://nginx/"])).stdout;
      await eventually("nginx", async () => (await page()) === "hello from app\n");
      expect(await dig(daemon, front, "postgres")).toEqual([]);
      expect(await fetchIn(daemon, front, `http://${await ipv4Of(daemon, "app", "back")}/`)).toBeUndefined();
      const redis = await inContainer(daemon, front, ["nc", "-w", "2", await ipv4Of(daemon, "redis", "back"), "6379"]);
      expect(redis.code).not.toBe(0);
    });

    test("another machine reaches it over IPv4 and IPv6", async () => {
      for (const address of [outside.hostAddress, `[${outside.hostAddress6}]`]) {
        expect(await outside.fetch(`http://${address}:${port}/`)).toBe("hello from app\n");
      }
    });

    test("a recreated service is found at its new address", async () => {
      await daemon.docker(["rm", "-f", "app"]);
      await runContainer(daemon, ["--network", "back", "--name", "placeholder"], ["sleep", "100000"]);
      await runServer(daemon, "app", ["--network", "back"]);
      const page = () => outside.fetch(`http://${outside.hostAddress}:${port}/`);
      await eventually("the new one", async () => (await page()) === "hello from app\n");
    });

    test.skipIf(lacks("wrk", Bun.which("wrk") !== null))(
      "no request fails under load, while the engine is killed and started",
      async () => {
        const load = outside.run([
          "wrk",
          "-t1",
          "-c16",
          "-d4s",
          "--timeout",
          "30s",
          `http://${outside.hostAddress}:${port}/still`,
        ]);
        await daemon.crashAndRestart();
        const { stdout, code } = await load;
        expect(code).toBe(0);
        expect(stdout).toMatch(/[1-9]\d* requests in/);
        expect(stdout).not.toMatch(/Socket errors|Non-2xx/);
      },
    );
  },
);
