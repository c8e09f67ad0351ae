// Projects on a real engine: what `compose` creates, keeps, recreates and removes.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type CommandResult, command, eventually, mustRun } from "../../support/command.ts";
import { berthCommand, dockerIsCurrent, startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { lacks } from "../../support/requirement.ts";

const root = mkdtempSync(join(tmpdir(), "berth-compose-"));
let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  rmSync(root, { recursive: true, force: true });
});

class Project {
  readonly directory: string;

  constructor(name: string, files: Readonly<Record<string, string>>) {
    this.directory = join(root, name);
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), text);
  }

  run(argv: string[], env: Record<string, string> = {}): Promise<CommandResult> {
    return daemon.berth(["compose", ...argv], { cwd: this.directory, env: { PWD: this.directory, ...env } });
  }

  /** Runs what must succeed; answers with standard output. */
  async must(argv: string[], env: Record<string, string> = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(argv, env);
    if (code !== 0) throw new Error(`compose ${argv.join(" ")}: ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  async down(): Promise<void> {
    await this.run(["down", "-v", "-t", "0", "--remove-orphans"]);
  }
}

const sleeper = "image: busybox, init: true, stop_grace_period: 1s, command: sleep 1000";

async function inspect(container: string): Promise<{ [key: string]: never }> {
  return Object(await daemon.call("GET", `/containers/${container}/json`));
}

const idOf = async (container: string): Promise<string> => String(Object(await inspect(container)).Id);

async function exists(path: string): Promise<boolean> {
  return (await daemon.request("GET", path)).ok;
}

describe("up and down", () => {
  test("creates names, labels, networks, volumes, configs and secrets; keeps unchanged services; down removes everything", async () => {
    const project = new Project("shop", {
      "compose.yaml": `services:
  web:
    image: busybox
    init: true
    stop_grace_period: 1s
    command: sh -c 'cat /run/secrets/token /etc/settings /run/secrets/file; exec sleep 1000'
    depends_on: {db: {condition: service_healthy}}
    secrets: [token, file]
    configs: [{source: settings, target: /etc/settings, mode: 0440}]
    networks: {front: {aliases: [shop]}, back: }
    labels: {own: "1"}
  db:
    image: busybox
    init: true
    stop_grace_period: 1s
    command: sh -c 'touch /ready; exec sleep 1000'
    healthcheck: {test: test -f /ready, interval: 200ms, retries: 50}
    volumes: ["data:/data", "/anonymous"]
    networks: [back]
secrets: {token: {environment: TOKEN}, file: {file: secret.txt}}
configs: {settings: {content: "colour=blue\\n"}}
networks: {front: , back: {labels: {a: b}}}
volumes: {data: }
`,
      "secret.txt": "from a file\n",
    });
    const env = { TOKEN: "secret\n" };
    const first = await project.run(["up", "-d"], env);
    expect(first.stderr).toContain(" Container shop-db-1  Healthy ");
    expect(first.code).toBe(0);
    const web = Object(await inspect("shop-web-1"));
    expect(web.Config.Labels).toMatchObject({
      own: "1",
      "com.docker.compose.project": "shop",
      "com.docker.compose.service": "web",
      "com.docker.compose.container-number": "1",
      "com.docker.compose.oneoff": "False",
      "com.docker.compose.depends_on": "db:service_healthy:false",
      "com.docker.compose.project.working_dir": project.directory,
      "com.docker.compose.project.config_files": `${project.directory}/compose.yaml`,
    });
    const hashes = (await project.must(["config", "--hash", "*"], env)).trim().split("\n");
    expect(hashes).toContain(`web ${web.Config.Labels["com.docker.compose.config-hash"]}`);
    expect(Object.keys(web.NetworkSettings.Networks).sort()).toEqual(["shop_back", "shop_front"]);
    expect(web.NetworkSettings.Networks.shop_front.Aliases).toEqual(["shop-web-1", "web", "shop"]);
    await eventually("its output", async () =>
      (await project.must(["logs", "--no-log-prefix", "web"], env)).includes("secret\ncolour=blue\nfrom a file\n"),
    );

    const ids = [await idOf("shop-web-1"), await idOf("shop-db-1")];
    const again = await project.run(["up", "-d"], env);
    expect(again.stderr).toContain(" Container shop-web-1  Running ");
    expect([await idOf("shop-web-1"), await idOf("shop-db-1")]).toEqual(ids);

    const down = await project.run(["down", "-v"], env);
    expect(down.stderr.indexOf("shop-web-1  Removed")).toBeLessThan(down.stderr.indexOf("shop-db-1  Stopping"));
    for (const path of ["/containers/shop-web-1/json", "/networks/shop_back", "/volumes/shop_data"]) {
      expect(await exists(path)).toBe(false);
    }
    expect((await project.run(["down"], env)).stderr).toContain('No resource found to remove for project \\"shop\\"');
  });

  test("recreates only changed services, with their anonymous volumes; restarts dependants where configured", async () => {
    const file = (value: string) => `services:
  a: {${sleeper}, environment: {V: "${value}"}, volumes: [/keep]}
  b: {${sleeper}, depends_on: {a: {condition: service_started, restart: true}}}
  c: {${sleeper}}
`;
    const project = new Project("change", { "compose.yaml": file("1") });
    await project.must(["up", "-d"]);
    await project.must(["exec", "-T", "a", "touch", "/keep/it"]);
    const [a, b, c] = [await idOf("change-a-1"), await idOf("change-b-1"), await idOf("change-c-1")];
    const started = Object(await inspect("change-b-1")).State.StartedAt;
    project.write("compose.yaml", file("2"));
    await project.must(["up", "-d", "-t", "0"]);
    expect(await idOf("change-a-1")).not.toBe(a);
    expect([await idOf("change-b-1"), await idOf("change-c-1")]).toEqual([b, c]);
    expect(Object(await inspect("change-b-1")).State.StartedAt).not.toBe(started);
    expect(await project.must(["exec", "-T", "a", "ls", "/keep"])).toBe("it\n");
    await project.must(["up", "-d", "--no-recreate"], {});
    await project.must(["up", "-d", "-V", "--force-recreate", "-t", "0", "a"]);
    expect(await project.must(["exec", "-T", "a", "ls", "/keep"])).toBe("");
    await project.down();
  });

  test("scaling, orphans, profiles", async () => {
    const project = new Project("scale", {
      "compose.yaml": `services:
  a: {${sleeper}}
  tool: {${sleeper}, profiles: [tools]}
`,
    });
    await project.must(["up", "-d", "--scale", "a=3"]);
    expect((await project.must(["ps", "-q"])).trim().split("\n")).toHaveLength(3);
    await project.must(["scale", "a=1"]);
    expect(await project.must(["ps", "--format", "{{.Name}}"])).toBe("scale-a-1\n");
    await project.must(["--profile", "tools", "up", "-d"]);
    expect(await project.must(["ps", "--services"])).toBe("a\ntool\n");
    project.write("compose.yaml", `services:\n  b: {${sleeper}}\n`);
    const { stderr } = await project.run(["up", "-d"]);
    expect(stderr).toContain("Found orphan containers ([scale-a-1 scale-tool-1]) for this project.");
    await project.must(["up", "-d", "--remove-orphans"]);
    expect(await project.must(["ps", "--format", "{{.Name}}"])).toBe("scale-b-1\n");
    await project.down();
  });

  test("a failed dependency fails 'up' with its message and keeps created containers", async () => {
    const project = new Project("fails", {
      "compose.yaml": `services:
  migrate: {image: busybox, command: sh -c 'exit 3'}
  web: {${sleeper}, depends_on: {migrate: {condition: service_completed_successfully}}}
`,
    });
    const { code, stderr } = await project.run(["up", "-d"]);
    expect(stderr).toEndWith(`service "migrate" didn't complete successfully: exit 3\n`);
    expect(code).toBe(1);
    expect(await project.must(["ps", "-a", "--format", "{{.Name}} {{.State}}"])).toBe(
      "fails-migrate-1 exited\nfails-web-1 created\n",
    );
    const unhealthy = `services:
  db: {${sleeper}, healthcheck: {test: "false", interval: 100ms, retries: 1}}
  web: {${sleeper}, depends_on: {db: {condition: service_healthy}}}
`;
    project.write("compose.yaml", unhealthy);
    const second = await project.run(["up", "-d", "--remove-orphans"]);
    expect(second.stderr).toEndWith("dependency failed to start: container fails-db-1 is unhealthy\n");
    await project.down();
    const missing = await project.run(["up", "-d"], {});
    expect(missing.code).toBe(1);
    project.write("compose.yaml", "services: {a: {image: 'localhost:1/nothing', pull_policy: never}}");
    expect((await project.run(["up", "-d"])).stderr).toContain("No such image: localhost:1/nothing");
    await project.down();
  });

  test("a dry run reports all steps and creates nothing", async () => {
    const project = new Project("dry", {
      "compose.yaml": `services: {a: {${sleeper}, volumes: ["v:/v"]}}\nvolumes: {v: }\n`,
    });
    const { code, stderr } = await project.run(["--dry-run", "up", "-d"]);
    expect(stderr).toContain(" DRY-RUN MODE -  Container dry-a-1  Created ");
    expect(code).toBe(0);
    expect(await exists("/containers/dry-a-1/json")).toBe(false);
    expect(await exists("/volumes/dry_v")).toBe(false);
  });
});

