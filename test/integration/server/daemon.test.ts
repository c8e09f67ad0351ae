// The daemon process: refused starts, preserved state, shutdown.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command, eventually } from "../../support/command.ts";
import { berthCommand, startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { freePort } from "../../support/port.ts";

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startDaemon();
});
afterAll(() => daemon.dispose());

/** Runs `berth daemon` with its own roots until it exits; returns its output. */
function attempt(name: string, ...argv: string[]) {
  const directory = join(daemon.directory, name);
  return command([
    ...[...berthCommand, "daemon", "--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")],
    ...argv,
  ]);
}

describe("a running daemon", () => {
  test("every response has the Server header", async () => {
    for (const path of ["/_ping", "/version", "/nowhere", "/v1.99/info", "/v1.30/info"]) {
      const { headers } = await daemon.request("GET", path);
      expect(headers.get("api-version")).toBe("1.51");
      expect(headers.get("ostype")).toBe("linux");
      expect(headers.get("docker-experimental")).toBe("false");
      expect(headers.get("server")).toMatch(/^Docker\/\d+\.\d+\.\d+ \(linux\)$/);
    }
  });

  test("ping", async () => {
    const reply = await daemon.request("GET", "/_ping");
    expect(await reply.text()).toBe("OK");
    expect(reply.headers.get("cache-control")).toBe("no-cache, no-store, must-revalidate");
    expect(reply.headers.get("swarm")).toBe("inactive");
    const head = await daemon.request("HEAD", "/_ping");
    expect(head.headers.get("content-length")).toBe("0");
  });

  test("version, info and disk usage under every version of the API", async () => {
    for (const prefix of ["", "/v1.24", "/v1.40", "/v1.44", "/v1.51"]) {
      const version = await (await daemon.request("GET", `${prefix}/version`)).json();
      expect(version).toMatchObject({ ApiVersion: "1.51", MinAPIVersion: "1.22", Os: "linux" });
      const info = await (await daemon.request("GET", `${prefix}/info`)).json();
      expect(info).toMatchObject({ Containers: 0, OSType: "linux", DockerRootDir: daemon.dataRoot });
      const usage = await (await daemon.request("GET", `${prefix}/system/df`)).json();
      expect(usage).toMatchObject({ Containers: [], Volumes: [], BuildCache: [] });
    }
    const part = await (await daemon.request("GET", "/system/df?type=volume")).json();
    expect(part).toEqual({ LayersSize: 0, Images: null, Containers: null, Volumes: [], BuildCache: null });
    expect((await daemon.request("GET", "/system/df?type=nonsense")).status).toBe(400);
  });

  test("older versions of the API get the fields they know", async () => {
    const info = async (version: string) => (await daemon.request("GET", `/v${version}/info`)).json();
    const [oldest, older, newest] = [await info("1.24"), await info("1.46"), await info("1.51")];
    expect(oldest).toMatchObject({
      SecurityOptions: expect.arrayContaining(["seccomp"]),
      BridgeNfIptables: false,
      RuncCommit: { ID: "", Expected: "" },
      RegistryConfig: { AllowNondistributableArtifactsCIDRs: null },
    });
    expect(older).toMatchObject({ SecurityOptions: expect.arrayContaining(["name=seccomp,profile=builtin"]) });
    expect(older).not.toHaveProperty("FirewallBackend");
    expect(newest).toMatchObject({ FirewallBackend: { Driver: "nftables" }, RuncCommit: { ID: "" } });
    for (const gone of [
      "BridgeNfIptables",
      "RuncCommit.Expected",
      "RegistryConfig.AllowNondistributableArtifactsCIDRs",
    ]) {
      expect(newest).not.toHaveProperty(gone);
    }
    const usage = async (query: string) => (await daemon.request("GET", query)).json();
    expect(await usage("/v1.41/system/df?type=volume")).toMatchObject({ Containers: [], BuilderSize: 0 });
    expect(await usage("/v1.42/system/df?type=build-cache")).toMatchObject({ BuildCache: [], Volumes: null });
  });

  test("lists only usable drivers", async () => {
    const info = await (await daemon.request("GET", "/info")).json();
    expect(info).toMatchObject({
      Plugins: { Volume: ["local"], Network: ["bridge", "host", "ipvlan", "macvlan", "null"] },
    });
    const everywhere = expect.arrayContaining(["json-file", "local", "none", "syslog"]);
    expect(info).toHaveProperty("Plugins.Log", everywhere);
    const journal = expect.arrayContaining(["journald"]);
    const hasJournal = existsSync("/run/systemd/journal/socket");
    expect(info).toHaveProperty("Plugins.Log", hasJournal ? journal : expect.not.arrayContaining(["journald"]));
  });

  test("disabled features respond as Docker's do", async () => {
    const swarm = await daemon.request("GET", "/swarm");
    expect(swarm.status).toBe(503);
    expect(await swarm.json()).toEqual({ message: expect.stringContaining("This node is not a swarm manager.") });
    expect(await (await daemon.request("GET", "/plugins")).json()).toEqual([]);
  });

  test("restricts its socket to root and one group", () => {
    const { mode, uid } = statSync(daemon.socket);
    expect(mode & 0o777).toBe(0o660);
    expect(uid).toBe(0);
  });

  test("writes its PID to the pid file", () => {
    expect(readFileSync(join(daemon.execRoot, "berth.pid"), "utf8")).toBe(String(daemon.pid));
  });

  test("the event stream sends its headers before the first event", async () => {
    const gone = new AbortController();
    const reply = await fetch("http://localhost/events", { unix: daemon.socket, signal: gone.signal });
    expect(reply.headers.get("content-type")).toBe("application/json");
    gone.abort();
  });
});

