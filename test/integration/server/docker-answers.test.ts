// Responses that clients compare verbatim, in Docker's words and with its status; each from a bug found by a client.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  await daemon.call("POST", "/containers/create?name=target", { Image: "busybox", Cmd: ["sleep", "1000"] });
  await daemon.call("POST", "/containers/create?name=app", {
    Image: "busybox",
    Cmd: ["sleep", "1000"],
    HostConfig: { Links: ["target:alias"] },
  });
});
afterAll(() => daemon?.dispose());

async function ask(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
  const answer = await daemon.request(method, path, body, headers);
  return { status: answer.status, text: await answer.text() };
}

const message = (text: string) => `${JSON.stringify({ message: text })}\n`;

describe("a malformed body is reported before a missing object", () => {
  test.each([
    ["/containers/nosuch/exec"],
    ["/exec/nosuch/start"],
    ["/containers/nosuch/update"],
    ["/networks/nosuch/connect"],
    ["/networks/nosuch/disconnect"],
    ["/commit?container=nosuch"],
  ])("POST %s", async (path) => {
    const { status, text } = await ask("POST", path, Buffer.from("{nonsense"), { "Content-Type": "application/json" });
    expect(text).toContain("invalid JSON");
    expect(status).toBe(400);
  });

  test.each([
    ["GET", "/containers/nosuch/logs", "Bad parameters: you must choose at least one stream"],
    ["POST", "/containers/nosuch/wait?condition=never", 'invalid condition: "never"'],
    ["POST", "/containers/nosuch/kill?signal=NOSUCH", "cannot kill container: nosuch: invalid signal: NOSUCH"],
  ])("%s %s", async (method, path, words) => {
    expect(await ask(method, path)).toEqual({ status: 400, text: message(words) });
  });

  test("an exec without a command", async () => {
    expect(await ask("POST", "/containers/nosuch/exec", {})).toEqual({
      status: 400,
      text: message("No exec command specified"),
    });
  });
});

describe("clients of old versions", () => {
  test("get errors as text before API 1.23", async () => {
    expect(await ask("GET", "/v1.22/containers/nosuch/json")).toEqual({
      status: 404,
      text: "No such container: nosuch\n",
    });
    expect(await ask("GET", "/v1.23/containers/nosuch/json")).toEqual({
      status: 404,
      text: message("No such container: nosuch"),
    });
    expect((await ask("GET", "/v1.21/version")).text).toBe(
      "client version 1.21 is too old. Minimum supported API version is 1.22, please upgrade your client to a newer version\n",
    );
  });
});

describe("execs", () => {
  test("keep their process ID when they have ended; unstarted ones are forgotten with the run", async () => {
    const created = await daemon.call("POST", "/containers/create", { Image: "busybox", Cmd: ["sleep", "1000"] });
    const { Id } = JSON.parse(JSON.stringify(created));
    await daemon.call("POST", `/containers/${Id}/start`);
    const exec = async (): Promise<string> =>
      JSON.parse((await ask("POST", `/containers/${Id}/exec`, { Cmd: ["true"] })).text).Id;
    const [ended, unstarted] = [await exec(), await exec()];
    await ask("POST", `/exec/${ended}/start`, {});
    const { Pid, Running } = JSON.parse((await ask("GET", `/exec/${ended}/json`)).text);
    expect([Pid > 1, Running]).toEqual([true, false]);
    await daemon.call("POST", `/containers/${Id}/stop?t=0`);
    expect(await ask("POST", `/exec/${unstarted}/start`, { Detach: true })).toEqual({
      status: 404,
      text: message(`No such exec instance: ${unstarted}`),
    });
    await daemon.call("DELETE", `/containers/${Id}`);
  });

  test("have TERM as they have a terminal, whatever the container has", async () => {
    const termOf = async (name: string, Tty: boolean): Promise<string> => {
      const { text } = await ask("POST", `/containers/${name}/exec`, {
        Cmd: ["sh", "-c", "echo $TERM"],
        AttachStdout: true,
        Tty,
      });
      return (await ask("POST", `/exec/${JSON.parse(text).Id}/start`, { Tty: true })).text.trim();
    };
    for (const Tty of [true, false]) {
      const name = `terminal-${Tty}`;
      await daemon.call("POST", `/containers/create?name=${name}`, { Image: "busybox", Cmd: ["sleep", "1000"], Tty });
      await daemon.call("POST", `/containers/${name}/start`);
      expect([await termOf(name, false), await termOf(name, true)]).toEqual(["", "xterm"]);
      await daemon.call("DELETE", `/containers/${name}?force=1`);
    }
  });
});

