// Storms: four clients use a few containers, the daemon is killed at a random moment, and a new one must find records
// and kernel consistent. A seed repeats the operations; their interleaving differs.

import { Database } from "bun:sqlite";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { removeCgroup } from "../../../src/runtime/cgroups/removal.ts";
import { eventually } from "../command.ts";
import { startDaemon, type TestDaemon } from "../daemon.ts";
import { freePort } from "../port.ts";
import { disagreements, idsOf } from "./checks.ts";
import { IMAGES, work } from "./client.ts";
import { Random } from "./random.ts";

const CLIENTS = 4;
const MIN_WORK_MILLISECONDS = 200;
const MAX_WORK_MILLISECONDS = 1_000;
/** After this many rounds everything is removed, and the next round starts empty. */
const ROUNDS_UNTIL_REMOVAL = 5;

export interface StormReport {
  rounds: number;
  /** Empty if there are none. */
  wrong: string[];
}

/** @param progress called for every round */
export async function storm(seed: number, rounds: number, progress: (line: string) => void): Promise<StormReport> {
  const cgroupParent = `/berth-storm-${process.pid}`;
  using _ = { [Symbol.dispose]: () => removeCgroup(cgroupParent) };
  const wrong: string[] = [];
  await using daemon = await startDaemon({ config: { "cgroup-parent": cgroupParent } });
  await daemon.importBusybox();
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  for (let round = 0; round < rounds && wrong.length === 0; round++) {
    const found = await stormRound(
      daemon,
      cgroupParent,
      [ports[0], ports[1], ports[2]],
      new Random(seed + round * 7919),
    );
    if ((round + 1) % ROUNDS_UNTIL_REMOVAL === 0 || round + 1 === rounds) found.push(...(await removeAll(daemon)));
    wrong.push(...found.map((line) => `seed ${seed}, round ${round}: ${line}`));
    progress(`round ${round}: ${found.length === 0 ? "ok" : found.join("; ")}`);
  }
  return { rounds, wrong };
}

async function stormRound(
  daemon: TestDaemon,
  cgroupParent: string,
  ports: [number, number, number],
  random: Random,
): Promise<string[]> {
  let isOver = false;
  const seeds = Array.from({ length: CLIENTS }, () => random.below(2 ** 31));
  const clients = seeds.map((seed) => work({ daemon, ports }, new Random(seed), () => isOver));
  await Bun.sleep(MIN_WORK_MILLISECONDS + random.below(MAX_WORK_MILLISECONDS - MIN_WORK_MILLISECONDS));
  await daemon.stop("SIGKILL");
  isOver = true;
  const failures = (await Promise.all(clients)).flat();
  await daemon.start();
  return [...failures, ...(await settledDisagreements(daemon, cgroupParent)), ...(await brokenImages(daemon))];
}

/** The new daemon may need a moment to remove an earlier daemon's leftovers. */
async function settledDisagreements(daemon: TestDaemon, cgroupParent: string): Promise<string[]> {
  let found: string[] = [];
  await eventually(
    "records and kernel to agree",
    async () => {
      found = await disagreements(daemon, cgroupParent);
      return found.length === 0;
    },
    10_000,
  ).catch(() => undefined);
  return found;
}

async function brokenImages(daemon: TestDaemon): Promise<string[]> {
  const broken: string[] = [];
  for (const image of await idsOf(daemon, "/images/json")) {
    const { code, stderr } = await daemon.docker(["run", "--rm", "--network", "none", image, "true"]);
    if (code !== 0) broken.push(`image ${image} does not run: ${stderr.trim()}`);
  }
  return broken;
}

/** Everything can be removed without leftovers. */
async function removeAll(daemon: TestDaemon): Promise<string[]> {
  const wrong: string[] = [];
  const mustRemove = async (path: string): Promise<void> => {
    const answer = await daemon.request("DELETE", path);
    const text = await answer.text();
    if (!answer.ok && answer.status !== 404) wrong.push(`DELETE ${path}: ${answer.status} ${text.trim()}`);
  };
  const containers = await idsOf(daemon, "/containers/json?all=1");
  await Promise.all(containers.map((id) => mustRemove(`/containers/${id}?force=1&v=1`)));
  for (const id of await idsOf(daemon, '/networks?filters={"type":["custom"]}')) await mustRemove(`/networks/${id}`);
  await daemon.call("POST", '/volumes/prune?filters={"all":["true"]}');
  for (const image of IMAGES) await mustRemove(`/images/${image}`);
  await daemon.call("POST", '/images/prune?filters={"dangling":["true"]}');
  const images = await idsOf(daemon, "/images/json?all=1");
  if (images.length !== 1) wrong.push(`left: ${images.length - 1} images`);
  const left = () => [
    ...leftIn(daemon, join(daemon.dataRoot, "containers")),
    ...leftIn(daemon, join(daemon.dataRoot, "volumes")),
    ...leftIn(daemon, join(daemon.execRoot, "containers")),
    ...leftIn(daemon, join(daemon.execRoot, "netns")),
    ...rowsLeft(daemon),
  ];
  await eventually("everything to be gone", () => left().length === 0, 10_000).catch(() => wrong.push(...left()));
  return wrong;
}

/** The leftovers in a directory, with the daemon's log lines about them. */
function leftIn(daemon: TestDaemon, directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => !name.startsWith("."))
    .map((name) => [`left: ${join(directory, name)}`, ...linesAbout(daemon, name)].join("\n  "));
}

const linesAbout = (daemon: TestDaemon, name: string): string[] =>
  daemon.log.split("\n").filter((line) => line.includes(name));

function rowsLeft(daemon: TestDaemon): string[] {
  const database = new Database(join(daemon.dataRoot, "berth.db"), { readonly: true });
  try {
    return ["containers", "container_networks", "container_mounts", "volumes"].flatMap((table) => {
      const row = database.query<{ rows: number }, []>(`SELECT count(*) AS rows FROM ${table}`).get();
      return row?.rows === 0 ? [] : [`left: ${row?.rows} rows of ${table}`];
    });
  } finally {
    database.close();
  }
}
