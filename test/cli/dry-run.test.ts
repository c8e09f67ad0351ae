// `--dry-run` of every prune removes nothing, and executing its plan removes only what was listed and has not changed since.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Berth } from "../../src/client/index.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { sharedBusyboxArchive } from "../support/images.ts";

let daemon: TestDaemon;
let berth: Berth;

beforeEach(async () => {
  daemon = await startDaemon();
  berth = new Berth({ host: `unix://${daemon.socket}` });
  await daemon.importBusybox();
});

afterEach(() => daemon?.dispose());

/** An image whose name is taken by another one that follows. */
async function makeDangling(): Promise<string> {
  await daemon.importArchive("again:latest", await sharedBusyboxArchive(), ["ENV FIRST=1"]);
  const { Id } = await berth.images.inspect("again");
  await daemon.importArchive("again:latest", await sharedBusyboxArchive(), ["ENV SECOND=1"]);
  return Id;
}

async function anonymousVolume(): Promise<string> {
  const { Name } = await berth.volumes.create({});
  return Name;
}

/** Everything a prune could take, by kind. */
async function everything(): Promise<Record<string, string[]>> {
  const [containers, images, networks, volumes] = await Promise.all([
    berth.containers.list({ all: true }),
    berth.images.list({ all: true }),
    berth.networks.list(),
    berth.volumes.list(),
  ]);
  return {
    containers: containers.map(({ Id }) => Id).sort(),
    images: images.map(({ Id }) => Id).sort(),
    networks: networks.map(({ Name }) => Name).sort(),
    volumes: (volumes.Volumes ?? []).map(({ Name }) => Name).sort(),
  };
}