describe("containers", () => {
  const outputOf = async (body: Record<string, unknown>, name = ""): Promise<string> => {
    const created = await ask("POST", `/containers/create?name=${name}`, { Image: "busybox", Tty: true, ...body });
    const { Id, message: refusal }: { Id?: string; message?: string } = JSON.parse(created.text);
    if (Id === undefined) return refusal ?? "";
    const started = await ask("POST", `/containers/${Id}/start`);
    if (started.status === 204) await daemon.call("POST", `/containers/${Id}/wait`);
    const { text } = started.status === 204 ? await ask("GET", `/containers/${Id}/logs?stdout=1`) : started;
    await daemon.call("DELETE", `/containers/${Id}?force=1`);
    return started.status === 204 ? text.replaceAll("\r", "") : JSON.parse(text).message;
  };

  test.each([
    ["an empty HOME is the user's", { Cmd: ["sh", "-c", "echo $HOME"], Env: ["HOME="] }, "/root\n"],
    [
      "the own network",
      { Cmd: ["true"], HostConfig: { NetworkMode: "container:self" } },
      "cannot join own network namespace",
    ],
    [
      "a directory without devices",
      {
        Cmd: ["true"],
        HostConfig: { Devices: [{ PathOnHost: "/etc/ssl", PathInContainer: "/x", CgroupPermissions: "rwm" }] },
      },
      'error gathering device information while adding custom device "/etc/ssl": not a device node',
    ],
    [
      "a parent control group with ..",
      { Cmd: ["echo", "ran"], HostConfig: { CgroupParent: "../../../../../berth-answers" } },
      "ran\n",
    ],
    ["no configuration at all", { Image: "" }, "no command specified"],
  ])("%s", async (_, body, expected) => {
    expect(await outputOf(body, "self")).toBe(expected);
  });

  test("may have links to names that are free, but on the default network", async () => {
    await daemon.call("POST", "/networks/create", { Name: "answers-links" });
    const HostConfig = { Links: ["later:alias"] };
    expect(await outputOf({ Cmd: ["echo", "ran"], HostConfig: { ...HostConfig, NetworkMode: "answers-links" } })).toBe(
      "ran\n",
    );
    expect(await outputOf({ Cmd: ["true"], HostConfig })).toBe(
      "could not get container for later: No such container: later",
    );
    await daemon.call("DELETE", "/networks/answers-links");
  });
});

test("an image without a name cannot be removed", async () => {
  expect(await ask("DELETE", "/images/%20")).toEqual({ status: 400, text: message("image name cannot be blank") });
});

test("a MAC address chosen on the main network is shown as the container's", async () => {
  const MacAddress = "02:42:ac:11:00:42";
  const NetworkingConfig = { EndpointsConfig: { bridge: { MacAddress } } };
  const { text } = await ask("POST", "/containers/create", { Image: "busybox", NetworkingConfig });
  const { Id } = JSON.parse(text);
  expect(await daemon.call("GET", `/containers/${Id}/json`)).toMatchObject({ Config: { MacAddress } });
  await daemon.call("DELETE", `/containers/${Id}`);
});

test("a MAC address conflicts with the host's network", async () => {
  const body = { Image: "busybox", MacAddress: "92:d0:c6:0a:29:33", HostConfig: { NetworkMode: "host" } };
  expect(await ask("POST", "/containers/create", body)).toEqual({
    status: 400,
    text: message("conflicting options: mac-address and the network mode"),
  });
});

describe("routes", () => {
  test("OPTIONS of any path", async () => {
    expect(await ask("OPTIONS", "/")).toEqual({ status: 200, text: "" });
    expect(await ask("OPTIONS", "/v1.51/containers/json")).toEqual({ status: 200, text: "" });
  });

  test("/networks/ with a trailing slash is the list", async () => {
    const [slash, plain] = [await ask("GET", "/networks/"), await ask("GET", "/networks")];
    expect(slash).toEqual(plain);
    expect(slash.status).toBe(200);
  });

  test.each([
    ["inspect", "GET", "/containers/app/alias/json", 200],
    ["inspect, percent-encoded", "GET", "/containers/app%2Falias/json", 200],
    ["start", "POST", "/containers/app/alias/start", 204],
    ["top", "GET", "/containers/app/alias/top", 200],
    ["stop", "POST", "/containers/app/alias/stop?t=0", 204],
    ["another name", "GET", "/containers/app/other/json", 404],
  ])("%s finds a container by a link's name", async (_, method, path, status) => {
    expect((await ask(method, path)).status).toBe(status);
  });

  test("a link's name can be used as the linked container's name", async () => {
    expect(await daemon.call("GET", "/containers/app/alias/json")).toMatchObject({ Name: "/target" });
  });

  test("network lists include containers before API 1.28", async () => {
    await daemon.call("POST", "/containers/target/start");
    const bridgeOf = async (version: string) => {
      const list: unknown = await daemon.call("GET", `/${version}/networks?filters={"name":["^bridge$"]}`);
      return Array.isArray(list) ? Object.keys(list[0].Containers) : undefined;
    };
    expect(await bridgeOf("v1.27")).toHaveLength(1);
    expect(await bridgeOf("v1.28")).toEqual([]);
  });
});

