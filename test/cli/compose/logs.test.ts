// `compose logs -f`: follows containers that start again, are created later, and ends with the last of them.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../../support/command.ts";
import { ComposeProject } from "../../support/compose-project.ts";
import { berthCommand, startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

const FILE = `services:
  web: {image: busybox, init: true, stop_grace_period: 1s, command: sh -c 'echo ready; echo failing >&2; exec sleep 1000'}
  job-with-a-long-name: {image: busybox, command: echo done}
`;

test("follows restarted and later containers until all have exited", async () => {
  await using project = new ComposeProject(daemon, { "compose.yaml": FILE });
  await project.must(["up", "-d", "web"]);
  const logs = Bun.spawn([...berthCommand, "compose", "logs", "-f"], {
    cwd: project.directory,
    env: { ...process.env, ...daemon.clientEnvironment, PWD: project.directory },
    stdout: "pipe",
    stderr: "pipe",
  });
  let out = "";
  const reading = (async () => {
    for await (const chunk of logs.stdout) out += Buffer.from(chunk).toString();
  })();
  const count = (text: string): number => out.split(text).length - 1;
  await eventually("the first run", () => count("| ready") === 1);
  await project.must(["up", "-d", "job-with-a-long-name"]);
  await eventually("a new container", () => out.includes("job-with-a-long-name-1 exited with code 0"));
  await project.must(["restart", "web"]);
  await eventually("the second run", () => count("| ready") === 2);
  await project.must(["stop", "-t", "0"]);
  expect(await logs.exited).toBe(0);
  await reading;
  expect(out).toContain("web-1  | failing\n");
  expect(out).toContain("job-with-a-long-name-1  | done\n");
  expect(out).toContain("web-1                   | ready\n");
  expect(await logs.stderr.text()).toBe("");
});

test("warns of logs that cannot be read and shows the others", async () => {
  await using project = new ComposeProject(daemon, {
    "compose.yaml": `services:
  silent: {image: busybox, command: echo unseen, logging: {driver: none}}
  loud: {image: busybox, command: echo seen}
`,
  });
  await project.must(["up", "-d", "--wait-timeout", "10"]);
  await eventually("both to exit", async () => (await project.must(["ps", "-q"])) === "");
  const { code, stdout, stderr } = await project.run(["logs"]);
  expect(stdout).toBe("loud-1    | seen\n");
  expect(stderr).toContain("Can't retrieve logs for");
  expect(code).toBe(0);
});
