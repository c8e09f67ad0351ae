// A daemon that is killed in the middle of a start or right after a removal leaves nothing behind.
import { describe, expect, test } from "bun:test";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Berth } from "../../../src/client/index.ts";
import { isAlive } from "../../../src/linux/process.ts";
import { archiveOf } from "../../support/archive.ts";
import { command, eventually } from "../../support/command.ts";
import { machineState } from "../../support/leaks.ts";
import { create, remove, sharedDaemon } from "./support.ts";

// A second name of the default runtime, with a state of its own.
const daemon = sharedDaemon({ runtimes: { other: { path: "crun" } } });
const FILES = 1500;
const ROUNDS = 12;
const REMOVALS = 4;

const bundleOf = (id: string): string => join(daemon().execRoot, "containers", id);

/** Until the rest of the start is prepared, config.json is a link to a pipe of the daemon. */
const hasConfig = (id: string): boolean =>
  lstatSync(join(bundleOf(id), "config.json"), { throwIfNoEntry: false })?.isFile() === true;

function namespaces(): string[] {
  const directory = join(daemon().execRoot, "netns");
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** The monitor of a container, which the daemon starts before everything else. */
function monitorOf(id: string): number | undefined {
  const argument = `\0--bundle\0${bundleOf(id)}\0`;
  return readdirSync("/proc")
    .map(Number)
    .find((pid) => {
      try {
        return pid > 0 && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(argument);
      } catch {
        return false; // It has ended.
      }
    });
}

/** What containers of this daemon still have: processes, mounts, namespaces, interfaces, control groups. */
async function remainsOf(ids: readonly string[]): Promise<string[]> {
  const { processes, mounts, cgroups } = await machineState();
  const { stdout: ports } = await command(["ip", "-o", "link", "show", "master", daemon().bridge]);
  const named = [...processes.keys(), ...mounts.keys(), ...cgroups.keys()];
  return [
    ...named.filter((name) => ids.some((id) => name.includes(id))),
    ...namespaces(),
    ...ports.split("\n").filter(Boolean),
  ];
}

describe("a daemon killed", () => {
  test("while the monitor waits for the rest of a start: the monitor ends, and nothing of the start is left", async () => {
    // The volume is filled from the image before the OCI runtime creates the container.
    const files = Array.from({ length: FILES }, (_, index) => ({ name: `data/${index}`, content: `${index}` }));
    await daemon().importArchive("many", archiveOf([{ name: "data", type: "directory" }, ...files]));
    const ids: string[] = [];
    const caught = new Set<number>();
    for (let round = 0; round < ROUNDS && caught.size < 2; round++) {
      const request = { Image: "many", Cmd: ["/none"], Volumes: { "/data": {} } };
      const id = await create(daemon(), request);
      ids.push(id);
      let isAnswered = false;
      const starting = daemon()
        .request("POST", `/containers/${id}/start`)
        .catch(() => undefined)
        .then(() => {
          isAnswered = true;
        });
      let monitor: number | undefined;
      // In every second round a little later, when the root file system is mounted and the network is there.
      const isDue = () => round % 2 === 0 || namespaces().length > 0;
      while (!isAnswered && (monitor === undefined || !isDue())) {
        await new Promise(setImmediate);
        monitor ??= monitorOf(id);
      }
      await daemon().stop("SIGKILL");
      if (monitor !== undefined && !hasConfig(id)) caught.add(round % 2);
      await starting;
      await eventually("the monitor to end by itself", () => monitor === undefined || !isAlive(monitor));
      await daemon().start();
      await eventually("the remains to go", () => !existsSync(bundleOf(id)));
      await remove(daemon(), id);
    }
    expect(caught.size).toBe(2);
    await eventually("everything else to go", async () => (await remainsOf(ids)).length === 0);
  });

  test("when it has reported a removal: the next one deletes what is left of the container", async () => {
    const ids: string[] = [];
    const berth = new Berth({ host: `unix://${daemon().socket}` });
    const fill = `for file in $(seq ${FILES}); do : > /$file; : > /data/$file; done`;
    const request = {
      Image: "busybox",
      Cmd: ["sh", "-c", fill],
      Volumes: { "/data": {} },
      HostConfig: { AutoRemove: true, Runtime: "other" },
    };
    for (let round = 0; round < REMOVALS; round++) {
      const started = await berth.containers.run(request, { stdout: true, until: "removed" });
      for await (const _ of started.stream.output);
      await started.result;
      ids.push(started.created.Id);
      await daemon().stop("SIGKILL");
      await daemon().start();
    }
    const roots = [
      join(daemon().dataRoot, "containers"),
      join(daemon().dataRoot, "volumes", ".removed"),
      join(daemon().execRoot, "containers"),
      join(daemon().execRoot, "runtimes", "other"),
    ];
    const entries = (): string[] => roots.flatMap((root) => readdirSync(root).map((name) => join(root, name)));
    await eventually("the files to go", () => entries().length === 0);
    await eventually("everything else to go", async () => (await remainsOf(ids)).length === 0);
  });
});
