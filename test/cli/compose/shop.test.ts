// A real application: nginx, PostgreSQL with health check, secret and volume, and redis; started, used, changed by an
// override file, removed.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { freePort } from "../../support/port.ts";
import { lacks } from "../../support/requirement.ts";

const POSTGRES = "/usr/lib/postgresql/15/bin";
/** Debian packs redis as one program with two names. */
const REDIS = "/usr/bin/redis-check-rdb";
const missing = ["/usr/sbin/nginx", "/usr/bin/redis-cli", REDIS, `${POSTGRES}/postgres`].filter(
  (path) => !existsSync(path),
);

const file = `
name: shop
x-host: &host
  image: busybox
  init: true
  stop_grace_period: 2s
  # The programs of this machine, which busybox has not.
  volumes: &programs ["/usr:/usr:ro", "/lib:/lib:ro", "/lib64:/lib64:ro", "./passwd:/etc/passwd:ro"]
services:
  web:
    <<: *host
    command: [nginx, -c, /nginx.conf]
    ports: ["127.0.0.1:\${PORT:?set PORT}:80"]
    configs: [{source: nginx, target: /nginx.conf}]
    depends_on:
      db: {condition: service_healthy}
      cache: {condition: service_started}
      page: {condition: service_started, restart: true}
    networks: [front, back]
  page:
    image: busybox
    init: true
    stop_grace_period: 1s
    command: sh -c 'mkdir /www; echo "$$GREETING" > /www/index.html; exec httpd -f -p 8000 -h /www'
    environment: {GREETING: "\${GREETING:-hello}"}
    networks: [back]
  db:
    <<: *host
    entrypoint: [sh, -c, 'chown 1000 /data; exec setpriv --reuid=1000 --regid=1000 --clear-groups sh -c "$$0"']
    command:
      - |
        [ -d /data/base ] || ${POSTGRES}/initdb -D /data/base -U app --auth=scram-sha-256 --pwfile=/run/secrets/password --no-sync
        grep -q 0.0.0.0/0 /data/base/pg_hba.conf || echo host all all 0.0.0.0/0 scram-sha-256 >> /data/base/pg_hba.conf
        exec ${POSTGRES}/postgres -D /data/base -c listen_addresses=* -c unix_socket_directories=
    healthcheck:
      test: ["CMD", "${POSTGRES}/pg_isready", "-h", "127.0.0.1"]
      interval: 500ms
      retries: 60
    secrets: [password]
    volumes: ["/usr:/usr:ro", "/lib:/lib:ro", "/lib64:/lib64:ro", "./passwd:/etc/passwd:ro", "data:/data"]
    networks: [back]
  cache:
    <<: *host
    command: sh -c "cp ${REDIS} /redis-server && exec /redis-server --protected-mode no --bind '* -::*'"
    networks: {back: {aliases: [redis]}}
secrets: {password: {file: ./password}}
configs:
  nginx:
    content: |
      daemon off; error_log /dev/null; pid /tmp/pid; events { }
      http {
        access_log off; client_body_temp_path /tmp/a; proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c;
        uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e;
        server { listen 80; resolver 127.0.0.11 valid=1s; location / { set $$name page; proxy_pass http://$$name:8000; } }
      }
networks: {front: , back: {internal: true}}
volumes: {data: }
`;

describe.skipIf(lacks(missing.join(" and "), missing.length === 0))("a shop", () => {
  const directory = mkdtempSync(join(tmpdir(), "berth-compose-shop-"));
  let daemon: TestDaemon;
  let port: number;

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
    port = await freePort();
    writeFileSync(join(directory, "compose.yaml"), file);
    writeFileSync(
      join(directory, "passwd"),
      "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\napp:x:1000:1000::/data:/bin/sh\n",
    );
    writeFileSync(join(directory, "password"), "hidden\n", { mode: 0o644 });
    writeFileSync(join(directory, ".env"), `PORT=${port}\n`);
  });

  afterAll(async () => {
    await daemon?.dispose();
    rmSync(directory, { recursive: true, force: true });
  });

  const compose = async (...argv: string[]): Promise<string> => {
    const { code, stdout, stderr } = await daemon.berth(["compose", ...argv], {
      cwd: directory,
      env: { PWD: directory },
      deadline: 110_000,
    });
    if (code !== 0) throw new Error(`compose ${argv.join(" ")}: ${code}\n${stdout}${stderr}`);
    return stdout;
  };

  const page = () => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());

  test("starts in order, responds, keeps its data over a change, and is removed", async () => {
    await compose("up", "-d");
    await eventually("the page through nginx", async () => (await page().catch(() => "")) === "hello\n");
    const sql = (query: string) =>
      compose(
        "exec",
        "-T",
        "-e",
        "PGPASSWORD=hidden",
        "db",
        `${POSTGRES}/psql`,
        "-h",
        "127.0.0.1",
        "-U",
        "app",
        "-d",
        "postgres",
        "-tAc",
        query,
      );
    await sql("create table goods (name text); insert into goods values ('tea')");
    expect(await compose("exec", "-T", "cache", "redis-cli", "-h", "redis", "ping")).toBe("PONG\n");
    writeFileSync(
      join(directory, "compose.override.yaml"),
      "services: {page: {environment: {GREETING: changed}}, cache: {labels: {a: b}}}\n",
    );
    const before = await compose("ps", "-q", "db");
    await compose("up", "-d");
    await eventually("the changed page", async () => (await page().catch(() => "")) === "changed\n");
    expect(await compose("ps", "-q", "db")).toBe(before);
    expect(await sql("select name from goods")).toBe("tea\n");
    await compose("up", "--wait", "--force-recreate", "db");
    expect(await sql("select count(*) from goods")).toBe("1\n");
    expect(await compose("ps", "--services")).toBe("cache\ndb\npage\nweb\n");
    await compose("down", "-v");
    expect(await compose("ps", "-aq")).toBe("");
  });
});