/** Runs a dry run and makes sure that nothing is missing after it. */
async function dryRun(...line: string[]): Promise<string> {
  const before = await everything();
  const { code, stdout, stderr } = await daemon.berth([...line, "--dry-run"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(await everything()).toEqual(before);
  return stdout;
}

const namesOf = (items: readonly { Name: string }[]): string[] => items.map(({ Name }) => Name).sort();

describe("container prune", () => {
  beforeEach(async () => {
    for (const name of ["one", "two", "three"]) await daemon.berth(["create", "--name", name, "busybox"]);
    await daemon.berth(["run", "-d", "--name", "up", "busybox", "sleep", "1000"]);
  });

  test("is shown", async () => {
    const shown = await dryRun("container", "prune");
    expect(shown).toStartWith("Would remove 3 containers:\nID             NAME      SIZE\n");
    expect(shown).toMatch(/\n[0-9a-f]{12} {3}one +\d+B\n/);
    expect(shown).not.toContain("up");
    expect(shown).toEndWith("\n\nSpace that would be reclaimed: 0B\n");
    expect(await dryRun("container", "prune", "--filter", "label=none")).toBe(
      "Would remove no containers.\nSpace that would be reclaimed: 0B\n",
    );
  });

  test("removes exactly what the plan listed", async () => {
    const { ID, Items } = await berth.containers.planPrune();
    expect(namesOf(Items)).toEqual(["one", "three", "two"]);
    await daemon.berth(["rename", "two", "renamed"]);
    await daemon.berth(["rm", "three"]);
    await daemon.berth(["create", "--name", "later", "busybox"]);
    const { ContainersDeleted } = await berth.containers.applyPrune(ID);
    expect(ContainersDeleted).toEqual(Items.filter(({ Name }) => Name === "one").map((item) => item.ID));
    const left = await berth.containers.list({ all: true });
    expect(left.flatMap(({ Names }) => Names).sort()).toEqual(["/later", "/renamed", "/up"]);
    await expect(berth.containers.applyPrune(ID)).rejects.toThrow(`No such prune plan: ${ID}`);
  });
});

describe("image prune", () => {
  test("is shown", async () => {
    const dangling = await makeDangling();
    const shown = await dryRun("image", "prune");
    expect(shown).toStartWith("Would remove 1 image:\nID             NAME      SIZE\n");
    expect(shown).toContain(`${dangling.slice(7, 19)}   <none>    `);
    const all = await dryRun("image", "prune", "-a");
    expect(all).toStartWith("Would remove 3 images:\n");
    expect(all).toContain("again:latest");
  });

  test("includes partial downloads", async () => {
    writeFileSync(join(daemon.dataRoot, "content", "partial", "0123456789ab".padEnd(64, "0")), Buffer.alloc(5000));
    expect(await dryRun("image", "prune")).toBe(
      "Would remove 1 image:\nID             NAME               SIZE\n0123456789ab   partial download   5kB\n\nSpace that would be reclaimed: 5kB\n",
    );
  });

  test("removes exactly what the plan listed", async () => {
    const dangling = await makeDangling();
    const { ID, Items } = await berth.images.planPrune({ dangling: ["false"] });
    expect(namesOf(Items)).toEqual(["", "again:latest", "busybox:latest"]);
    await daemon.berth(["create", "busybox"]);
    await daemon.berth(["tag", "again", "kept"]);
    const { ImagesDeleted } = await berth.images.applyPrune(ID);
    expect(ImagesDeleted).toContainEqual({ Deleted: dangling });
    const left = await berth.images.list({ all: true });
    expect(left.flatMap(({ RepoTags }) => RepoTags ?? []).sort()).toEqual([
      "again:latest",
      "busybox:latest",
      "kept:latest",
    ]);
  });
});

describe("network prune", () => {
  beforeEach(async () => {
    for (const name of ["one", "two", "three"]) await berth.networks.create({ Name: name, Labels: { name } });
    await daemon.berth(["run", "-d", "--network", "three", "busybox", "sleep", "1000"]);
  });

  test("is shown", async () => {
    const shown = await dryRun("network", "prune");
    expect(shown).toMatch(/^Would remove 2 networks:\nID {13}NAME\n[0-9a-f]{12} {3}one\n[0-9a-f]{12} {3}two\n\n$/);
    expect(await dryRun("network", "prune", "--filter", "label=name=one")).toContain("Would remove 1 network:\n");
    expect(await dryRun("network", "prune", "--filter", "label=none")).toBe("Would remove no networks.\n");
  });

  test("removes exactly what the plan listed", async () => {
    const { ID, Items } = await berth.networks.planPrune();
    expect(namesOf(Items)).toEqual(["one", "two"]);
    await daemon.berth(["run", "-d", "--network", "two", "busybox", "sleep", "1000"]);
    await berth.networks.create({ Name: "later" });
    expect(await berth.networks.applyPrune(ID)).toEqual({ NetworksDeleted: ["one"] });
    const { networks } = await everything();
    expect(networks).toEqual(["bridge", "host", "later", "none", "three", "two"]);
    await expect(berth.networks.applyPrune(ID)).rejects.toThrow(`No such prune plan: ${ID}`);
  });

  test("ignores networks that no longer exist", async () => {
    const { ID } = await berth.networks.planPrune();
    await daemon.berth(["network", "rm", "one", "two"]);
    await berth.networks.create({ Name: "one" });
    expect(await berth.networks.applyPrune(ID)).toEqual({ NetworksDeleted: null });
  });
});

describe("volume prune", () => {
  const write = (volume: string, bytes: number) => {
    writeFileSync(join(daemon.dataRoot, "volumes", volume, "_data", "file"), Buffer.alloc(bytes, 1));
  };

  test("is shown", async () => {
    const anonymous = await anonymousVolume();
    await berth.volumes.create({ Name: "named" });
    write("named", 50_000);
    const used = await berth.volumes.create({});
    await daemon.berth(["create", "-v", `${used.Name}:/data`, "busybox"]);
    expect(await dryRun("volume", "prune")).toMatch(
      new RegExp(`^Would remove 1 volume:\nNAME +SIZE\n${anonymous} +\\S+\n\nSpace that would be reclaimed: \\S+\n$`),
    );
    const all = await dryRun("volume", "prune", "-a");
    expect(all).toStartWith("Would remove 2 volumes:\n");
    expect(all).toMatch(/\nnamed +5\d(?:\.\d+)?kB\n/);
  });

  test("removes exactly what the plan listed", async () => {
    for (const name of ["same", "used", "grown", "again"]) await berth.volumes.create({ Name: name });
    write("same", 50_000);
    const { ID, Items } = await berth.volumes.planPrune({ all: ["1"] });
    expect(namesOf(Items)).toEqual(["again", "grown", "same", "used"]);
    expect(Items.find(({ Name }) => Name === "same")?.Size).toBeGreaterThanOrEqual(50_000);
    await daemon.berth(["create", "-v", "used:/data", "busybox"]);
    write("grown", 50_000);
    await daemon.berth(["volume", "rm", "again"]);
    await berth.volumes.create({ Name: "again" });
    await berth.volumes.create({ Name: "later" });
    const { VolumesDeleted, SpaceReclaimed } = await berth.volumes.applyPrune(ID);
    expect(VolumesDeleted).toEqual(["same"]);
    expect(SpaceReclaimed).toBeGreaterThanOrEqual(50_000);
    expect((await everything()).volumes).toEqual(["again", "grown", "later", "used"]);
    expect(existsSync(join(daemon.dataRoot, "volumes", "same"))).toBe(false);
    await expect(berth.volumes.applyPrune(ID)).rejects.toThrow(`No such prune plan: ${ID}`);
  });
});

describe("system prune", () => {
  beforeEach(async () => {
    await makeDangling();
    await anonymousVolume();
    await berth.networks.create({ Name: "idle" });
    await daemon.berth(["create", "--name", "old", "busybox"]);
  });

  test("is shown by type", async () => {
    const shown = await dryRun("system", "prune");
    const headings = shown.match(/^(?:Would|Space).*$/gm);
    expect(headings?.slice(0, 4)).toEqual([
      "Would remove 1 container:",
      "Would remove 1 network:",
      "Would remove 1 image:",
      "Would remove no build cache objects.",
    ]);
    expect(headings?.[4]).toMatch(/^Space that would be reclaimed: \d/);
    expect(await dryRun("system", "prune", "--volumes")).toContain("Would remove 1 volume:\n");
    expect(await dryRun("system", "prune", "-a")).toContain("again:latest");
    expect(await dryRun("system", "prune", "--filter", "label=none")).toStartWith("Would remove no containers.\n");
  });

  test("does not prompt", async () => {
    expect(await dryRun("system", "prune", "-f")).not.toContain("WARNING");
    expect(await dryRun("system", "prune")).not.toContain("Are you sure");
  });
});
