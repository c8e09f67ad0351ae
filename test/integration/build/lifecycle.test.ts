// Build lifecycle: cancelled, client disconnected, daemon killed, many concurrent builds.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, contextOf, inImage, mustBuild, sendBuild } from "../../support/build.ts";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(() => daemon?.dispose());

/** Possible leftovers of a build: containers, files, mounts, worker processes. */
async function leftovers(): Promise<string[]> {
  const containers = [await daemon.call("GET", "/containers/json?all=1")].flat().map((each) => JSON.stringify(each));
  const builds = join(daemon.dataRoot, "builds");
  const workers = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandLineOf(pid).includes("build-worker") && commandLineOf(pid).includes(daemon.dataRoot));
  const layers = readdirSync(join(daemon.dataRoot, "layers")).filter((name) =>
    existsSync(join(daemon.dataRoot, "layers", name, "work")),
  );
  return [
    ...containers,
    ...(existsSync(builds) ? readdirSync(builds) : []),
    ...workers.map((pid) => `worker ${pid}`),
    ...layers.map((name) => `layer ${name}`),
    ...readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(daemon.dataRoot)),
  ];
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

const nothingIsLeft = () =>
  eventually("nothing of the build to be left", async () => (await leftovers()).length === 0 || undefined);

const sleeping = { Dockerfile: "FROM busybox\nRUN echo begun; sleep 1000\n" };

/** A build whose command runs; its stream is read no further. */
async function begun(query: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
  const answer = await sendBuild(daemon, contextOf(sleeping), { query, ...(signal ? { signal } : {}) });
  await eventually("the command to run", async () => {
    const running = await daemon.call("GET", "/containers/json");
    return Array.isArray(running) && running.length === 1 ? true : undefined;
  });
  return answer;
}

test("a client's disconnect cancels its build", async () => {
  const client = new AbortController();
  await begun({}, client.signal);
  client.abort();
  await nothingIsLeft();
});

test("a disconnect during the upload cancels it, too", async () => {
  const client = new AbortController();
  const half = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(contextOf(sleeping).subarray(0, 700)),
  });
  const answer = fetch("http://localhost/build", {
    unix: daemon.socket,
    method: "POST",
    body: half,
    signal: client.signal,
  });
  await eventually("the context to be unpacked", async () => ((await leftovers()).length > 0 ? true : undefined));
  client.abort();
  await answer.catch(() => {});
  await nothingIsLeft();
});

test("a build can be cancelled by its build ID", async () => {
  const answer = await begun({ buildid: "mine" });
  expect((await daemon.request("POST", "/build/cancel")).status).toBe(400);
  expect((await daemon.request("POST", "/build/cancel?id=other")).status).toBe(200);
  expect((await daemon.request("POST", "/build/cancel?id=mine")).status).toBe(200);
  expect(await answer.text()).toContain("Build cancelled");
  await nothingIsLeft();
});

test("the next daemon removes everything a killed one left", async () => {
  const moments: (() => Promise<unknown>)[] = [
    () => begun(),
    async () => {
      const many = Array.from({ length: 3000 }, (_, index) => [`f${index}`, "x".repeat(1000)] as const);
      const files = { Dockerfile: "FROM busybox\nCOPY . /all\nCOPY . /again\n", ...Object.fromEntries(many) };
      void sendBuild(daemon, contextOf(files))
        .then((answer) => answer.text())
        .catch(() => {});
      await eventually("a layer to be made", async () =>
        (await leftovers()).some((left) => left.startsWith("layer")) ? true : undefined,
      );
    },
  ];
  for (const reach of moments) {
    await reach();
    await daemon.crashAndRestart();
    await nothingIsLeft();
    expect(await mustBuild(daemon, { Dockerfile: "FROM busybox\nRUN echo x > /x\n" })).not.toBe("");
  }
});

test("ten concurrent builds do not interfere", async () => {
  const built = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      build(daemon, {
        Dockerfile: `FROM busybox\nENV N=${index}\nRUN echo $N > /n\nCOPY f /f\nRUN cat /n /f > /both\n`,
        f: `${index % 2}\n`,
      }),
    ),
  );
  expect(built.map(({ error }) => error)).toEqual(Array.from({ length: 10 }, () => ""));
  const contents = await Promise.all(built.map(({ id }) => inImage(daemon, id, "cat /both")));
  expect(contents).toEqual(Array.from({ length: 10 }, (_, index) => `${index}\n${index % 2}\n`));
  await nothingIsLeft();
});

test("concurrent runs of the same build yield equal images", async () => {
  const files = { Dockerfile: "FROM busybox\nRUN echo same > /same\nLABEL a=b\n" };
  const ids = await Promise.all([1, 2, 3, 4].map(() => mustBuild(daemon, files)));
  for (const id of ids) expect(await inImage(daemon, id, "cat /same")).toBe("same\n");
});

test("prune keeps the base images of a running build", async () => {
  const files = { Dockerfile: "FROM busybox\nRUN echo kept > /kept\nRUN sleep 1; cat /kept\nRUN cat /kept\n" };
  let isDone = false;
  const building = build(daemon, files).finally(() => {
    isDone = true;
  });
  while (!isDone) await daemon.call("POST", "/images/prune");
  expect((await building).error).toBe("");
});

test("a client that does not read does not fill the daemon's memory", async () => {
  const before = memoryOf(daemon.pid);
  const files = { Dockerfile: "FROM busybox\nRUN head -c 300000000 /dev/zero | tr '\\0' x; touch /done\n" };
  const answer = await sendBuild(daemon, contextOf(files));
  const reader = answer.body?.getReader();
  await reader?.read();
  await eventually("the command to end, whose output is kept in a file", async () => {
    const running = await daemon.call("GET", "/containers/json");
    return Array.isArray(running) && running.length === 0 ? true : undefined;
  });
  expect(memoryOf(daemon.pid) - before).toBeLessThan(150_000);
  let length = 0;
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) length += next.value.length;
  expect(length).toBeGreaterThan(300_000_000);
});

/** Kibibytes. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

test("rejects a context larger than the disk and deletes it", async () => {
  await using small = await startDaemon({ dataRootSize: "48m" });
  await small.importBusybox();
  const files = { Dockerfile: "FROM busybox\nCOPY . /t\n", large: crypto.getRandomValues(Buffer.alloc(65_536)) };
  const many = Array.from({ length: 1000 }, (_, index) => ({ name: `f${index}`, content: files.large }));
  const context = gzipSync(contextOf([{ name: "Dockerfile", content: files.Dockerfile }, ...many]));
  const answer = await sendBuild(small, context);
  expect(answer.status).toBe(500);
  expect(await answer.text()).toContain("no space left on device");
  expect(readdirSync(join(small.dataRoot, "builds"))).toEqual([]);
  expect(await mustBuild(small, { Dockerfile: "FROM busybox\nRUN touch /f\n" })).not.toBe("");
});