describe("names", () => {
  const ambiguous = message("refusing to create an ambiguous tag using digest algorithm as name");
  test.each([
    ["tag", "/images/busybox/tag?repo=sha256&tag=y"],
    ["commit", "/commit?container=target&repo=sha256&tag=y"],
    ["build", "/build?t=sha256:y"],
  ])("%s refuses the digest algorithm as a repository", async (_, path) => {
    expect(await ask("POST", path)).toEqual({ status: 400, text: ambiguous });
  });

  test.each([
    ["tag", "/images/busybox/tag"],
    ["commit", "/commit?container=target&"],
  ])("%s refuses a digest", async (_, path) => {
    const repository = `busybox@sha256:${"0".repeat(64)}`;
    const { status, text } = await ask("POST", `${path}${path.includes("?") ? "" : "?"}repo=${repository}`);
    expect({ status, text }).toEqual({ status: 400, text: message("cannot import digest reference") });
  });
});

test("a broken archive is loaded with status 200 and an error in the stream", async () => {
  const { status, text } = await ask("POST", "/images/load", Buffer.from("no archive at all"), {
    "Content-Type": "application/x-tar",
  });
  expect(status).toBe(200);
  expect(JSON.parse(text.trim().split("\r\n").at(-1) ?? "")).toMatchObject({
    error: expect.any(String),
    errorDetail: { message: expect.any(String) },
  });
});

test("an unknown log driver is rejected with exactly Docker's message", async () => {
  const request = { Image: "busybox", HostConfig: { LogConfig: { Type: "nosuch" } } };
  expect(await ask("POST", "/containers/create", request)).toEqual({
    status: 400,
    text: message("logger: no log driver named 'nosuch' is registered"),
  });
});

describe("an event's time", () => {
  test("lies within the duration of its request", async () => {
    for (let round = 0; round < 20; round++) {
      const before = Temporal.Now.instant().epochNanoseconds;
      await daemon.call("POST", `/volumes/create`, { Name: `clock${round}` });
      const after = Temporal.Now.instant().epochNanoseconds;
      const { text } = await ask("GET", `/events?since=0&until=${seconds(after)}&filters={"volume":["clock${round}"]}`);
      const [, at = "0"] = /"timeNano":(\d+)/.exec(text) ?? [];
      expect(BigInt(at)).toBeGreaterThanOrEqual(before);
      expect(BigInt(at)).toBeLessThanOrEqual(after);
    }
  });
});

const seconds = (time: bigint): string => `${time / 1_000_000_000n}.${String(time % 1_000_000_000n).padStart(9, "0")}`;

describe("Config of an image", () => {
  const current = ["Cmd", "Entrypoint", "Env", "Labels", "OnBuild", "User", "Volumes", "WorkingDir"];
  const old = ["AttachStderr", "AttachStdin", "AttachStdout", "Domainname", "Hostname", "Image", "OpenStdin"];

  test.each([
    ["v1.51", current],
    ["v1.50", current],
    ["v1.49", [...current, ...old, "StdinOnce", "Tty"].sort()],
    ["v1.24", [...current, ...old, "StdinOnce", "Tty"].sort()],
  ])("%s has its fields even if they are unset", async (version, fields) => {
    const image = await daemon.call("GET", `/${version}/images/busybox/json`);
    if (!(image instanceof Object) || !("Config" in image)) throw new Error("no Config");
    expect(Object.keys(Object(image.Config))).toEqual(fields);
    expect(image.Config).toMatchObject({ Cmd: ["sh"], Labels: null, User: "" });
  });
});

describe("a failed start", () => {
  test.each([
    ["a file that is not there", ["/nosuch"], 127],
    ["a directory", ["/tmp"], 126],
  ])("of %s answers with its exit code, which Berth's client takes", async (_, Cmd, exitCode) => {
    const created = await daemon.call("POST", "/containers/create", { Image: "busybox", Cmd });
    const { Id } = Object(created);
    const { text } = await ask("POST", `/containers/${Id}/start`);
    expect(JSON.parse(text)).toEqual({ message: expect.stringContaining(String(Cmd[0])), exitCode });
    expect(await daemon.call("GET", `/containers/${Id}/json`)).toMatchObject({ State: { ExitCode: exitCode } });
    expect((await daemon.berth(["run", "--rm", "busybox", ...Cmd])).code).toBe(exitCode);
  });
});
