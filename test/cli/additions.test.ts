// Berth's additions to Docker's command line, on Berth's engine and on Docker's, where they must be rejected.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { freePort } from "../support/port.ts";
import { referenceIsInstalled } from "../support/reference.ts";
import { lacks } from "../support/requirement.ts";

describe("on Berth's engine", () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
  });

  afterAll(() => daemon?.dispose());

  test("publishes and unpublishes ports while the container runs", async () => {
    await daemon.berth(["run", "-d", "--name", "web", "busybox", "httpd", "-f", "-p", "80", "-h", "/etc"]);
    const port = await freePort();
    const page = () =>
      fetch(`http://127.0.0.1:${port}/passwd`, { proxy: false })
        .then((answer) => answer.text())
        .catch(() => "");
    expect(await daemon.berth(["update", "--publish-add", `127.0.0.1:${port}:80`, "web"])).toEqual({
      code: 0,
      stdout: "web\n",
      stderr: "",
    });
    await eventually("the page", async () => (await page()).startsWith("root:"));
    expect((await daemon.berth(["port", "web"])).stdout).toBe(`80/tcp -> 127.0.0.1:${port}\n`);
    await daemon.berth(["update", "--publish-rm", "80", "web"]);
    expect((await daemon.berth(["port", "web"])).stdout).toBe("");
    expect(await page()).toBe("");
  });

  test.each([
    ["--publish-add", "nonsense", "invalid containerPort: nonsense"],
    ["--publish-rm", "80:80", "invalid port format for --publish-rm: 80:80"],
    [
      "--publish-rm",
      "x",
      'invalid range format for --publish-rm: x, error: strconv.ParseUint: parsing "x": invalid syntax',
    ],
  ])("%s %s is refused", async (flag, value, message) => {
    expect(await daemon.berth(["update", flag, value, "web"])).toEqual({ code: 1, stdout: "", stderr: `${message}\n` });
  });

  test("prefixes the logs of several containers with their names", async () => {
    for (const name of ["one", "other"]) {
      await daemon.berth(["run", "--name", name, "busybox", "sh", "-c", `echo from ${name}; echo wrong >&2`]);
    }
    const { code, stdout, stderr } = await daemon.berth(["logs", "one", "other"]);
    expect(code).toBe(0);
    expect(stdout.split("\n").sort()).toEqual(["", "one   | from one", "other | from other"]);
    expect(stderr.split("\n").sort()).toEqual(["", "one   | wrong", "other | wrong"]);
  });

  test("printing the client's version needs no engine", async () => {
    const { code, stdout } = await daemon.berth(["-H", "unix:///nothing/there", "version", "--client"]);
    expect(code).toBe(0);
    expect(stdout).toStartWith("Client:");
  });
});

describe.skipIf(lacks("dockerd", referenceIsInstalled))("on Docker's engine", () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon({ engine: "docker" });
    await daemon.importBusybox();
    await daemon.berth(["create", "--name", "kept", "busybox"]);
  });

  afterAll(() => daemon?.dispose(), 60_000);

  test.each([
    ["--dry-run", ["container", "prune", "--dry-run"]],
    ["--dry-run", ["system", "prune", "-a", "-f", "--volumes", "--dry-run"]],
    ["--publish-add", ["update", "--publish-add", "8080:80", "kept"]],
    ["--secret", ["run", "--secret", "name=x,env=HOME", "busybox", "true"]],
  ])("%s is refused: %j", async (flag, line) => {
    expect(await daemon.berth(line)).toEqual({
      code: 1,
      stdout: "",
      stderr: `"${flag}" needs a Berth engine: the one at unix://${daemon.socket} would pass over it\n`,
    });
    expect((await daemon.berth(["ps", "-a", "--format", "{{.Names}}"])).stdout).toBe("kept\n");
  });
});
