// A real application: nginx, php-fpm and MariaDB, with a profile for its tools and override files. The programs are those
// of this machine, mounted into busybox containers.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { eventually } from "../../support/command.ts";
import { ComposeProject } from "../../support/compose-project.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { lacks } from "../../support/requirement.ts";

const phpFpm = readdirSync("/usr/sbin").find((name) => /^php-fpm[\d.]+$/.test(name));
/** By its versioned name: "php" is a link to /etc/alternatives, which the containers lack. */
const php = phpFpm?.replace("-fpm", "");
const missing = ["/usr/sbin/nginx", "/usr/sbin/mariadbd", "/usr/share/doc/php-mysql"].filter(
  (path) => !existsSync(path),
);
if (phpFpm === undefined) missing.push("php-fpm");

const files = {
  passwd: "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
  password: "secret\n",
  "base.yaml": `services:
  program:
    image: busybox
    init: true
    stop_grace_period: 2s
    volumes: ["/usr:/usr:ro", "/lib:/lib:ro", "/lib64:/lib64:ro", "/etc/php:/etc/php:ro", "./passwd:/etc/passwd:ro"]
`,
  "compose.yaml": `name: blog
services:
  web:
    extends: {file: base.yaml, service: program}
    command: [nginx, -c, /nginx.conf]
    ports: ["127.0.0.1::80"]
    configs: [{source: nginx, target: /nginx.conf}]
    depends_on: [app]
  app:
    extends: {file: base.yaml, service: program}
    command: [${phpFpm}, --nodaemonize, --allow-to-run-as-root, --fpm-config, /fpm.conf]
    configs: [{source: fpm, target: /fpm.conf}]
    volumes: ["./pages:/pages:ro"]
    environment: {TITLE: "\${TITLE:-A blog}"}
    secrets: [password]
    depends_on: {db: {condition: service_healthy}}
  db:
    extends: {file: base.yaml, service: program}
    command:
      - sh
      - -c
      - |
        set -e
        common="--no-defaults --datadir=/data --user=root --socket=/tmp/socket"
        [ -d /data/mysql ] || {
          echo "create database mysql;"
          echo "use mysql;"
          cat /usr/share/mysql/mysql_system_tables.sql /usr/share/mysql/mysql_system_tables_data.sql
          echo "flush privileges;"
          echo "create database blog;"
          echo "create user 'blog'@'%' identified by '$$(cat /run/secrets/password)';"
          echo "grant all on blog.* to 'blog'@'%';"
        } | mariadbd $$common --bootstrap
        exec mariadbd $$common --skip-name-resolve --bind-address=0.0.0.0
    healthcheck:
      test: [CMD, ${php}, -r, 'exit(@mysqli_connect("127.0.0.1", "blog", trim(file_get_contents("/run/secrets/password")), "blog") ? 0 : 1);']
      interval: 500ms
      retries: 120
    secrets: [password]
    volumes: ["data:/data"]
  tools:
    extends: {service: app}
    profiles: [tools]
    command: [${php}, -r, 'require "/pages/db.php"; query("truncate posts"); echo "emptied\\n";']
secrets: {password: {file: password}}
configs:
  fpm:
    content: |
      [global]
      error_log = /proc/self/fd/2
      [www]
      user = nobody
      group = nogroup
      listen = 9000
      pm = static
      pm.max_children = 2
      clear_env = no
  nginx:
    content: |
      daemon off; error_log /dev/null; pid /tmp/pid; events { }
      http {
        access_log off; client_body_temp_path /tmp/a; proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c;
        uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e;
        server {
          listen 80; resolver 127.0.0.11 valid=1s;
          location / {
            set $$app app; fastcgi_pass $$app:9000;
            fastcgi_param SCRIPT_FILENAME /pages/index.php; fastcgi_param REQUEST_METHOD $$request_method;
            fastcgi_param QUERY_STRING $$query_string;
          }
        }
      }
volumes: {data: }
`,
  "pages/db.php": `<?php
function query($text) {
  $password = trim(file_get_contents("/run/secrets/password"));
  return mysqli_query(mysqli_connect("db", "blog", $password, "blog"), $text);
}
`,
  "pages/index.php": `<?php
require "db.php";
query("create table if not exists posts (text varchar(100))");
if (isset($_GET["post"])) query("insert into posts values ('" . addslashes($_GET["post"]) . "')");
echo getenv("TITLE"), ": ", implode(", ", array_column(query("select text from posts")->fetch_all(), 0)), "\\n";
`,
};

describe.skipIf(lacks(missing.join(" and "), missing.length === 0))("a blog", () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
  });

  afterAll(() => daemon?.dispose());

  test("serves pages, runs tools of a profile, and keeps its data over a change by override files", async () => {
    await using project = new ComposeProject(daemon, files);
    const page = async (query = ""): Promise<string> => {
      const address = (await project.must(["port", "web", "80"])).trim();
      return fetch(`http://${address}/${query}`).then((answer) => answer.text());
    };
    await project.must(["up", "-d"]);
    await eventually("the page", async () => (await page().catch(() => "")) === "A blog: \n");
    expect(await page("?post=one")).toBe("A blog: one\n");
    expect(await page("?post=two")).toBe("A blog: one, two\n");
    expect(await project.must(["ps", "--services"])).toBe("app\ndb\nweb\n");
    const db = await project.must(["ps", "-q", "db"]);

    project.write("compose.override.yaml", "services: {app: {environment: {TITLE: Overridden}}}\n");
    await project.must(["up", "-d"]);
    await eventually("the new title", async () => (await page().catch(() => "")) === "Overridden: one, two\n");
    expect(await project.must(["ps", "-q", "db"])).toBe(db);

    // Files that are named leave out the override file.
    project.write("production.yaml", "services: {web: {ports: !override ['127.0.0.1::80', '127.0.0.1::81']}}\n");
    const production = ["-f", "compose.yaml", "-f", "production.yaml"];
    await project.must([...production, "up", "-d"], { TITLE: "Production" });
    await eventually("production", async () => (await page().catch(() => "")) === "Production: one, two\n");
    expect(await project.must([...production, "port", "web", "81"])).toMatch(/^127\.0\.0\.1:\d+\n$/);

    expect(await project.must(["run", "--rm", "-T", "tools"])).toBe("emptied\n");
    await eventually("no posts", async () => (await page().catch(() => "")) === "Production: \n");
  });
});