describe("refused at start", () => {
  test("the data root of another daemon", async () => {
    const socket = join(daemon.directory, "second.sock");
    const second = await command([
      ...berthCommand,
      "daemon",
      "--data-root",
      daemon.dataRoot,
      "--exec-root",
      daemon.execRoot,
      "-H",
      `unix://${socket}`,
    ]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`another daemon (process ${daemon.pid}) uses the data root ${daemon.dataRoot}`);
    expect(existsSync(socket)).toBe(false);
    expect((await daemon.request("GET", "/_ping")).ok).toBe(true);
  });

  test("the socket of another daemon", async () => {
    const second = await attempt("second", "-H", `unix://${daemon.socket}`);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("another daemon answers there");
    expect((await daemon.request("GET", "/_ping")).ok).toBe(true);
  });

  test("the bridge of another daemon, whose firewall rules it would undo", async () => {
    const socket = join(daemon.directory, "second.sock");
    const second = await attempt("second", "--bridge", daemon.bridge, "-H", `unix://${socket}`);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`another daemon has the bridge ${daemon.bridge} and its firewall rules`);
    expect(existsSync(socket)).toBe(false);
    expect((await daemon.request("GET", "/_ping")).ok).toBe(true);
  });

  test("a path that is not a socket", async () => {
    const path = join(daemon.directory, "precious");
    writeFileSync(path, "data");
    const second = await attempt("second", "-H", `unix://${path}`);
    expect(second.code).toBe(1);
    expect(readFileSync(path, "utf8")).toBe("data");
  });

  test.each([
    [["-H", "tcp://127.0.0.1:1"], "refusing to listen on tcp://127.0.0.1:1 without --tlsverify"],
    [["-H", "tcp://127.0.0.1:1", "--tls"], "without --tlsverify"],
    [["-H", "tcp://127.0.0.1:1", "--tlsverify", "--tlscert", "/nowhere"], "could not read the TLS certificate"],
    [["-H", "npipe://"], "invalid host"],
    [["--nonsense"], "unknown flag: --nonsense"],
    [["--config-file", "/nowhere.json"], "unable to configure the daemon with file /nowhere.json"],
    [["--group", "nobody-knows-it", "-H", "unix:///tmp/berth-test-never.sock"], "group nobody-knows-it not found"],
  ])("%j", async (argv, message) => {
    const result = await attempt("refused", ...argv);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(message);
  });

  test("a configuration that --validate rejects", async () => {
    const path = join(daemon.directory, "bad.json");
    writeFileSync(path, '{"debugg": true}');
    const bad = await attempt("validated", "--validate", "--config-file", path);
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain("the following directives don't match any configuration option: debugg");
    writeFileSync(path, '{"debug": true}');
    const good = await attempt("validated", "--validate", "--config-file", path);
    expect(good).toMatchObject({ code: 0, stdout: "configuration OK\n" });
    expect(existsSync(join(daemon.directory, "validated"))).toBe(false);
  });
});

