// docker-compose 1.29 from Debian: networks, volumes, names, ports and dependencies of a small application.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, command, eventually } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { redisArchive } from "../support/images.ts";
import { freePort } from "../support/port.ts";
import { lacks } from "../support/requirement.ts";

const installed = Bun.which("docker-compose") !== null && Bun.which("redis-cli") !== null;

describe.skipIf(lacks("docker-compose", installed))("docker-compose", () => {
  let daemon: TestDaemon;
  let port: number;

  const compose = (...argv: string[]): Promise<CommandResult> =>
    command(["docker-compose", "--ansi", "never", ...argv], {
      cwd: join(daemon.directory, "application"),
      env: daemon.clientEnvironment,
    });

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
    await daemon.importArchive("redis:latest", await redisArchive(), ['CMD ["redis-server", "--save", ""]']);
    port = await freePort();
    mkdirSync(join(daemon.directory, "application"));
    const application = {
      version: "3.8",
      services: {
        store: {
          image: "redis",
          command: ["redis-server", "--save", "", "--bind", "0.0.0.0", "--protected-mode", "no"],
          volumes: ["data:/data"],
        },
        web: {
          image: "busybox",
          depends_on: ["store"],
          environment: { GREETING: "hello" },
          command: ["sh", "-c", 'mkdir -p /www && echo "$$GREETING" > /www/index.html && exec httpd -f -p 80 -h /www'],
          ports: [`${port}:80`],
          healthcheck: { test: ["CMD", "true"], interval: "1s" },
        },
        tool: { image: "redis", command: ["redis-cli", "-h", "store", "ping"], restart: "on-failure" },
      },
      volumes: { data: {} },
    };
    writeFileSync(join(daemon.directory, "application", "docker-compose.yml"), JSON.stringify(application));
  });

  afterAll(() => daemon?.dispose());

  test("up, names across services, a published port, exec, logs, restart, down", async () => {
    expect(await compose("up", "-d")).toMatchObject({ code: 0 });
    const page = await eventually("the page", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      return answer?.ok && (await answer.text());
    });
    expect(page).toBe("hello\n");
    await eventually("the tool to reach the store by name", async () =>
      (await compose("logs", "--no-color", "tool")).stdout.includes("PONG"),
    );
    expect(await compose("exec", "-T", "store", "redis-cli", "ping")).toMatchObject({ code: 0, stdout: "PONG\n" });
    expect(await compose("restart", "-t", "0", "web")).toMatchObject({ code: 0 });
    expect((await compose("ps", "--services", "--filter", "status=running")).stdout).toContain("web");
    expect(await compose("up", "-d", "--scale", "store=2")).toMatchObject({ code: 0 });
    expect((await compose("ps", "-q", "store")).stdout.trim().split("\n")).toHaveLength(2);
    expect(await compose("down", "--volumes", "-t", "0")).toMatchObject({ code: 0 });
    expect((await daemon.berth(["ps", "-aq"])).stdout).toBe("");
    expect((await daemon.berth(["network", "ls", "-q", "-f", "name=application"])).stdout).toBe("");
    expect((await daemon.berth(["volume", "ls", "-q", "-f", "name=application"])).stdout).toBe("");
  });

  test("recreates a changed service with its volumes and link-local address", async () => {
    const directory = join(daemon.directory, "changing");
    mkdirSync(directory);
    const up = async (greeting: string): Promise<CommandResult> => {
      const keeper = {
        image: "busybox",
        environment: { GREETING: greeting },
        command: ["sh", "-c", "echo $$GREETING >> /kept/greetings && exec sleep 1000"],
        volumes: ["/kept"],
        networks: { back: { link_local_ips: ["169.254.8.8"] } },
      };
      const application = { version: "2.4", services: { keeper }, networks: { back: {} } };
      writeFileSync(join(directory, "docker-compose.yml"), JSON.stringify(application));
      return compose(
        "--project-directory",
        directory,
        "-f",
        join(directory, "docker-compose.yml"),
        "up",
        "-d",
        "-t",
        "0",
      );
    };
    expect(await up("first")).toMatchObject({ code: 0 });
    expect(await up("second")).toMatchObject({ code: 0, stderr: expect.stringContaining("Recreating") });
    const [id = ""] = (await daemon.berth(["ps", "-q"])).stdout.split("\n");
    await eventually("the second greeting", async () => {
      const { stdout } = await daemon.berth(["exec", id, "cat", "/kept/greetings"]);
      return stdout === "first\nsecond\n";
    });
    expect((await daemon.berth(["exec", id, "ip", "addr"])).stdout).toContain("169.254.8.8");
    const down = ["-f", join(directory, "docker-compose.yml"), "down", "--volumes", "-t", "0"];
    expect(await compose("--project-directory", directory, ...down)).toMatchObject({ code: 0 });
  });

  test("build: builds a service's image, and rebuilds it after a change", async () => {
    const directory = join(daemon.directory, "application", "own");
    mkdirSync(directory);
    const dockerfile = ["FROM busybox AS base", "ARG WORD", "RUN echo $WORD > /word", "COPY file /file"];
    writeFileSync(join(directory, "Built"), [...dockerfile, "FROM base AS further", "RUN rm /word"].join("\n"));
    writeFileSync(join(directory, "file"), "first\n");
    const build = {
      context: "own",
      dockerfile: "Built",
      target: "base",
      args: { WORD: "told" },
      labels: { made: "here" },
    };
    const own = { build, image: "compose-built:1", command: ["cat", "/word", "/file"] };
    const file = join(daemon.directory, "application", "own.json");
    writeFileSync(file, JSON.stringify({ version: "3.8", services: { own } }));
    const printed = async (): Promise<string> => {
      expect(await compose("-f", "own.json", "up", "--build", "--no-color")).toMatchObject({ code: 0 });
      return (await compose("-f", "own.json", "logs", "--no-log-prefix", "--no-color", "own")).stdout;
    };
    expect(await printed()).toContain("told\nfirst\n");
    writeFileSync(join(directory, "file"), "second\n");
    expect(await printed()).toContain("told\nsecond\n");
    const { stdout } = await daemon.berth(["inspect", "-f", "{{.Config.Labels.made}}", "compose-built:1"]);
    expect(stdout).toBe("here\n");
    expect(await compose("-f", "own.json", "down", "-t", "0")).toMatchObject({ code: 0 });
  });

  test("run: a one-off container with the exit code of its command", async () => {
    const result = await compose("run", "--rm", "-T", "web", "sh", "-c", "echo one-off $GREETING; exit 7");
    expect(result).toMatchObject({ code: 7, stdout: "one-off hello\n" });
    expect(await compose("down", "--volumes", "-t", "0")).toMatchObject({ code: 0 });
  });
});
