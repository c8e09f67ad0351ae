// Which containers the commands mean: replicas, one-off containers, and what a service depends on.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ComposeProject, SLEEPER } from "../../support/compose-project.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

test("exec falls back to a one-off container; run -d keeps its input open", async () => {
  await using project = new ComposeProject(daemon, { "compose.yaml": `services: {web: {${SLEEPER}}}\n` });
  await project.must(["run", "-d", "web", "cat"]);
  expect(await project.must(["exec", "-T", "web", "cat", "/proc/1/comm"])).not.toBe("");
  expect(await project.run(["exec", "-T", "--index", "1", "web", "true"])).toMatchObject({
    code: 1,
    stderr: 'service "web" is not running container #1\n',
  });
  await project.must(["up", "-d"]);
  expect(await project.must(["exec", "-T", "web", "cat", "/proc/1/cmdline"])).toContain("sleep");
});

test("run asks for an input that is a terminal, entrypoints are split as by a shell", async () => {
  await using project = new ComposeProject(daemon, { "compose.yaml": `services: {web: {${SLEEPER}}}\n` });
  expect(await project.run(["run", "--rm", "--tty", "web", "true"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("cannot attach stdin to a TTY-enabled container because stdin is not a terminal"),
  });
  expect(await project.run(["run", "--rm", "--tty", "--no-tty", "web", "true"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--tty and --no-TTY can't be used together"),
  });
  expect(await project.must(["run", "--rm", "--entrypoint", "echo 'a  b'", "web", "c"])).toBe("a  b c\n");
});

test("images shows the names that containers were created with; errors as JSON", async () => {
  await using project = new ComposeProject(daemon, {
    "compose.yaml": `services: {web: {${SLEEPER.replace("busybox", "named:first")}}}\n`,
  });
  for (const tag of ["named:zeroth", "named:first"]) await daemon.berth(["tag", "busybox", tag]);
  await project.must(["up", "-d"]);
  expect(JSON.parse(await project.must(["images", "--format", "json"]))).toMatchObject([
    { Repository: "named", Tag: "first", LastTagTime: expect.stringMatching(/^20/) },
  ]);
  expect(await project.must(["images"])).toMatch(/web-1 +named +first .*(seconds?|minutes?) ago\n/);
  const { code, stderr } = await project.run(["--progress", "json", "exec", "none", "true"]);
  expect({ code, failure: JSON.parse(stderr) }).toEqual({
    code: 1,
    failure: { error: true, message: 'service "none" is not running' },
  });
});

test("cp copies to every replica, or to one", async () => {
  await using project = new ComposeProject(daemon, {
    "compose.yaml": `services: {web: {${SLEEPER}, scale: 2}}\n`,
    "file.txt": "content",
  });
  await project.must(["up", "-d"]);
  const read = (index: string, path: string) => project.run(["exec", "-T", "--index", index, "web", "cat", path]);
  await project.must(["cp", "file.txt", "web:/all"]);
  expect([(await read("1", "/all")).stdout, (await read("2", "/all")).stdout]).toEqual(["content", "content"]);
  await project.must(["cp", "--index", "2", "file.txt", "web:/one"]);
  expect([(await read("1", "/one")).code, (await read("2", "/one")).stdout]).toEqual([1, "content"]);
  expect((await project.run(["cp", "web:/all", "web:/x"])).stderr).toContain(
    "copying between services is not supported",
  );
});

test("exited one-off containers are orphans, settings may be in .env", async () => {
  await using project = new ComposeProject(daemon, { "compose.yaml": `services: {web: {${SLEEPER}}}\n` });
  await project.must(["run", "web", "true"]);
  expect((await project.run(["up", "-d"])).stderr).toMatch(/Found orphan containers \(\[\S+-web-run-\w+\]\)/);
  project.write(".env", "COMPOSE_REMOVE_ORPHANS=1\n");
  await project.must(["up", "-d"]);
  expect((await project.must(["ps", "-aq"])).trim().split("\n")).toHaveLength(1);
});

test("start brings up dependencies, restart what depends with `restart`, stop tells of stopped ones too", async () => {
  await using project = new ComposeProject(daemon, {
    "compose.yaml": `services:
  db: {${SLEEPER}}
  api: {${SLEEPER}, depends_on: {db: {condition: service_started, restart: true}}}
  web: {${SLEEPER}, depends_on: {api: {condition: service_started, restart: true}}}
  other: {${SLEEPER}}
`,
  });
  await project.must(["create"]);
  await project.must(["start", "web"]);
  const running = async () => (await project.must(["ps", "--services"])).trim().split("\n").sort();
  expect(await running()).toEqual(["api", "db", "web"]);
  const { stderr } = await project.run(["restart", "db"]);
  expect(stderr.match(/(db|api|web|other)-1 {2}Restarting/g)).toEqual([
    "db-1  Restarting",
    "api-1  Restarting",
    "web-1  Restarting",
  ]);
  await project.must(["stop", "web"]);
  expect((await project.run(["stop", "web"])).stderr).toContain("web-1  Stopped");
});

test("up --wait accepts a dependency that is to complete, and says how long it waited for others", async () => {
  await using project = new ComposeProject(daemon, {
    "compose.yaml": `services:
  once: {image: busybox, command: "true"}
  web: {${SLEEPER}, depends_on: {once: {condition: service_completed_successfully}}}
  sick:
    image: busybox
    init: true
    stop_grace_period: 1s
    command: sleep 1000
    profiles: [sick]
    healthcheck: {test: "false", interval: 1s, retries: 100, start_period: 1h}
  eager:
    image: busybox
    profiles: [eager]
    healthcheck: {test: "true", start_interval: 1s}
`,
  });
  await project.must(["up", "-d", "--wait"]);
  expect(await project.run(["up", "-d", "--wait", "--wait-timeout", "1", "sick"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("application not healthy after 1s"),
  });
  expect(await project.run(["up", "-d", "eager"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("healthcheck.start_interval requires healthcheck.start_period to be set"),
  });
});
