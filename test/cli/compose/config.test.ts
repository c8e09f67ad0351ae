// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose files are what is tested.
// `compose config`, compared with Debian's docker-compose where both support the file.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { command, mustRun } from "../../support/command.ts";
import { berthCommand } from "../../support/daemon.ts";

const root = mkdtempSync(join(tmpdir(), "berth-compose-config-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function project(name: string, files: Readonly<Record<string, string>>): string {
  const directory = join(root, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

const compose = (cwd: string, argv: string[], env: Record<string, string> = {}) =>
  command([...berthCommand, "compose", ...argv], { cwd, env: { PWD: cwd, ...env } });

const shop = project("shop", {
  "compose.yaml": `x-log: &log {driver: json-file}
services:
  web:
    image: nginx:\${TAG:-1}
    ports: ["8080:80"]
    depends_on: [db]
    logging: *log
    environment: {PRICE: 5$$}
  db:
    build: {context: ./db}
    volumes: [data:/data]
    profiles: [storage, all]
volumes: {data: , unused: }
`,
  "compose.override.yaml": "services: {web: {environment: [TOKEN]}}",
  ".env": "TOKEN=secret\n",
});

describe("output", () => {
  test("prints the project as valid YAML", async () => {
    const { stdout, code } = await compose(shop, ["--profile", "all", "config"]);
    expect(code).toBe(0);
    expect(stdout).toBe(`name: shop
services:
  db:
    profiles:
      - storage
      - all
    build:
      context: ${shop}/db
      dockerfile: Dockerfile
    networks:
      default: null
    volumes:
      - type: volume
        source: data
        target: /data
        volume: {}
  web:
    depends_on:
      db:
        condition: service_started
        required: true
    environment:
      PRICE: 5$$
      TOKEN: secret
    image: nginx:1
    logging:
      driver: json-file
    networks:
      default: null
    ports:
      - mode: ingress
        target: 80
        published: "8080"
        protocol: tcp
networks:
  default:
    name: shop_default
volumes:
  data:
    name: shop_data
x-log:
  driver: json-file
`);
    const again = join(root, "again.yaml");
    writeFileSync(again, stdout);
    expect((await compose(shop, ["--profile", "all", "-f", again, "config"])).stdout).toBe(stdout);
    expect((await compose(shop, ["--profile", "all", "-f", "-", "config", "-q"])).code).toBe(1);
  });

  test.each([
    [["config", "--services"], "web\n", 1],
    [["--profile", "*", "config", "--services"], "db\nweb\n", 0],
    [["--profile", "*", "config", "--volumes"], "data\n", 0],
    [["--profile", "*", "--all-resources", "config", "--volumes"], "data\nunused\n", 0],
    [["--profile", "*", "config", "--networks"], "default\n", 0],
    [["--profile", "*", "config", "--images"], "nginx:1\nshop-db\n", 0],
    [["--profile", "*", "config", "--profiles"], "all\nstorage\n", 0],
    [["--profile", "*", "config", "-q"], "", 0],
  ])("%j", async (argv, wanted, wantedCode) => {
    const { stdout, stderr, code } = await compose(shop, argv);
    expect(code).toBe(wantedCode);
    if (code === 0) expect(stdout).toBe(wanted);
    else expect(stderr).toContain('service "web" depends on undefined service "db": invalid compose project');
  });

  test("prints variables, and the model without interpolation", async () => {
    const { stdout } = await compose(shop, ["config", "--variables"]);
    expect(stdout).toBe(
      "NAME      REQUIRED   DEFAULT VALUE   ALTERNATE VALUE\nTAG       false      1               \n",
    );
    const model = await compose(shop, ["config", "--no-interpolate"]);
    expect(model.stdout).toContain("image: nginx:${TAG:-1}");
  });

  test("writes to a file, prints JSON, rejects an unknown format", async () => {
    const file = join(root, "out.json");
    await compose(shop, ["--profile", "all", "config", "--format", "json", "-o", file]);
    expect(JSON.parse(readFileSync(file, "utf8")).services.web.image).toBe("nginx:1");
    const { stderr, code } = await compose(shop, ["--profile", "all", "config", "--format", "toml"]);
    expect({ stderr, code }).toEqual({ stderr: 'unsupported format "toml"\n', code: 1 });
  });

  test("files and names from the environment", async () => {
    const elsewhere = project("elsewhere", {
      "one.yaml": "services: {a: {image: x}}",
      "two.yaml": "services: {b: {image: y}}",
    });
    const env = { COMPOSE_FILE: "one.yaml;two.yaml", COMPOSE_PATH_SEPARATOR: ";", COMPOSE_PROJECT_NAME: "named" };
    const { stdout } = await compose(elsewhere, ["config", "--format", "json"], env);
    const { name, services } = JSON.parse(stdout);
    expect([name, Object.keys(services)]).toEqual(["named", ["a", "b"]]);
  });

  test("files of a git repository, as -f and in include", async () => {
    const served = project("served", { "app/compose.yaml": "services: {remote: {image: x, build: ./sub}}\n" });
    const git = (...words: string[]) =>
      mustRun(["git", "-c", "user.email=a@b", "-c", "user.name=n", ...words], { cwd: join(served, "app") });
    await git("init", "-q", "-b", "main");
    await git("add", "-A");
    await git("commit", "-qm", "first");
    await git("clone", "-q", "--bare", ".", "../app.git");
    await mustRun(["git", "update-server-info"], { cwd: join(served, "app.git") });
    using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const file = Bun.file(join(served, new URL(request.url).pathname));
        return (await file.exists()) ? new Response(file) : new Response("", { status: 404 });
      },
    });
    const address = `http://127.0.0.1:${server.port}/app.git#main`;
    const here = project("here", { "compose.yaml": `include: ["${address}"]\nservices: {web: {image: y}}\n` });
    expect((await compose(here, ["config", "--services"])).stdout).toBe("remote\nweb\n");
    const named = await compose(here, ["-f", `${address}:compose.yaml`, "-p", "named", "config", "--format", "json"]);
    expect(JSON.parse(named.stdout).services.remote.build.context).toEndWith("/sub");
  });

  test("no file at all", async () => {
    const empty = project("empty", { README: "" });
    const { stderr, code } = await compose(empty, ["config"]);
    expect({ stderr, code }).toEqual({ stderr: "no configuration file provided: not found\n", code: 1 });
  });
});

