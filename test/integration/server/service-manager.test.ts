// systemd integration: readiness and stop notifications, socket activation.
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, eventually } from "../../support/command.ts";
import { berthCommand, startDaemon } from "../../support/daemon.ts";
import { NotifySocket } from "../../support/notify-socket.ts";
import { freePort } from "../../support/port.ts";
import { lacks } from "../../support/requirement.ts";

const directory = mkdtempSync(join(tmpdir(), "berth-service-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const ACTIVATE = "systemd-socket-activate";
const withoutActivation = Bun.which(ACTIVATE) === null;

const ping = (socket: string) =>
  fetch("http://localhost/_ping", { unix: socket }).then(
    (answer) => answer.ok,
    () => false,
  );

function connects(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).finally(() => socket.destroy());
}

test("notifies systemd of readiness and stop; neither its programs nor containers get the socket", async () => {
  const path = join(directory, "notify");
  using manager = new NotifySocket(path);
  await using daemon = await startDaemon({ env: { NOTIFY_SOCKET: path } });
  // Programs such as busctl also send messages when they have the socket.
  expect(await eventually("the first message", () => manager.take())).toBe("READY=1");
  await daemon.importBusybox();
  const { stdout, code } = await daemon.docker(["run", "--rm", "--network", "none", "busybox", "env"]);
  expect(code).toBe(0);
  expect(stdout).not.toContain("NOTIFY_SOCKET");
  await daemon.stop();
  expect(manager.take()).toBe("STOPPING=1");
});

test.skipIf(lacks("systemd-socket-activate", !withoutActivation))(
  "sockets that were opened for it are its own, and stay when it ends",
  async () => {
    const path = join(directory, "api.sock");
    await (async () => {
      // The program that opens the socket becomes the daemon with the first client.
      const firstClient = eventually("an answer", () => ping(path));
      await using daemon = await startDaemon({ prefix: [ACTIVATE, "--listen", path], arguments: ["-H", "fd://"] });
      expect(await firstClient).toBe(true);
      await daemon.importBusybox();
      const list = ["run", "--rm", "--network", "none", "busybox", "ls", "/proc/self/fd"];
      const { stdout } = await daemon.docker(list);
      expect(stdout.trim().split("\n")).toEqual(["0", "1", "2", "3"]);
    })();
    expect(existsSync(path)).toBe(true);
  },
);

test.skipIf(lacks("systemd-socket-activate", !withoutActivation))(
  "a TCP socket needs TLS, whoever opened it",
  async () => {
    const port = await freePort();
    const daemon = [
      ...berthCommand,
      "daemon",
      "--data-root",
      join(directory, "d"),
      "--exec-root",
      join(directory, "e"),
    ];
    const ended = command([ACTIVATE, "--listen", `127.0.0.1:${port}`, ...daemon, "-H", "fd://"]);
    await eventually("the socket", () => connects(port));
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain("refusing to listen on fd://3 without --tlsverify");
  },
);

test("rejects fd:// without passed sockets", async () => {
  const roots = ["--data-root", join(directory, "d"), "--exec-root", join(directory, "e")];
  const { code, stderr } = await command([...berthCommand, "daemon", ...roots, "-H", "fd://"]);
  expect(code).toBe(1);
  expect(stderr).toContain("no sockets found via socket activation: make sure the service was started by systemd");
});
