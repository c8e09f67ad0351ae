// Berth's additional options for supervising containers: readiness, restarts, binding to the client.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../support/command.ts";
import { berthCommand, startDaemon, type TestDaemon } from "../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

const quickly = ["--health-interval", "200ms", "--health-start-interval", "200ms"];
const inspected = async (name: string, template: string): Promise<string> =>
  (await daemon.berth(["inspect", "-f", template, name])).stdout.trim();

test("run --wait ends when the container is healthy, and prints its ID", async () => {
  const server = "sleep 0.5; mkdir /w; echo hi > /w/index.html; exec httpd -f -p 8080 -h /w";
  for (const [name, probe] of [
    ["by-command", ["--health-cmd", "wget -qO- http://localhost:8080/"]],
    ["by-tcp", ["--health-tcp", "8080"]],
    ["by-http", ["--health-http", ":8080/index.html"]],
  ] as const) {
    const run = await daemon.berth([
      "run",
      "--wait",
      "--name",
      name,
      ...probe,
      ...quickly,
      // Until its server runs, which takes as long as the machine likes, each probe fails.
      ...["--health-retries", "1000"],
      "busybox",
      "sh",
      "-c",
      server,
    ]);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(await inspected(name, "{{.Id}} {{.State.Health.Status}}")).toBe(`${run.stdout.trim()} healthy`);
    expect((await daemon.berth(["wait", "--condition", "healthy", name])).stdout).toBe("0\n");
    await daemon.berth(["rm", "-f", name]);
  }
});

test("run --wait fails when the container turns unhealthy, ends first, or nothing checks its health", async () => {
  const failing = ["--health-cmd", "false", "--health-retries", "1", ...quickly];
  const unhealthy = await daemon.berth(["run", "--wait", "--name", "ill", ...failing, "busybox", "sleep", "100"]);
  expect(unhealthy.code).toBe(1);
  expect(unhealthy.stderr).toContain("turned unhealthy or ended before it was healthy");
  const ended = await daemon.berth(["run", "--wait", "--name", "short", ...failing, "busybox", "true"]);
  expect([ended.code, ended.stdout.trim()]).toEqual([1, await inspected("short", "{{.Id}}")]);
  const unchecked = await daemon.berth(["run", "--wait", "--name", "plain", "busybox", "sleep", "100"]);
  expect(unchecked.code).toBe(1);
  expect(unchecked.stderr).toContain("has no health check");
  expect(await inspected("plain", "{{.State.Status}}")).toBe("created");
  await daemon.berth(["rm", "-f", "ill", "short", "plain"]);
});

test("--restart-unhealthy and --restart-backoff", async () => {
  const flags = ["--restart-unhealthy", "--restart-backoff", "initial=1h,max=2h,factor=1.5,reset=1s"];
  const probe = ["--health-cmd", "false", "--health-retries", "1", "--stop-timeout", "0", ...quickly];
  await daemon.berth(["run", "-d", "--name", "ill", ...flags, ...probe, "busybox", "sleep", "1000"]);
  expect(JSON.parse(await inspected("ill", "{{json .HostConfig.RestartPolicy}}"))).toEqual({
    Name: "no",
    MaximumRetryCount: 0,
    OnUnhealthy: true,
    Backoff: { Initial: 3600e9, Maximum: 7200e9, Multiplier: 1.5, ResetAfter: 1e9 },
  });
  await eventually("the wait for the next start", async () => {
    return (await inspected("ill", "{{.State.Status}}")) === "restarting";
  });
  const next = Date.parse(await inspected("ill", "{{.State.NextAttempt}}"));
  expect(Math.abs(next - Date.now() - 3_600_000)).toBeLessThan(600_000);
  await daemon.berth(["rm", "-f", "ill"]);
});

test("--end-with-client removes the container when the command is killed", async () => {
  const argv = [
    "run",
    "--rm",
    "--end-with-client",
    "--stop-timeout",
    "0",
    "--name",
    "bound",
    "busybox",
    "sleep",
    "1000",
  ];
  const child = Bun.spawn([...berthCommand, ...argv], {
    env: { ...process.env, ...daemon.clientEnvironment },
    stdio: ["ignore", "ignore", "ignore"],
  });
  await eventually("the start", async () => (await inspected("bound", "{{.State.Status}}")) === "running");
  child.kill("SIGKILL");
  await child.exited;
  await eventually("the end", async () => (await daemon.berth(["inspect", "bound"])).code === 1);
});

test.each([
  [["run", "-d", "--end-with-client", "busybox"], "what runs in the background has no client to end with"],
  [
    ["run", "--health-cmd", "x", "--health-tcp", "1", "busybox"],
    "only one of --health-cmd, --health-tcp and --health-http",
  ],
  [["run", "--no-healthcheck", "--health-tcp", "1", "busybox"], "--no-healthcheck conflicts with --health-* options"],
  [["run", "--restart-backoff", "often=1s", "busybox"], "unexpected key 'often' in 'often=1s'"],
  [["run", "--restart-backoff", "factor=x", "busybox"], "invalid factor in 'factor=x'"],
  [["run", "--health-tcp", "nonsense", "busybox"], 'invalid TCP health check "nonsense"'],
  [["wait", "--condition", "happy", "x"], 'invalid condition "happy"'],
])("%j is refused", async (argv, reason) => {
  const refused = await daemon.berth(argv);
  expect(refused.code).toBe(125);
  expect(refused.stderr).toContain(reason);
});