// What docker-compose 1.29 prints in another form, brought to the same one.
function comparable(text: string): unknown {
  const parsed = Object(load(text));
  const { services = {}, networks = {}, volumes = {} } = parsed;
  const ports = (list: unknown): unknown =>
    Array.isArray(list)
      ? list.map((port) =>
          typeof port === "string"
            ? port
            : `${port.host_ip ? `${port.host_ip}:` : ""}${port.published ?? ""}:${port.target}/${port.protocol ?? "tcp"}`,
        )
      : undefined;
  return {
    services: Object.fromEntries(
      Object.entries(services).map(([name, value]) => {
        const service = Object(value);
        return [
          name,
          {
            image: service.image,
            environment: Object.fromEntries(
              Object.entries(service.environment ?? {}).map(([key, entry]) => [
                key,
                entry === null ? null : String(entry),
              ]),
            ),
            labels: service.labels,
            ports: ports(service.ports),
            depends_on: Object.keys(service.depends_on ?? {}),
            context: service.build?.context,
            user: service.user,
            restart: service.restart,
            cap_add: service.cap_add,
            dns: [service.dns ?? []].flat(),
            working_dir: service.working_dir,
          },
        ];
      }),
    ),
    networks: Object.keys(networks).filter((name) => name !== "default"),
    volumes: Object.keys(volumes),
  };
}

const shared: Readonly<Record<string, string>> = {
  interpolation: `services:
  a:
    image: "x:\${TAG:-1}"
    user: "\${WHO-nobody}"
    environment: {A: "\${SET}", B: "$$literal", C: "\${EMPTY:-d}", D: "\${EMPTY-d}", E: 1, F: "true"}
    labels: {price: "5$$"}
`,
  ports: `services:
  a:
    image: x
    ports: ["80", "8080:80", "127.0.0.1:81:81", "90-91:90-91", "53:53/udp"]
`,
  dependencies: `services:
  a: {image: x, depends_on: [b, c], restart: always}
  b: {build: ./b, cap_add: [NET_ADMIN], dns: 1.1.1.1}
  c: {image: y, working_dir: /w, labels: [one=1, two]}
networks: {n: {}}
volumes: {v: {}}
`,
  anchors: `x-base: &base {image: x, restart: unless-stopped, environment: {A: "1"}}
services:
  a: {<<: *base, user: me}
  b: {<<: *base, environment: {B: "2"}}
`,
};

describe("the same as docker-compose 1.29", () => {
  test.each(Object.keys(shared))("%s", async (name) => {
    const text = `version: "3.8"\n${shared[name]}`;
    const directory = project(`same-${name}`, { "docker-compose.yml": text, "b/Dockerfile": "FROM scratch\n" });
    const env = { SET: "value", EMPTY: "" };
    const theirs = await command(["docker-compose", "config"], { cwd: directory, env });
    const ours = await compose(directory, ["--all-resources", "config"], env);
    expect(theirs.code).toBe(0);
    expect(comparable(ours.stdout)).toEqual(comparable(theirs.stdout));
  });
});
