// Provider services, models, and the engine's socket in a container.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ComposeProject, SLEEPER } from "../../support/compose-project.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

const directory = mkdtempSync(join(tmpdir(), "berth-compose-providers-"));
let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  rmSync(directory, { recursive: true, force: true });
});

test("a provider's variables reach its dependants; the socket is there", async () => {
  writeFileSync(
    join(directory, "provide"),
    `#!/bin/sh
echo "$@" >> ${directory}/calls
[ "$2" = metadata ] && exit 1
echo '{"type": "info", "message": "working"}'
echo '{"type": "setenv", "message": "URL=http://provided"}'
echo '{"type": "rawsetenv", "message": "PLAIN=1"}'
`,
    { mode: 0o755 },
  );
  writeFileSync(
    join(directory, "compose.yaml"),
    `name: provided
services:
  database: {provider: {type: ${directory}/provide, options: {size: [1, 2]}}}
  app:
    image: busybox
    command: sh -c 'echo $$DATABASE_URL $$PLAIN; test -S /var/run/docker.sock && echo socket'
    depends_on: [database]
    use_api_socket: true
`,
  );
  const compose = (...argv: string[]) =>
    daemon.berth(["compose", ...argv], {
      cwd: directory,
      env: { PWD: directory, PATH: `${directory}:${process.env.PATH}` },
    });
  const up = await compose("up", "--no-log-prefix");
  expect(up.stdout).toContain("http://provided 1\nsocket\n");
  expect((await compose("down")).code).toBe(0);
  expect(readFileSync(join(directory, "calls"), "utf8")).toBe(
    [
      "compose metadata",
      "compose --project-name=provided up --size=1 --size=2 database",
      "compose metadata",
      "compose --project-name=provided down --size=1 --size=2 database",
      "",
    ].join("\n"),
  );
});

test("'run' has the variables of a provider, secrets and configs, and runs post_start", async () => {
  await using project = new ComposeProject(daemon, {
    provide: `#!/bin/sh
[ "$2" = metadata ] && exit 1
echo '{"type": "setenv", "message": "URL=http://provided"}'
`,
    "compose.yaml": `name: onceprovided
services:
  database: {provider: {type: ./provide}}
  app:
    image: busybox
    command: sh -c 'while [ ! -e /hooked ]; do sleep 0.1; done; echo $$DATABASE_URL; cat /run/secrets/token /settings'
    depends_on: [database]
    secrets: [token]
    configs: [settings]
    post_start: [{command: touch /hooked}]
secrets: {token: {environment: TOKEN}}
configs: {settings: {content: "colour=blue\\n"}}
`,
  });
  chmodSync(join(project.directory, "provide"), 0o755);
  const env = { TOKEN: "secret\n", PATH: `${project.directory}:${process.env.PATH}` };
  expect(await project.must(["run", "--rm", "-T", "app"], env)).toBe("http://provided\nsecret\ncolour=blue\n");
});

test("use_api_socket gives the container the user's logins, unless it has DOCKER_CONFIG", async () => {
  await using project = new ComposeProject(daemon, {
    "config/config.json": JSON.stringify({ auths: { "registry.example": { auth: btoa("me:secret") } } }),
    "compose.yaml": `name: withsocket
services:
  app: {image: busybox, use_api_socket: true, command: sh -c 'cat $$DOCKER_CONFIG/config.json'}
  own: {image: busybox, use_api_socket: true, environment: {DOCKER_CONFIG: /own}, command: sh -c 'echo $$DOCKER_CONFIG'}
`,
  });
  const env = { DOCKER_CONFIG: join(project.directory, "config") };
  const logins = { auths: { "registry.example": { auth: btoa("me:secret") } } };
  expect(JSON.parse(await project.must(["run", "--rm", "-T", "app"], env))).toEqual(logins);
  const up = await project.must(["up", "--no-log-prefix"], env);
  expect(up).toContain(`"auth": "${btoa("me:secret")}"`);
  expect(up).toContain("/own\n");
});

test("models are pulled and configured by Docker's Model plugin, and rejected without it", async () => {
  await using project = new ComposeProject(daemon, {
    "compose.yaml": `name: modelled
services:
  app:
    image: busybox
    command: sh -c 'env | grep -E "LLM|EMBEDDING|AI_" | sort'
    models:
      llm: {}
      embedding-model: {endpoint_var: AI_URL, model_var: AI_MODEL}
  plain: {${SLEEPER}, profiles: [plain]}
models:
  llm: {model: ai/smollm2, context_size: 1024, runtime_flags: ["--a", "--b"]}
  embedding-model: {model: ai/all-minilm}
  unused: {model: ai/unused}
`,
  });
  const refused = await project.run(["up"]);
  expect(refused.stderr).toEndWith("'models' support requires Docker Model plugin\n");
  expect(refused.code).toBe(1);
  expect((await project.run(["up", "-d", "plain"])).code).toBe(0);

  mkdirSync(join(project.directory, "config", "cli-plugins"), { recursive: true });
  writeFileSync(
    join(project.directory, "config", "cli-plugins", "docker-model"),
    `#!/bin/sh
echo "$@" >> ${project.directory}/calls
case "$1" in
  docker-cli-plugin-metadata) echo '{"SchemaVersion": "0.1.0", "Version": "v1.0.6"}' ;;
  ls) echo '[{"id": "sha256:1", "tags": ["ai/all-minilm"]}]' ;;
  status) echo '{"endpoint": "http://model-runner/v1"}' ;;
esac
`,
    { mode: 0o755 },
  );
  const env = { DOCKER_CONFIG: join(project.directory, "config") };
  expect(await project.must(["up", "--no-log-prefix", "app"], env)).toContain(
    "AI_MODEL=ai/all-minilm\nAI_URL=http://model-runner/v1\nLLM_MODEL=ai/smollm2\nLLM_URL=http://model-runner/v1\n",
  );
  expect(readFileSync(join(project.directory, "calls"), "utf8").split("\n").sort()).toEqual([
    "",
    "configure --context-size 1024 ai/smollm2 -- --a --b",
    "configure ai/all-minilm",
    "docker-cli-plugin-metadata",
    "ls --json",
    "pull ai/smollm2",
    "status --json",
  ]);
});
