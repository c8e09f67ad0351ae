// userns-remap: root in a container is unprivileged on the host, while files on disk keep the container's ids.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../support/build.ts";
import { mustRun as mustRunProgram } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { busyboxArchive } from "../../support/images.ts";

const FIRST = 200_000;
let daemon: TestDaemon;
const directory = mkdtempSync(join(tmpdir(), "berth-remap-"));

beforeAll(async () => {
  const ranges = join(directory, "ranges");
  writeFileSync(ranges, `dockremap:${FIRST}:65536\n`);
  // The daemon alone sees these subordinate ids.
  const mounts = `mount --make-rprivate / && mount --bind ${ranges} /etc/subuid && mount --bind ${ranges} /etc/subgid`;
  // Its data root is in a directory that only root may enter, but the containers' root must pass.
  const way = `for word; do case $word in */data) chmod 711 "\${word%/data}";; esac; done`;
  const prefix = ["unshare", "--mount", "sh", "-c", `${mounts} && ${way} && exec "$@"`, "sh"];
  daemon = await startDaemon({ prefix, config: { "userns-remap": "default" } });
  await daemon.importBusybox();
  const archive = await busyboxArchive(async (root) => {
    mkdirSync(join(root, "data"));
    writeFileSync(join(root, "data/f"), "content");
    await mustRunProgram(["chown", "-R", "12:34", join(root, "data")]);
  });
  await daemon.importArchive("filled", archive, ["VOLUME /data", 'CMD ["sh"]']);
});
afterAll(async () => {
  await daemon.dispose();
  rmSync(directory, { recursive: true });
});

async function mustRun(...argv: string[]): Promise<string> {
  const result = await daemon.docker(argv);
  expect(result).toMatchObject({ code: 0 });
  return result.stdout.trim();
}
const inside = (options: string[], script: string, image = "busybox") =>
  mustRun("run", "--rm", "--network", "none", ...options, image, "sh", "-c", script);
const fields = (text: string) => text.trim().split(/\s+/);

test("builds run in it, and images have the container's owners", async () => {
  const { error, output, id } = await build(daemon, {
    Dockerfile: `FROM busybox
COPY --chown=5:6 f /f
RUN head -1 /proc/self/uid_map && echo x > /x && chown 7:8 /x
RUN --mount=type=cache,target=/c echo y > /c/y && stat -c 'cache %u' /c/y
RUN --mount=target=/m stat -c 'context %u' /m/f && cat /m/f
USER 5
WORKDIR /w
RUN touch /w/made
`,
    f: "content\n",
  });
  expect(error).toBe("");
  for (const words of [String(FIRST), "cache 0\n", "context 0\ncontent\n"]) expect(output).toContain(words);
  expect(await mustRun("run", "--rm", id, "stat", "-c", "%u", "/f", "/x", "/w/made")).toBe("5\n7\n5");
});

test("root in the container is unprivileged on the host", async () => {
  expect(fields(await inside([], "cat /proc/self/uid_map"))).toEqual(["0", String(FIRST), "65536"]);
  await mustRun("run", "-d", "--name", "lives", "--network", "none", "busybox", "sleep", "1000");
  const pid = await mustRun("inspect", "-f", "{{.State.Pid}}", "lives");
  expect(readFileSync(`/proc/${pid}/status`, "utf8")).toContain(`Uid:\t${FIRST}\t${FIRST}`);
  expect(await mustRun("exec", "lives", "id", "-u")).toBe("0");
  expect(fields(await mustRun("exec", "lives", "cat", "/proc/self/uid_map"))[1]).toBe(String(FIRST));
  await mustRun("rm", "-f", "lives");
});

test("can change its own files but no others", async () => {
  const script = "stat -c '%u:%g' / /etc /etc/hosts /.dockerenv; chown 5:6 /etc/passwd && stat -c '%u:%g' /etc/passwd";
  expect(await inside([], script)).toBe("0:0\n0:0\n0:0\n0:0\n5:6");
  expect(await inside(["-v", "/etc:/host:ro"], "cat /host/shadow 2>&1; true")).toContain("Permission denied");
  expect(await inside([], "mount -t tmpfs none /tmp 2>&1; true")).toMatch(/not permitted|permission denied/);
});

test("cannot access the host even without other isolation", async () => {
  const bound = join(directory, "bound");
  mkdirSync(bound);
  writeFileSync(join(bound, "secret"), "OF THE HOST", { mode: 0o600 });
  const opened = ["seccomp=unconfined", "systempaths=unconfined", "apparmor=unconfined"];
  const options = [...opened.flatMap((option) => ["--security-opt", option]), "--cap-add", "ALL", "-v", `${bound}:/h`];
  const attempts = [
    "cat /h/secret",
    "chmod 777 /h/secret",
    "chown 0 /h",
    "touch /h/made",
    "mknod /tmp/disk b 254 0",
    "mount -t ext4 /dev/vda /mnt",
    "mount -o remount,rw /sys",
    ": >> /proc/sys/kernel/core_pattern",
    ": >> /proc/sysrq-trigger",
    ": >> /proc/sys/kernel/modprobe",
    "chown 70000:70000 /tmp",
    "cat /proc/kmsg | head -c 1 | grep -q .",
    "unshare -Ur cat /h/secret",
  ];
  const script = attempts.map((attempt) => `(${attempt}) >/dev/null 2>&1 && echo '${attempt}'`).join("; ");
  expect(await inside(options, `${script}; true`)).toBe("");
  expect(readFileSync(join(bound, "secret"), "utf8")).toBe("OF THE HOST");
  expect(statSync(bound).uid).toBe(0);
});

