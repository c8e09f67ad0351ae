// Requests that contradict each other or the state of a container, with Docker's messages and statuses.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  const run = ["run", "-d", "--network", "none", "--stop-signal", "KILL"];
  await daemon.docker([...run, "--name", "frozen", "busybox", "sleep", "1000"]);
  await daemon.docker(["pause", "frozen"]);
  await daemon.docker([...run, "--name", "running", "busybox", "sleep", "1000"]);
  await daemon.docker([...run, "--name", "removed-at-exit", "--rm", "busybox", "sleep", "1000"]);
});

afterAll(() => daemon.dispose());

async function refusal(method: string, path: string, body?: unknown): Promise<{ status: number; message: unknown }> {
  const answer = await daemon.request(method, path, body);
  const content: unknown = await answer.json();
  const message = typeof content === "object" && content !== null && "message" in content ? content.message : content;
  return { status: answer.status, message };
}

describe("a paused container", () => {
  test("runs no further command", async () => {
    expect(await refusal("POST", "/containers/frozen/exec", { Cmd: ["true"] })).toEqual({
      status: 409,
      message: "Container frozen is paused, unpause the container before exec",
    });
  });

  test("cannot be attached to", async () => {
    const answer = await daemon.request("POST", "/containers/frozen/attach?stream=1&stdout=1");
    expect(answer.status).toBe(409);
    expect(await answer.text()).toBe("container frozen is paused, unpause the container before attach\r\n");
  });

  test("cannot be removed without force", async () => {
    expect(await refusal("DELETE", "/containers/frozen")).toEqual({
      status: 409,
      message: 'cannot remove container "frozen": container is paused and must be unpaused first',
    });
  });
});

describe("a running container", () => {
  test("keeps its name when renamed to it", async () => {
    expect(await refusal("POST", "/containers/running/rename?name=running")).toEqual({
      status: 400,
      message: "Renaming a container with the same name as its current name",
    });
  });

  test("gets no restart policy if it is removed at its exit", async () => {
    const { status, message } = await refusal("POST", "/containers/removed-at-exit/update", {
      RestartPolicy: { Name: "always" },
    });
    expect(status).toBe(409);
    expect(message).toMatch(
      /^Cannot update container \w{64}: Restart policy cannot be updated because AutoRemove is enabled for the container$/,
    );
  });

  test("starts an exec once", async () => {
    const created = await daemon.call("POST", "/containers/running/exec", { Cmd: ["true"] });
    const id = typeof created === "object" && created !== null && "Id" in created ? String(created.Id) : "";
    expect((await daemon.request("POST", `/exec/${id}/start`, { Detach: true })).status).toBe(200);
    expect(await refusal("POST", `/exec/${id}/start`, { Detach: true })).toEqual({
      status: 409,
      message: `Error: Exec command ${id} has already run`,
    });
  });

  test("takes no invalid detach keys", async () => {
    expect(await refusal("POST", "/containers/running/exec", { Cmd: ["true"], DetachKeys: "ctrl-" })).toEqual({
      status: 400,
      message: "Invalid escape keys (ctrl-) provided",
    });
  });
});

describe("rejected on creation", () => {
  const joined = { NetworkMode: "container:running" };
  test.each([
    [
      "can't create 'AutoRemove' container with restart policy",
      { AutoRemove: true, RestartPolicy: { Name: "always" } },
    ],
    [
      "conflicting options: port publishing and the container type network mode",
      { ...joined, PortBindings: { "80/tcp": [{ HostPort: "" }] } },
    ],
    [
      "logger: max-buffer-size option is only supported with 'mode=non-blocking'",
      { LogConfig: { Type: "json-file", Config: { "max-buffer-size": "1m" } } },
    ],
    [
      "error parsing option max-buffer-size: invalid size: 'x'",
      { LogConfig: { Type: "json-file", Config: { mode: "non-blocking", "max-buffer-size": "x" } } },
    ],
  ])("%s", async (message, HostConfig) => {
    expect(await refusal("POST", "/containers/create", { Image: "busybox", HostConfig })).toEqual({
      status: 400,
      message,
    });
  });

  test("exposed ports in another container's network", async () => {
    const request = { Image: "busybox", ExposedPorts: { "80/tcp": {} }, HostConfig: joined };
    expect(await refusal("POST", "/containers/create", request)).toEqual({
      status: 400,
      message: "conflicting options: port exposing and the container type network mode",
    });
  });

  test("a network without addresses of either family", async () => {
    const request = { Name: "no-addresses", EnableIPv4: false, EnableIPv6: false };
    expect(await refusal("POST", "/networks/create", request)).toEqual({
      status: 400,
      message: "IPv4 or IPv6 must be enabled",
    });
  });
});