describe("life", () => {
  test("SIGTERM stops it cleanly, and a new one can start", async () => {
    await using other = await startDaemon();
    const stream = other.request("GET", "/events").then((reply) => reply.text());
    const streamEnd = stream.catch(() => "closed");
    await Bun.sleep(50);
    expect(await other.stop()).toBe(0);
    expect(await streamEnd).toBeOneOf(["", "closed"]);
    expect(existsSync(other.socket)).toBe(false);
    expect(existsSync(join(other.execRoot, "berth.pid"))).toBe(false);
    await other.start();
    expect((await other.request("GET", "/_ping")).ok).toBe(true);
  });

  test("after kill -9 a new one replaces the stale socket and keeps its identity", async () => {
    await using other = await startDaemon();
    const before = await (await other.request("GET", "/info")).json();
    await other.stop("SIGKILL");
    expect(existsSync(other.socket)).toBe(true);
    await other.start();
    const after = await (await other.request("GET", "/info")).json();
    expect(after).toMatchObject({ ID: before instanceof Object && "ID" in before ? before.ID : "" });
  });

  test("SIGHUP reloads reloadable settings; an invalid file changes nothing", async () => {
    await using other = await startDaemon({ config: { labels: ["stage=one"] } });
    const path = join(other.directory, "daemon.json");
    const content = readFileSync(path, "utf8");
    const labels = async () => (await other.request("GET", "/info")).json();
    expect(await labels()).toMatchObject({ Labels: ["stage=one"] });
    writeFileSync(path, content.replace("stage=one", "stage=two"));
    process.kill(other.pid, "SIGHUP");
    await eventually("the reload", () => other.log.includes("configuration reloaded"));
    expect(await labels()).toMatchObject({ Labels: ["stage=two"] });
    writeFileSync(path, "{ nonsense");
    process.kill(other.pid, "SIGHUP");
    await eventually("the refusal", () => other.log.includes("failed to reload configuration"));
    expect(await labels()).toMatchObject({ Labels: ["stage=two"] });
    const filters = encodeURIComponent('{"type":["daemon"]}');
    const events = await other.request(
      "GET",
      `/events?since=1&until=${Math.ceil(Date.now() / 1000)}&filters=${filters}`,
    );
    expect(await events.text()).toContain('"Action":"reload"');
  });

  test("applies its defaults to containers without own settings", async () => {
    await using other = await startDaemon({
      config: {
        "default-cgroupns-mode": "private",
        "default-ipc-mode": "shareable",
        "default-shm-size": "8m",
        "default-ulimits": { nofile: { Name: "nofile", Soft: 512, Hard: 600 } },
        "log-format": "json",
        "no-new-privileges": true,
      },
    });
    await other.importBusybox();
    const script = "df -k /dev/shm | tail -1; ulimit -Sn; ulimit -Hn; grep NoNewPrivs /proc/self/status";
    const made = await other.docker(["run", "--name", "one", "--network", "none", "busybox", "sh", "-c", script]);
    expect(made.stdout).toMatch(/\b8192\b.*\n512\n600\nNoNewPrivs:\s1\n$/s);
    expect(await other.call("GET", "/containers/one/json")).toMatchObject({
      HostConfig: { CgroupnsMode: "private", IpcMode: "shareable", ShmSize: 8 << 20 },
    });
    for (const line of other.log.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("level");
  });

  test("plain TCP requires an explicit flag and logs a warning", async () => {
    const port = await freePort();
    await using other = await startDaemon({ arguments: ["-H", `tcp://127.0.0.1:${port}`, "--tlsverify=false"] });
    expect(await (await fetch(`http://127.0.0.1:${port}/_ping`)).text()).toBe("OK");
    expect(other.log).toContain("LISTENING WITHOUT CLIENT CERTIFICATES");
  });
});