test("stores container ids on disk: layers, volumes and diff are independent of the mapping", async () => {
  await mustRun("run", "--name", "writes", "--network", "none", "busybox", "sh", "-c", "touch /made; chown 7:8 /made");
  const id = await mustRun("inspect", "-f", "{{.Id}}", "writes");
  expect(statSync(join(daemon.dataRoot, "containers", id, "upper/made"))).toMatchObject({ uid: 7, gid: 8 });
  expect(await mustRun("diff", "writes")).toBe("A /made");
  await mustRun("rm", "writes");
});

test("fills a volume with the image's owners and shares it with unmapped containers", async () => {
  const look = "stat -c '%u:%g' /data /data/f; cat /data/f";
  expect(await inside(["-v", "shared:/data"], look, "filled")).toBe("12:34\n12:34\ncontent");
  await inside(["-v", "shared:/data"], "touch /data/mapped");
  expect(await inside(["--userns=host", "-v", "shared:/data"], "stat -c %u /data/mapped")).toBe("0");
  const file = join(daemon.dataRoot, "volumes/shared/_data/f");
  expect(statSync(file)).toMatchObject({ uid: 12, gid: 34 });
  expect(await inside(["--mount", "type=image,src=filled,dst=/i"], "stat -c %u /i/data/f")).toBe("12");
});

test("a volume subpath and an image as mounts", async () => {
  await inside(["-v", "parts:/x"], "mkdir /x/part; echo in > /x/part/f");
  const mounts = [
    "--mount",
    "type=volume,src=parts,dst=/y,volume-subpath=part",
    "--mount",
    "type=image,src=busybox,dst=/i",
  ];
  expect(await inside(mounts, "cat /y/f; touch /y/g; stat -c %u /y/g /i/bin")).toBe("in\n0\n0");
});

test("cp and export map owners", async () => {
  await mustRun(
    "create",
    "--name",
    "copied",
    "-v",
    "copies:/v",
    "--network",
    "none",
    "busybox",
    "stat",
    "-c",
    "%u",
    "/in",
    "/v/in",
  );
  const file = join(directory, "in");
  writeFileSync(file, "");
  await mustRunProgram(["chown", "9:9", file]);
  await mustRun("cp", "-a", file, "copied:/in");
  await mustRun("cp", "-a", file, "copied:/v/in");
  expect(await mustRun("start", "-a", "copied")).toBe("9\n9");
  const answer = await daemon.request("GET", "/containers/copied/archive?path=/v/in");
  const archive = new Uint8Array(await answer.arrayBuffer());
  expect(await mustRunProgram(["tar", "-tv", "--numeric-owner"], { input: archive })).toContain("9/9");
  const exported = await daemon.request("GET", "/containers/copied/export");
  const listing = await mustRunProgram(["tar", "-tv", "--numeric-owner"], {
    input: new Uint8Array(await exported.arrayBuffer()),
  });
  expect(listing).toMatch(/0\/0 .* etc\/passwd/);
  expect(listing).toMatch(/9\/9 .* in\n/);
  await mustRun("rm", "copied");
});

describe("the network, a terminal, shared namespaces", () => {
  test("sets the container's sysctls", async () => {
    const script = "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ip_forward";
    expect(await inside(["--sysctl", "net.ipv4.ip_forward=1"], script)).toBe("0\n1");
  });

  test("a terminal", async () => {
    await using shell = daemon.terminal("docker", ["run", "-it", "--rm", "--network", "none", "busybox"]);
    await shell.expect("/ # ");
    shell.type("tty; id -u\r");
    await shell.expect("/dev/pts/0");
    shell.type("exit\r");
    expect(await shell.exited()).toBe(0);
  });

  test("another's processes", async () => {
    await mustRun(
      "run",
      "-d",
      "--name",
      "donor",
      "--ipc",
      "shareable",
      "--network",
      "none",
      "busybox",
      "sleep",
      "1000",
    );
    expect(await inside(["--pid", "container:donor"], "ls /proc | grep -c '^[0-9]'")).not.toBe("1");
    expect(await inside(["--ipc", "container:donor"], "touch /dev/shm/x && echo shared")).toBe("shared");
    expect(await mustRun("exec", "donor", "ls", "/dev/shm")).toBe("x");
    await mustRun("rm", "-f", "donor");
  });

  test("the default bridge", async () => {
    expect(await mustRun("run", "--rm", "busybox", "sh", "-c", "ip -4 addr show eth0 | grep -c inet")).toBe("1");
  });
});

test.each<[string[], string]>([
  [["--privileged"], "privileged mode is incompatible with user namespaces."],
  [["--network", "host"], "cannot share the host's network namespace when user namespaces are enabled"],
  [["--pid", "host"], "cannot share the host PID namespace when user namespaces are enabled"],
])("%j is refused, but for --userns=host", async (options, message) => {
  const { stderr } = await daemon.docker(["run", "--rm", ...options, "busybox", "true"]);
  expect(stderr).toContain(message);
  await mustRun("run", "--rm", "--userns=host", ...options, "busybox", "true");
});

test("the engine reports the missing subordinate id line and exits", async () => {
  const failure = await startDaemon({ config: { "userns-remap": "nobody-has-these" } }).then(
    async (started) => {
      await started.dispose();
      return "";
    },
    (thrown: unknown) => String(thrown),
  );
  expect(failure).toContain('add a line such as "nobody-has-these:100000:65536"');
});