describe("in the foreground", () => {
  test("aligns output, returns a service's exit code, stops the others", async () => {
    const project = new Project("front", {
      "compose.yaml": `services:
  one: {image: busybox, command: sh -c 'echo from one; exit 7'}
  longer: {${sleeper}}
  silent: {image: busybox, command: sh -c 'echo hidden; exec sleep 1000', init: true, stop_grace_period: 1s, attach: false}
`,
    });
    const { code, stdout, stderr } = await project.run(["up", "--exit-code-from", "one"]);
    expect(stdout).not.toContain("hidden");
    expect(stdout).toContain("Attaching to longer-1, one-1\n");
    expect(stdout).toContain("one-1     | from one\n");
    expect(stdout).toContain("one-1 exited with code 7\n");
    expect(stderr).toContain("Aborting on container exit...");
    expect(code).toBe(7);
    expect(await project.must(["ps", "-q"])).toBe("");
    await project.down();
  });

  test("stops a container that starts after another has exited", async () => {
    const project = new Project("late", {
      "compose.yaml": `services:
  one: {image: busybox, command: sh -c 'exit 7'}
  late: {${sleeper}, pre_start: [{command: sleep 1}]}
`,
    });
    const { code, stdout } = await project.run(["up", "--exit-code-from", "one"]);
    expect(stdout).toContain("one-1 exited with code 7\n");
    expect(code).toBe(7);
    expect(await project.must(["ps", "-q"])).toBe("");
    await project.down();
  });

  test("reports the exit of a container that starts after the others have exited", async () => {
    const project = new Project("successor", {
      "compose.yaml": `services:
  first: {image: busybox, command: "true"}
  second:
    image: busybox
    command: sh -c 'exit 9'
    depends_on: {first: {condition: service_completed_successfully}}
    pre_start: [{command: sleep 1}]
`,
    });
    const { stdout } = await project.run(["up"]);
    expect(stdout).toContain("first-1 exited with code 0\n");
    expect(stdout).toContain("second-1 exited with code 9\n");
    await project.down();
  });

  test("Ctrl-C stops the containers, a second one kills them", async () => {
    const project = new Project("interrupt", {
      "compose.yaml": `services:
  stubborn: {image: busybox, stop_grace_period: 1h, command: sh -c "trap '' TERM; echo ready; while true; do sleep 1; done"}
`,
    });
    const up = Bun.spawn([...berthCommand, "compose", "up"], {
      cwd: project.directory,
      env: { ...process.env, ...daemon.clientEnvironment, PWD: project.directory },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = [{ text: "" }, { text: "" }];
    const read = async (stream: ReadableStream<Uint8Array>, into: { text: string }) => {
      for await (const chunk of stream) into.text += Buffer.from(chunk).toString();
    };
    const reading = [read(up.stdout, out), read(up.stderr, err)];
    await eventually("it to run", () => out.text.includes("| ready"));
    up.kill("SIGINT");
    await eventually("the stop", () => out.text.includes("Gracefully Stopping... press Ctrl+C again to force"));
    up.kill("SIGINT");
    expect(await up.exited).toBe(130);
    await Promise.all(reading);
    expect(out.text).toContain("stubborn-1 exited with code 137");
    await project.down();
  });
});

describe("commands on an existing project", () => {
  let project: Project;

  beforeAll(async () => {
    project = new Project("there", {
      "compose.yaml": `services:
  web: {${sleeper}, ports: ["127.0.0.1::80"], environment: {WHO: service}}
  db: {${sleeper}}
`,
    });
    await project.must(["up", "-d"]);
  });

  afterAll(() => project?.down());

  test("ps, images, port, top, ls, volumes, version", async () => {
    expect(await project.must(["ps"])).toMatch(
      /^NAME +IMAGE +COMMAND +SERVICE +CREATED +STATUS +PORTS\nthere-db-1 +busybox +"sleep 1000" +db .* Up /,
    );
    const [first = ""] = (await project.must(["ps", "--format", "json"])).split("\n");
    expect(JSON.parse(first)).toMatchObject({ Name: "there-db-1", Service: "db", Project: "there", State: "running" });
    expect(await project.must(["images"])).toMatch(/there-db-1 +busybox +latest /);
    expect(await project.must(["port", "web", "80"])).toMatch(/^127\.0\.0\.1:\d+\n$/);
    expect(await project.must(["top", "db"])).toContain("sleep 1000");
    expect(await project.must(["ls", "--filter", "name=there"])).toMatch(
      /^NAME +STATUS +CONFIG FILES\nthere +running\(2\) +/,
    );
    expect(await project.must(["version", "--short"])).toMatch(/^2\.\d+\.\d+\n$/);
  });

  test("exec and run: exit codes, environment, one-off containers", async () => {
    expect((await project.run(["exec", "-T", "web", "sh", "-c", "exit 5"])).code).toBe(5);
    expect(await project.must(["exec", "-T", "-e", "A=1", "web", "sh", "-c", "echo $A $WHO"])).toBe("1 service\n");
    expect((await project.run(["exec", "none", "true"])).stderr).toBe('service "none" is not running\n');
    expect(await project.must(["run", "--rm", "-T", "-e", "WHO=me", "web", "sh", "-c", "echo $WHO"])).toBe("me\n");
    expect((await project.run(["run", "--rm", "-T", "web", "sh", "-c", "exit 9"])).code).toBe(9);
    const id = (await project.must(["run", "-d", "--name", "there-once", "web", "sleep", "1000"])).trim();
    const { Config } = Object(await inspect(id));
    expect(Config.Labels["com.docker.compose.oneoff"]).toBe("True");
    expect(await project.must(["ps", "--services"])).toBe("db\nweb\n");
    await daemon.berth(["rm", "-f", "there-once"]);
  });

  test("stop, start, restart, pause, kill, rm", async () => {
    const state = async (): Promise<string> =>
      (await project.must(["ps", "-a", "--format", "{{.Service}}={{.State}}"])).trim().replace("\n", " ");
    await project.must(["pause", "db"]);
    expect(await state()).toBe("db=paused web=running");
    await project.must(["unpause"]);
    await project.must(["stop", "-t", "0", "web"]);
    expect(await state()).toBe("db=running web=exited");
    await project.must(["start"]);
    await project.must(["restart", "-t", "0"]);
    expect(await state()).toBe("db=running web=running");
    await project.must(["kill", "-s", "KILL", "db"]);
    expect(await state()).toBe("db=exited web=running");
    expect(await project.must(["rm", "-f"])).toBe("Going to remove there-db-1\n");
    expect(await state()).toBe("web=running");
    await project.must(["up", "-d"]);
  });

  test("cp, and a project named without its files", async () => {
    writeFileSync(join(root, "copied"), "bytes\n");
    await project.must(["cp", join(root, "copied"), "web:/copied"]);
    expect(await project.must(["exec", "-T", "web", "cat", "/copied"])).toBe("bytes\n");
    const { stdout } = await daemon.berth(["compose", "-p", "there", "ps", "--services"], { cwd: "/" });
    expect(stdout).toBe("db\nweb\n");
  });

  test("unknown and unsupported commands", async () => {
    expect((await project.run(["publish"])).stderr).toContain("'compose publish' is not part of Berth");
    expect((await project.run(["nosuch"])).code).toBe(1);
    expect((await project.run(["up", "--nosuch"])).code).toBe(125);
  });
});

test("build: arguments, target, inline Dockerfile, and the image's name", async () => {
  const project = new Project("built", {
    "compose.yaml": `services:
  app: {build: {context: ., args: {WHO: you}, target: last}, command: cat /who}
  inline: {build: {dockerfile_inline: "FROM busybox\\nRUN echo inline > /what\\n"}, image: built-inline:1, command: cat /what}
`,
    Dockerfile: "FROM busybox AS last\nARG WHO\nRUN echo hello $WHO > /who\nFROM busybox AS other\nRUN false\n",
  });
  const { code, stdout, stderr } = await project.run(["up", "--build", "--no-log-prefix"]);
  expect(stderr).not.toContain("rror");
  expect(code).toBe(0);
  expect(stdout).toContain("hello you\n");
  expect(stdout).toContain("inline\n");
  expect(await exists("/images/built-app/json")).toBe(true);
  await project.must(["down", "--rmi", "local"]);
  expect(await exists("/images/built-app/json")).toBe(false);
  expect(await exists("/images/built-inline:1/json")).toBe(true);
});

describe.skipIf(lacks("docker-compose", Bun.which("docker-compose") !== null))("beside docker-compose 1.29", () => {
  test("each tool can manage the other's project", async () => {
    const project = new Project("both", {
      "docker-compose.yml": `version: "3.8"
services:
  web: {${sleeper}}
`,
    });
    const env = { ...daemon.clientEnvironment, COMPOSE_DOCKER_CLI_BUILD: "0" };
    const old = (argv: string[]) => mustRun(["docker-compose", ...argv], { cwd: project.directory, env });
    await old(["up", "-d"]);
    expect(await project.must(["ps", "--format", "{{.Name}}"])).toBe("both_web_1\n");
    await project.must(["up", "-d", "-t", "0"]);
    expect(await project.must(["ps", "-a", "--format", "{{.Name}}"])).toBe("both-web-1\n");
    expect(await old(["ps"])).toContain("both-web-1");
    await old(["up", "-d", "-t", "0"]);
    await project.must(["down", "-t", "0"]);
    expect(await exists("/networks/both_default")).toBe(false);
  });
});

describe.skipIf(lacks("a current docker command", dockerIsCurrent))("as a plugin of Docker's command", () => {
  test("plugin metadata, docker's global options, standalone docker-compose", async () => {
    const project = new Project("plugged", { "compose.yaml": `services: {web: {${sleeper}}}\n` });
    const configuration = join(root, "config");
    const plugin = join(configuration, "cli-plugins", "docker-compose");
    mkdirSync(dirname(plugin), { recursive: true });
    const line = berthCommand.map((word) => `'${word}'`).join(" ");
    writeFileSync(plugin, `#!/bin/bash\nexec -a docker-compose ${line} "$@"\n`, { mode: 0o755 });
    const env = { DOCKER_CONFIG: configuration, PWD: project.directory };
    const options = { cwd: project.directory, env };
    const host = `unix://${daemon.socket}`;
    expect(JSON.parse(await mustRun([plugin, "docker-cli-plugin-metadata"], options))).toMatchObject({
      SchemaVersion: "0.1.0",
    });
    await mustRun(["docker", "-H", host, "compose", "up", "-d"], options);
    expect(await mustRun(["docker", "-H", host, "compose", "ps", "--services"], options)).toBe("web\n");
    expect(await mustRun([plugin, "-H", host, "ps", "--services"], options)).toBe("web\n");
    expect(await mustRun([plugin, "--version"], options)).toStartWith("Docker Compose version v2.");
    // A signal that reaches Docker's command alone ends the plugin, too.
    const attached = Bun.spawn(["docker", "-H", host, "compose", "up"], {
      cwd: project.directory,
      env: { ...process.env, ...env },
      stdout: "pipe",
      stderr: "ignore",
    });
    let said = "";
    const reading = (async () => {
      for await (const chunk of attached.stdout) said += Buffer.from(chunk).toString();
    })();
    await eventually("it to attach", () => said.includes("Attaching to web-1"));
    attached.kill("SIGINT");
    await reading;
    await attached.exited;
    expect(await mustRun(["docker", "-H", host, "compose", "ps", "-q"], options)).toBe("");
    await mustRun(["docker", "-H", host, "compose", "down", "-t", "0"], options);
    expect((await command(["docker", "-H", host, "compose", "nosuch"], options)).code).toBe(1);
  });
});
