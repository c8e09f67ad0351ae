// A pod as created by cri-dockerd: a sandbox with an external network, containers that join its namespaces, and the
// data that the kubelet reads. Source: cri-dockerd's core/sandbox_run.go, container_create.go and libdocker.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, mustRun } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

/** Below the API that cri-dockerd's client speaks. */
const VERSION = "/v1.43";
const POOL = `berth-kubepods-${process.pid}`;
const PARENT = `/${POOL}/burstable/pod1`;
const ANNOTATION = "annotation.io.kubernetes.container.restartCount";

interface Inspected {
  Id: string;
  State: { Pid: number; Status: string };
  Config: { Labels: Record<string, string> };
  HostConfig: { NetworkMode: string; IpcMode: string; OomScoreAdj: number; CgroupParent: string };
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
  ResolvConfPath: string;
  LogPath: string;
}

let daemon: TestDaemon;
let sandbox: Inspected;

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await daemon.request(method, `${VERSION}${path}`, body);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${JSON.parse(text).message}`);
  return JSON.parse(text || "null");
}

const inspect = (id: string) => call<Inspected>("GET", `/containers/${id}/json`);

async function start(name: string, config: object): Promise<Inspected> {
  const { Id } = await call<{ Id: string }>("POST", `/containers/create?name=${name}`, { Image: "busybox", ...config });
  await call("POST", `/containers/${Id}/start`);
  return inspect(Id);
}

const sandboxConfig = {
  Hostname: "pod1",
  Cmd: ["sleep", "1000"],
  Labels: { "io.kubernetes.docker.type": "podsandbox", "io.kubernetes.pod.uid": "u1", [ANNOTATION]: "0" },
  HostConfig: {
    IpcMode: "shareable",
    NetworkMode: "none",
    CgroupParent: PARENT,
    OomScoreAdj: -998,
    MemorySwap: 0,
    CpuShares: 2,
    SecurityOpt: ["no-new-privileges"],
    Sysctls: { "net.ipv4.ip_local_port_range": "1024 65000" },
  },
};

/** A container of the pod. */
const member = (config: object = {}, hostConfig: object = {}) => ({
  Cmd: ["sleep", "1000"],
  Healthcheck: { Test: ["NONE"] },
  Labels: { "io.kubernetes.docker.type": "container", "io.kubernetes.sandbox.id": sandbox.Id },
  ...config,
  HostConfig: {
    NetworkMode: `container:${sandbox.Id}`,
    IpcMode: `container:${sandbox.Id}`,
    CgroupParent: PARENT,
    RestartPolicy: { Name: "no" },
    ...hostConfig,
  },
});

async function execute(id: string, ...words: string[]): Promise<{ output: string; exitCode: number }> {
  const { code, stdout, stderr } = await daemon.docker(["exec", id, ...words]);
  return { output: stdout + stderr, exitCode: code };
}

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  sandbox = await start("k8s_POD_pod1_default_u1_0", sandboxConfig);
});
afterAll(async () => {
  await daemon.dispose();
  // Parents are the kubelet's to remove.
  const pools = ["", ...readdirSync("/sys/fs/cgroup")].flatMap((controller) =>
    [POOL, `${POOL}.slice`].map((name) => join("/sys/fs/cgroup", controller, name)).filter((path) => existsSync(path)),
  );
  await mustRun(["find", ...pools, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"]);
});

describe("the sandbox", () => {
  test("shows its namespaces, labels and modes as requested", () => {
    const { State, Config, HostConfig } = sandbox;
    expect(State.Status).toBe("running");
    expect(HostConfig).toMatchObject({ NetworkMode: "none", IpcMode: "shareable", OomScoreAdj: -998 });
    expect(Config.Labels).toEqual(sandboxConfig.Labels);
    expect(existsSync(`/proc/${State.Pid}/ns/net`)).toBe(true);
  });

  test("has an address in its own namespace once a CNI plugin gave it one, which its containers share", async () => {
    const name = `bk${process.pid}`.slice(0, 12);
    const inNamespace = ["nsenter", `--net=/proc/${sandbox.State.Pid}/ns/net`, "ip"];
    const peer = ["peer", "name", "eth0", "netns", String(sandbox.State.Pid)];
    await mustRun(["ip", "link", "add", name, "type", "veth", ...peer]);
    await mustRun([...inNamespace, "address", "add", "10.244.7.5/24", "dev", "eth0"]);
    await mustRun([...inNamespace, "link", "set", "eth0", "up"]);
    const app = await start("k8s_app_pod1_default_u1_0", member());
    expect((await execute(app.Id, "ip", "-4", "addr", "show", "eth0")).output).toContain("10.244.7.5/24");
    expect((await execute(app.Id, "hostname")).output).toBe("pod1\n");
    expect(app.NetworkSettings.Networks).toEqual({});
    // The address is the plugin's: a container that ends does not take it away.
    await call("DELETE", `/containers/${app.Id}?force=1`);
    expect(await mustRun([...inNamespace, "-4", "addr", "show", "eth0"])).toContain("10.244.7.5/24");
  });

  test("has a resolv.conf that cri-dockerd writes and the pod's containers read", async () => {
    const before = readFileSync(sandbox.ResolvConfPath, "utf8");
    writeFileSync(sandbox.ResolvConfPath, "nameserver 10.96.0.10\nsearch default.svc.cluster.local\noptions ndots:5\n");
    const app = await start("resolver", member());
    expect((await execute(app.Id, "cat", "/etc/resolv.conf")).output).toContain("nameserver 10.96.0.10\n");
    writeFileSync(sandbox.ResolvConfPath, before);
    await call("DELETE", `/containers/${app.Id}?force=1`);
  });

  test("has a name whose conflict error contains the container's ID, which cri-dockerd parses", async () => {
    const again = call("POST", `/containers/create?name=k8s_POD_pod1_default_u1_0`, { Image: "busybox" });
    await expect(again).rejects.toThrow(
      new RegExp(`Conflict. (?:.)+ is already in use by container \\"?${sandbox.Id}\\"?`),
    );
  });
});

describe("a container of the pod", () => {
  test("shares memory and, where the pod says so, processes with the others", async () => {
    const writer = await start("writer", member({ Cmd: ["sh", "-c", "echo hello >/dev/shm/x; exec sleep 1000"] }));
    const reader = await start("reader", member({}, { PidMode: `container:${writer.Id}` }));
    expect((await execute(reader.Id, "cat", "/dev/shm/x")).output).toBe("hello\n");
    expect((await execute(reader.Id, "cat", "/proc/1/comm")).output).toBe("sleep\n");
    expect(reader.HostConfig.IpcMode).toBe(`container:${sandbox.Id}`);
    await call("DELETE", `/containers/${reader.Id}?force=1`);
    await call("DELETE", `/containers/${writer.Id}?force=1`);
  });

  test.each([PARENT, `${POOL}.slice`])("is in the cgroup %s", async (parent) => {
    const app = await start("", member({}, { CgroupParent: parent }));
    const cgroups = readFileSync(`/proc/${app.State.Pid}/cgroup`, "utf8");
    expect(cgroups).toContain(`${parent.startsWith("/") ? parent : `/${parent}`}/`);
    expect(app.HostConfig.CgroupParent).toBe(parent);
    await call("DELETE", `/containers/${app.Id}?force=1`);
  });

  test("has the kubelet's hosts file and read-only mounts instead of the engine's", async () => {
    const hosts = `${daemon.directory}/kubelet-hosts`;
    writeFileSync(hosts, "10.244.7.5 pod1\n");
    const Mounts = [{ Type: "bind", Source: hosts, Target: "/etc/hosts", ReadOnly: true, BindOptions: {} }];
    const app = await start("hosts", member({}, { Mounts }));
    expect((await execute(app.Id, "cat", "/etc/hosts")).output).toBe("10.244.7.5 pod1\n");
    expect((await execute(app.Id, "touch", "/etc/hosts")).exitCode).not.toBe(0);
    await call("DELETE", `/containers/${app.Id}?force=1`);
  });

  test("is found by labels and by its sandbox", async () => {
    const app = await start("listed", member());
    const filters = { label: ["io.kubernetes.docker.type=container", `io.kubernetes.sandbox.id=${sandbox.Id}`] };
    const list = (query: object) =>
      call<{ Id: string }[]>("GET", `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify(query))}`);
    expect((await list(filters)).map(({ Id }) => Id)).toEqual([app.Id]);
    expect((await list({ label: [`${ANNOTATION}=0`] })).map(({ Id }) => Id)).toEqual([sandbox.Id]);
    await call("DELETE", `/containers/${app.Id}?force=1`);
  });

  test("can be resized in place", async () => {
    const app = await start("resized", member({}, { Memory: 64 << 20, MemorySwap: 64 << 20 }));
    await call("POST", `/containers/${app.Id}/update`, { Memory: 32 << 20, MemorySwap: 32 << 20, CpuShares: 512 });
    expect(await inspect(app.Id)).toMatchObject({ HostConfig: { Memory: 32 << 20, CpuShares: 512 } });
    await call("DELETE", `/containers/${app.Id}?force=1`);
  });

  test.each([
    [["true"], 0],
    [["sh", "-c", "exit 3"], 3],
    [["sh", "-c", "kill -9 $$"], 137],
    [["nosuchprogram"], 127],
  ])("answers the exec %p, as probes run it, with %p", async (Cmd, expected) => {
    const app = await start("", member());
    const { Id } = await call<{ Id: string }>("POST", `/containers/${app.Id}/exec`, {
      Cmd,
      AttachStdout: true,
      AttachStderr: true,
    });
    await (await daemon.request("POST", `${VERSION}/exec/${Id}/start`, { Detach: false, Tty: false })).text();
    const { Running, ExitCode, Pid } = await call<{ Running: boolean; ExitCode: number; Pid: number }>(
      "GET",
      `/exec/${Id}/json`,
    );
    expect({ Running, ExitCode }).toEqual({ Running: false, ExitCode: expected });
    expect(Pid).toBeNumber();
    await call("DELETE", `/containers/${app.Id}?force=1`);
  });
});

test("the kubelet can read the log through its symbolic link to LogPath", async () => {
  const app = await start("logging", member({ Cmd: ["sh", "-c", "echo out; echo err >&2; exec sleep 1000"] }));
  expect(app.LogPath).toEndWith(`/${app.Id}-json.log`);
  await eventually("both lines", () => readFileSync(app.LogPath, "utf8").split("\n").length === 3);
  const lines = readFileSync(app.LogPath, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
  expect(lines.toSorted((a, b) => (a.stream < b.stream ? -1 : 1))).toEqual([
    { log: "err\n", stream: "stderr", time },
    { log: "out\n", stream: "stdout", time },
  ]);
  await call("DELETE", `/containers/${app.Id}?force=1`);
});

test("provides the stats, disk usage and cgroup driver that the kubelet's summary needs", async () => {
  const app = await start("measured", member());
  const stats = await call<{
    cpu_stats: { cpu_usage: { total_usage: number } };
    memory_stats: { usage: number };
  }>("GET", `/containers/${app.Id}/stats?stream=0&one-shot=1`);
  expect(stats.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(0);
  expect(stats.memory_stats.usage).toBeGreaterThan(0);
  const sized = await call<{ SizeRw: number }>("GET", `/containers/${app.Id}/json?size=1`);
  expect(sized.SizeRw).toBeNumber();
  const info = await call<{ CgroupDriver: string; DockerRootDir: string; Runtimes: Record<string, object> }>(
    "GET",
    "/info",
  );
  expect(info).toMatchObject({ CgroupDriver: "cgroupfs", DockerRootDir: daemon.dataRoot });
  expect(await call("GET", "/system/df?type=image")).toHaveProperty("LayersSize");
  await call("DELETE", `/containers/${app.Id}?force=1`);
});

test("a sandbox stops within its grace period and is removed with its volumes, leaving its parent cgroup empty", async () => {
  const pod = await start("k8s_POD_pod2_default_u2_0", { ...sandboxConfig, Hostname: "pod2" });
  await call("POST", `/containers/${pod.Id}/stop?t=0`);
  expect((await inspect(pod.Id)).State.Status).toBe("exited");
  await call("DELETE", `/containers/${pod.Id}?v=1`);
  await expect(inspect(pod.Id)).rejects.toThrow(`404 No such container: ${pod.Id}`);
});
