// Joining namespaces of other containers, and security options.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, exitCode, messageOf, post, remove, run, sharedDaemon } from "./support.ts";

const daemon = sharedDaemon();
const sleeper = { Cmd: ["sleep", "1000"] };

/** What a container writes until its end. */
async function outputOf(body: Record<string, unknown>): Promise<string> {
  const id = await create(daemon(), { Tty: true, ...body });
  await post(daemon(), `/containers/${id}/start`);
  await exitCode(daemon(), id);
  const output = await (await daemon().request("GET", `/containers/${id}/logs?stdout=1`)).text();
  await remove(daemon(), id);
  return output.replaceAll("\r", "");
}

describe("the IPC namespace of another container", () => {
  test("of a container in the host's namespace is the host's, also indirectly", async () => {
    const donor = await run(daemon(), { ...sleeper, HostConfig: { IpcMode: "host" } });
    const second = await run(daemon(), { ...sleeper, HostConfig: { IpcMode: `container:${donor}` } });
    const [own] = (await Bun.$`readlink /proc/self/ns/ipc`.text()).split("\n");
    for (const id of [donor, second]) {
      const seen = await outputOf({
        Cmd: ["readlink", "/proc/self/ns/ipc"],
        HostConfig: { IpcMode: `container:${id}` },
      });
      expect(seen.trim()).toBe(own ?? "");
    }
    await remove(daemon(), donor, second);
  });

  test("of a container that does not share it cannot be joined", async () => {
    const donor = await run(daemon(), { ...sleeper, HostConfig: { IpcMode: "private" } });
    const id = await create(daemon(), { ...sleeper, HostConfig: { IpcMode: `container:${donor}` } });
    expect(await messageOf(await daemon().request("POST", `/containers/${id}/start`))).toBe(
      `failed to join IPC namespace: container ${donor}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    );
    await remove(daemon(), donor, id);
  });
});

describe("the network of another container", () => {
  test("must be named", async () => {
    const body = { Image: "busybox", ...sleeper, HostConfig: { NetworkMode: "container:" } };
    const answer = await daemon().request("POST", "/containers/create", body);
    expect([answer.status, await messageOf(answer)]).toEqual([
      400,
      "invalid network mode: invalid container format container:<name|id>",
    ]);
  });

  test("of a container that joins a third one is the third one's, with its name and files", async () => {
    const owner = await run(daemon(), { ...sleeper, Hostname: "owner", HostConfig: { ExtraHosts: ["far:192.0.2.1"] } });
    const middle = await run(daemon(), { ...sleeper, HostConfig: { NetworkMode: `container:${owner}` } });
    const HostConfig = { NetworkMode: `container:${middle}` };
    const last = await run(daemon(), { ...sleeper, HostConfig });
    const show = ["sh", "-c", "readlink /proc/self/ns/net; hostname; cat /etc/hosts /etc/resolv.conf /etc/hostname"];
    const [ofOwner, ofLast] = await Promise.all([owner, last].map((id) => daemon().docker(["exec", id, ...show])));
    expect(ofLast).toEqual(ofOwner);
    expect(ofLast?.stdout).toContain("far");
    const copied = await daemon().docker(["cp", `${last}:/etc/hosts`, "-"]);
    expect(copied.stdout).toContain("192.0.2.1\tfar");
    await remove(daemon(), last, middle, owner);
  });
});

describe("a container whose namespace is joined", () => {
  test.each([
    ["PidMode", 500, (id: string) => `failed to join PID namespace: container ${id} is not running`],
    ["IpcMode", 409, (id: string) => `failed to join IPC namespace: container ${id} is not running`],
    ["NetworkMode", 409, () => "cannot join network namespace of a non running container: container donor is created"],
  ])("must run: %s", async (mode, status, messageFor) => {
    const donor = await create(daemon(), sleeper, "donor");
    const id = await create(daemon(), { ...sleeper, HostConfig: { [mode]: "container:donor" } });
    const answer = await daemon().request("POST", `/containers/${id}/start`);
    expect([answer.status, await messageOf(answer)]).toEqual([status, messageFor(donor)]);
    await remove(daemon(), donor, id);
  });

  test("may be renamed: the modes have its ID", async () => {
    const donor = await run(daemon(), { ...sleeper, HostConfig: { IpcMode: "shareable" } }, "donor");
    const mode = "container:donor";
    const id = await create(daemon(), { ...sleeper, HostConfig: { PidMode: mode, IpcMode: mode, NetworkMode: mode } });
    await post(daemon(), `/containers/${donor}/rename?name=other`);
    await post(daemon(), `/containers/${id}/start`);
    const joined = `container:${donor}`;
    expect(await daemon().call("GET", `/containers/${id}/json`)).toMatchObject({
      HostConfig: { PidMode: joined, IpcMode: joined, NetworkMode: joined },
      State: { Running: true },
    });
    await remove(daemon(), id, donor);
  });

  test("must exist at the start if its network is joined", async () => {
    const id = await create(daemon(), { ...sleeper, HostConfig: { NetworkMode: "container:absent" } });
    const answer = await daemon().request("POST", `/containers/${id}/start`);
    expect([answer.status, await messageOf(answer)]).toEqual([
      500,
      "joining network namespace of container: No such container: absent",
    ]);
    await remove(daemon(), id);
  });
});

describe("security options", () => {
  const cgroupsAreWritable = async (HostConfig: Record<string, unknown>): Promise<boolean> => {
    const options = await outputOf({ Cmd: ["grep", " /sys/fs/cgroup", "/proc/mounts"], HostConfig });
    const [line = ""] = options.split("\n").filter((mount) => / cgroup2? /.test(mount));
    return line.split(" ")[3]?.split(",").includes("rw") ?? false;
  };

  test.each([
    [{}, false],
    [{ SecurityOpt: ["writable-cgroups"] }, true],
    [{ SecurityOpt: ["writable-cgroups=true"] }, true],
    [{ Privileged: true }, true],
    [{ Privileged: true, SecurityOpt: ["writable-cgroups=false"] }, false],
  ])("%j: control groups are writable: %p", async (HostConfig, writable) => {
    expect(await cgroupsAreWritable(HostConfig)).toBe(writable);
  });

  test("a requested seccomp profile also applies to a privileged container", async () => {
    const profile = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }],
    };
    const SecurityOpt = [`seccomp=${JSON.stringify(profile)}`];
    const Cmd = ["sh", "-c", "mkdir /x && echo made"];
    expect(await outputOf({ Cmd, HostConfig: { Privileged: true, SecurityOpt } })).toContain("not permitted");
    expect(await outputOf({ Cmd, HostConfig: { Privileged: true } })).toBe("made\n");
  });
});

test.each([-1, 2 ** 63])("rejects a CPU quota of %p, at create and update", async (CpuQuota) => {
  const id = await run(daemon(), { ...sleeper, HostConfig: { CpuQuota } });
  const quota = async (): Promise<string> => {
    const { stdout } = await daemon().docker([
      "exec",
      id,
      "sh",
      "-c",
      "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us || cut -d' ' -f1 /sys/fs/cgroup/cpu.max",
    ]);
    return stdout.trim();
  };
  expect(["-1", "max"]).toContain(await quota());
  await post(daemon(), `/containers/${id}/update`, { CpuQuota: 50_000 });
  expect(await quota()).toBe("50000");
  await post(daemon(), `/containers/${id}/update`, { CpuQuota });
  expect(["-1", "max"]).toContain(await quota());
  const inspection = await daemon().docker(["inspect", "-f", "{{.HostConfig.CpuQuota}}", id]);
  expect([inspection.code, inspection.stderr]).toEqual([0, ""]);
  await remove(daemon(), id);
});

describe("mount points missing in the image", () => {
  let shared = "";
  beforeAll(() => {
    shared = mkdtempSync(join(tmpdir(), "berth-mount-points-"));
  });
  afterAll(() => rmSync(shared, { recursive: true, force: true }));

  test("have Docker's modes, which a commit preserves", async () => {
    const HostConfig = {
      Binds: [`${shared}:/bound/here`, "/etc/hostname:/files/name:ro", "mount-points:/data", `${shared}:/data/in/it`],
      Tmpfs: { "/memory/here": "" },
    };
    const id = await create(daemon(), { Cmd: ["stat", "-c", "%a %F", "/data/in", "/data/in/it"], HostConfig });
    await post(daemon(), `/containers/${id}/start`);
    await exitCode(daemon(), id);
    expect((await daemon().docker(["logs", id])).stdout).toBe("755 directory\n700 directory\n");
    await daemon().docker(["commit", id, "with-mount-points"]);
    const paths = ["/bound", "/bound/here", "/files", "/memory", "/memory/here", "/data", "/files/name"];
    const modes = await outputOf({ Image: "with-mount-points", Cmd: ["stat", "-c", "%a %F", ...paths] });
    expect(modes.split("\n").filter(Boolean)).toEqual([
      ...Array.from({ length: 6 }, () => "755 directory"),
      "755 regular empty file",
    ]);
    await remove(daemon(), id);
    await daemon().docker(["volume", "rm", "mount-points"]);
    await daemon().docker(["rmi", "with-mount-points"]);
  });
});

test("a started container executes its own program when the start is answered", async () => {
  for (let round = 0; round < 20; round++) {
    const id = await create(daemon(), sleeper);
    await post(daemon(), `/containers/${id}/start`);
    const pid = (await daemon().docker(["inspect", "-f", "{{.State.Pid}}", id])).stdout.trim();
    const program = await Bun.$`readlink /proc/${pid}/exe`.text();
    expect(program.trim()).toBe("/bin/busybox");
    await remove(daemon(), id);
  }
});
