// The image lifecycle: find, list, tag, commit, untag, remove and prune, in Docker's words.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf } from "../../support/archive.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(async () => daemon.dispose());
afterEach(async () => {
  for (const { Id } of await listOf("/containers/json?all=1")) await daemon.call("DELETE", `/containers/${Id}?force=1`);
  for (const { Id, RepoTags } of await listOf("/images/json?all=1")) {
    if (!RepoTags?.includes("busybox:latest"))
      await daemon.call("DELETE", `/images/${Id}?force=1`).catch(() => undefined);
  }
});

interface Listed {
  Id: string;
  RepoTags?: string[];
}
async function listOf(path: string): Promise<Listed[]> {
  const found: unknown = await daemon.call("GET", path);
  return Array.isArray(found) ? found : [];
}
const make = (name: string, changes: string[] = [], content = name) =>
  daemon.importArchive(name, archiveOf([{ name: "made-for", content }]), changes);
const idOf = async (name: string): Promise<string> =>
  JSON.parse(JSON.stringify(await daemon.call("GET", `/images/${name}/json`))).Id;
const tag = (from: string, repository: string, name = "latest") =>
  daemon.call("POST", `/images/${from}/tag?repo=${repository}&tag=${name}`);
const remove = async (name: string, query = ""): Promise<unknown> => {
  const answer = await daemon.request("DELETE", `/images/${name}${query}`);
  const body: unknown = await answer.json();
  return answer.ok ? body : [answer.status, JSON.parse(JSON.stringify(body)).message];
};
const create = async (image: string, name: string, command = ["true"]): Promise<string> =>
  JSON.parse(
    JSON.stringify(await daemon.call("POST", `/containers/create?name=${name}`, { Image: image, Cmd: command })),
  ).Id;
const short = (id: string): string => id.replace("sha256:", "").slice(0, 12);

describe("an image is found", () => {
  test("by its ID, the start of it, its name", async () => {
    await make("find/me:one");
    const id = await idOf("find/me:one");
    for (const name of [id, id.slice(7), short(id), `sha256:${short(id)}`, "docker.io/find/me:one"]) {
      expect(await idOf(name)).toBe(id);
    }
  });
  test.each([
    ["nowhere", 404, "No such image: nowhere:latest"],
    ["host.example/x@sha256:".concat("a".repeat(64)), 404, `No such image: host.example/x@sha256:${"a".repeat(64)}`],
    ["b".repeat(64), 404, `No such image: sha256:${"b".repeat(64)}`],
    ["Upper", 400, "invalid reference format: repository name (library/Upper) must be lowercase"],
  ])("or is not: %s", async (name, status, message) => {
    const answer = await daemon.request("GET", `/images/${name}/json`);
    expect([answer.status, await answer.json()]).toEqual([status, { message }]);
  });
});

describe("removal", () => {
  test("removes a tag, and with the last one the image and its layers", async () => {
    await make("gone:one");
    const id = await idOf("gone:one");
    await tag(id, "gone", "two");
    expect(await remove("gone:one")).toEqual([{ Untagged: "gone:one" }]);
    expect(await remove("gone:two")).toEqual([
      { Untagged: "gone:two" },
      { Deleted: id },
      { Deleted: expect.stringMatching(/^sha256:/) },
    ]);
    expect(await remove("gone:two")).toEqual([404, "No such image: gone:two"]);
  });

  test("by ID removes all tags of one repository, of several only with force", async () => {
    await make("a/one");
    const id = await idOf("a/one");
    expect(await remove(short(id))).toEqual(expect.arrayContaining([{ Untagged: "a/one:latest" }, { Deleted: id }]));
    await make("a/one");
    const again = await idOf("a/one");
    await tag(again, "b/two");
    expect(await remove(again)).toEqual([
      409,
      `conflict: unable to delete ${short(again)} (must be forced) - image is referenced in multiple repositories`,
    ]);
    expect(await remove(again, "?force=1")).toEqual(
      expect.arrayContaining([{ Untagged: "b/two:latest" }, { Deleted: again }]),
    );
  });

  test("is refused while a container uses the image", async () => {
    await make("used");
    const id = await idOf("used");
    const container = await create("used", "user");
    expect(await remove("used")).toEqual([
      409,
      `conflict: unable to remove repository reference "used" (must force) - container ${short(container)} is using its referenced image ${short(id)}`,
    ]);
    expect(await remove(id)).toEqual([
      409,
      `conflict: unable to delete ${short(id)} (must be forced) - image is being used by stopped container ${short(container)}`,
    ]);
  });

  test("is refused while a container mounts the image, and with force leaves it to that container", async () => {
    await make("mounted:one");
    const [image = ""] = [await idOf("mounted:one")];
    const Mounts = [{ Type: "image", Source: "mounted:one", Target: "/mounted" }];
    const request = { Image: "busybox", Cmd: ["cat", "/mounted/made-for"], HostConfig: { Mounts } };
    const { Id } = JSON.parse(JSON.stringify(await daemon.call("POST", "/containers/create", request)));
    expect(await remove("mounted:one")).toEqual([
      409,
      `conflict: unable to remove repository reference "mounted:one" (must force) - container ${short(Id)} is using its referenced image ${short(image)}`,
    ]);
    await remove("mounted:one", "?force=1");
    await daemon.call("POST", `/containers/${Id}/start`);
    expect(await daemon.call("POST", `/containers/${Id}/wait`)).toEqual({ StatusCode: 0 });
  });

  test("with force keeps a stopped container's layers until it is removed", async () => {
    await make("forced");
    const id = await idOf("forced");
    const container = await create("forced", "survivor");
    expect(await remove("forced", "?force=1")).toContainEqual({ Deleted: id });
    expect(await listOf("/images/json?all=1")).not.toContainEqual(expect.objectContaining({ Id: id }));
    expect((await daemon.request("GET", `/images/${id}/json`)).status).toBe(404);
    expect(await daemon.call("GET", `/containers/${container}/json`)).toMatchObject({ Image: id });
    const committed: unknown = await daemon.call("POST", `/commit?container=${container}&repo=from-survivor`);
    expect(committed).toMatchObject({ Id: expect.stringMatching(/^sha256:/) });
    await daemon.call("DELETE", "/images/from-survivor");
    await daemon.call("DELETE", `/containers/${container}`);
    expect(readdirSync(join(daemon.dataRoot, "content/blobs/sha256"))).not.toContain(id.slice(7));
  });

  test("of a parent image only removes its tag", async () => {
    await make("parent");
    const container = await create("parent", "child-maker");
    await daemon.call("POST", `/commit?container=${container}&repo=child`);
    await daemon.call("DELETE", `/containers/${container}`);
    const id = await idOf("parent");
    expect(await remove(id)).toEqual([
      409,
      `conflict: unable to delete ${short(id)} (cannot be forced) - image has dependent child images`,
    ]);
    expect(await remove("parent")).toEqual([{ Untagged: "parent:latest" }]);
    // With the last child the nameless parent goes, too.
    expect(await remove("child")).toContainEqual({ Deleted: id });
  });
});

test("the ancestor filter finds containers of committed images", async () => {
  await make("root-of-all");
  const first = await create("root-of-all", "first");
  await daemon.call("POST", `/commit?container=${first}&repo=middle`);
  const second = await create("middle", "second");
  await daemon.call("POST", `/commit?container=${second}&repo=leaf&changes=LABEL%20x=y`);
  const third = await create("leaf", "third");
  await make("stranger");
  await create("stranger", "fourth");
  const standingOn = async (...names: string[]): Promise<string[]> => {
    const filters = encodeURIComponent(JSON.stringify({ ancestor: names }));
    return (await listOf(`/containers/json?all=1&filters=${filters}`)).map(({ Id }) => Id);
  };
  expect(await standingOn("root-of-all")).toEqual([third, second, first]);
  expect(await standingOn(short(await idOf("middle")))).toEqual([third, second]);
  expect(await standingOn("leaf", "nowhere")).toEqual([third]);
  expect(await standingOn("nowhere")).toEqual([]);
  expect(await standingOn("No Name")).toEqual([]);
});

describe("the list", () => {
  const names = async (query: string): Promise<string[]> =>
    (await listOf(`/images/json${query}`)).flatMap(({ RepoTags, Id }) => (RepoTags?.length ? RepoTags : [Id])).sort();
  const filtered = (filters: Record<string, string[]>, more = "") =>
    names(`?filters=${encodeURIComponent(JSON.stringify(filters))}${more}`);

  test("supports Docker's filters", async () => {
    await make("list/one:1", ["LABEL a=1", "LABEL b=2"]);
    await Bun.sleep(10);
    await make("list/two:1", ["LABEL a=2"]);
    await Bun.sleep(10);
    await make("list/three:1");
    expect(await filtered({ reference: ["list/*"] })).toEqual(["list/one:1", "list/three:1", "list/two:1"]);
    expect(await filtered({ reference: ["list/t*:1"] })).toEqual(["list/three:1", "list/two:1"]);
    expect(await filtered({ label: ["a"] })).toEqual(["list/one:1", "list/two:1"]);
    expect(await filtered({ label: ["a=1", "b"] })).toEqual(["list/one:1"]);
    expect(await filtered({ before: ["list/two:1"], reference: ["list/*"] })).toEqual(["list/one:1"]);
    expect(await filtered({ since: ["list/two:1"], reference: ["list/*"] })).toEqual(["list/three:1"]);
    expect(await filtered({ until: ["1h"] })).toEqual([]);
    expect(await filtered({ until: ["0s"], reference: ["list/*"] })).toHaveLength(3);
    expect(await filtered({ until: ["0s", "1h"], reference: ["list/*"] })).toEqual([]);
    const nameless = await idOf("list/one:1");
    await make("list/one:1", ["LABEL c=3"]);
    expect(await filtered({ dangling: ["true"] })).toEqual([nameless]);
    expect(await filtered({ dangling: ["false"], reference: ["list/one"] })).toEqual(["list/one:1"]);
    expect(await names("")).toContain(nameless);
  });
  test.each([
    [{ nonsense: ["x"] }, "invalid filter 'nonsense'"],
    [{ dangling: ["maybe"] }, "invalid filter 'dangling=[maybe]'"],
    [{ before: ["nowhere"] }, "No such image: nowhere:latest"],
  ])("refuses the filter %p", async (filters, message) => {
    const answer = await daemon.request("GET", `/images/json?filters=${encodeURIComponent(JSON.stringify(filters))}`);
    expect(await answer.json()).toEqual({ message });
  });
  test("supports older API versions", async () => {
    await make("old");
    const id = await idOf("old");
    await make("old", [], "another");
    const [found] = (await listOf("/v1.42/images/json")).filter(({ Id }) => Id === id);
    expect(found).toMatchObject({
      RepoTags: ["<none>:<none>"],
      RepoDigests: ["<none>@<none>"],
      VirtualSize: expect.any(Number),
    });
  });
});

describe("commit", () => {
  test("creates an image from a container's changes and the requested configuration", async () => {
    const id = await create("busybox", "worker", [
      "sh",
      "-c",
      "mkdir /w && echo done > /w/file && rm /bin/wget && chmod 4711 /w/file",
    ]);
    await daemon.call("POST", `/containers/${id}/start`);
    await daemon.call("POST", `/containers/${id}/wait`);
    const query = new URLSearchParams({
      container: id,
      repo: "committed",
      tag: "x",
      author: "somebody",
      comment: "a note",
    });
    for (const change of ["ENV A=1", 'CMD ["cat","/w/file"]', "LABEL l=m"]) query.append("changes", change);
    await daemon.call("POST", `/commit?${query}`);
    const image = JSON.parse(JSON.stringify(await daemon.call("GET", "/images/committed:x/json")));
    expect(image).toMatchObject({
      Author: "somebody",
      Comment: "a note",
      Parent: await idOf("busybox"),
      Config: { Cmd: ["cat", "/w/file"], Labels: { l: "m" } },
    });
    expect(image.Config.Env).toContain("A=1");
    expect(readFileSync(join(image.GraphDriver.Data.UpperDir, "w/file"), "utf8")).toBe("done\n");
    expect(await daemon.call("GET", "/images/committed:x/history")).toMatchObject([
      { Comment: "a note", Tags: ["committed:x"], CreatedBy: expect.stringContaining("mkdir /w") },
      { Tags: ["busybox:latest"] },
    ]);
  });
  test("of a container that changed nothing adds no layer", async () => {
    const id = await create("busybox", "idle");
    await daemon.call("POST", `/commit?container=${id}&repo=unchanged&changes=LABEL%20x=y`);
    const layers = async (name: string) =>
      JSON.parse(JSON.stringify(await daemon.call("GET", `/images/${name}/json`))).RootFS.Layers;
    expect(await layers("unchanged")).toEqual(await layers("busybox"));
    expect(await idOf("unchanged")).not.toBe(await idOf("busybox"));
  });
  test.each([
    ["container=nobody", 404, "No such container: nobody"],
    ["container=refused&changes=RUN%20x", 400, "RUN is not a valid change command"],
    ["container=refused&repo=UP", 400, "invalid reference format: repository name (library/UP) must be lowercase"],
  ])("refuses %s", async (query, status, message) => {
    await create("busybox", "refused");
    const answer = await daemon.request("POST", `/commit?${query}`);
    expect([answer.status, await answer.json()]).toEqual([status, { message }]);
  });
});

describe("prune", () => {
  const prune = async (query = "") => JSON.parse(JSON.stringify(await daemon.call("POST", `/images/prune${query}`)));
  const all = `filters=${encodeURIComponent('{"dangling":["false"],"label!":["keep"]}')}`;

  test("removes dangling images, with --all also unused ones", async () => {
    await make("pruned/one");
    const nameless = await idOf("pruned/one");
    await make("pruned/one", ["LABEL keep=1"], "second");
    await make("pruned/two", [], "third");
    await create("busybox", "holds-busybox");
    expect((await prune()).ImagesDeleted).toContainEqual({ Deleted: nameless });
    const { ImagesDeleted, SpaceReclaimed } = await prune(`?${all}`);
    expect(ImagesDeleted).toContainEqual({ Untagged: "pruned/two:latest" });
    expect(ImagesDeleted).not.toContainEqual({ Untagged: "pruned/one:latest" });
    expect(ImagesDeleted).not.toContainEqual({ Untagged: "busybox:latest" });
    expect(SpaceReclaimed).toBeGreaterThan(0);
    expect(await prune(`?${all}`)).toEqual({ ImagesDeleted: null, SpaceReclaimed: 0 });
  });

  test("removes all names but the last of an image that a container uses", async () => {
    await make("used:b");
    for (const name of ["a", "c", "d"]) await tag("used:b", "used", name);
    await create("used:c", "user");
    await create("busybox", "holds-busybox");
    expect(await daemon.call("POST", `/images/prune?filters=${JSON.stringify({ dangling: ["false"] })}`)).toMatchObject(
      {
        ImagesDeleted: [{ Untagged: "used:a" }, { Untagged: "used:b" }, { Untagged: "used:c" }],
      },
    );
    expect((await listOf("/images/json")).find(({ RepoTags }) => RepoTags?.includes("used:d"))).toBeDefined();
  });

  test("can be planned, and the plan skips what has changed since", async () => {
    await make("plan/one");
    await make("plan/two", [], "second");
    await make("plan/three", [], "third");
    await create("busybox", "holds-busybox");
    const { ID, Items } = await prune(`?dryRun=1&${all}`);
    expect(Items.map(({ Name }: { Name: string }) => Name).sort()).toEqual([
      "plan/one:latest",
      "plan/three:latest",
      "plan/two:latest",
    ]);
    for (const { Size } of Items) expect(Size).toBeGreaterThan(0);
    await tag("plan/two", "plan/renamed");
    await create("plan/three", "holds-three");
    await make("plan/four", [], "fourth");
    const done = await prune(`?plan=${ID}`);
    expect(done.ImagesDeleted).toContainEqual({ Untagged: "plan/one:latest" });
    const left = (await listOf("/images/json")).flatMap(({ RepoTags }) => RepoTags ?? []);
    expect(left.sort()).toEqual([
      "busybox:latest",
      "plan/four:latest",
      "plan/renamed:latest",
      "plan/three:latest",
      "plan/two:latest",
    ]);
    const again = await daemon.request("POST", `/images/prune?plan=${ID}`);
    expect([again.status, await again.json()]).toEqual([404, { message: `No such prune plan: ${ID}` }]);
  });
});

test("disk usage counts shared layers once", async () => {
  await daemon.call("POST", "/images/busybox/tag?repo=other-name");
  const id = await create("busybox", "for-usage");
  await daemon.call("POST", `/commit?container=${id}&repo=same-layers&changes=LABEL%20x=y`);
  const usage = JSON.parse(JSON.stringify(await daemon.call("GET", "/system/df")));
  const sizes = usage.Images.map(({ Size }: { Size: number }) => Size);
  expect(sizes).toHaveLength(2);
  expect(usage.LayersSize).toBe(sizes[0]);
  for (const { SharedSize, Size } of usage.Images) expect(SharedSize).toBe(Size);
  expect(usage.Images.map(({ Containers }: { Containers: number }) => Containers).sort()).toEqual([0, 1]);
  // Lists count containers since API 1.51, and shared sizes only on request.
  for (const image of await listOf("/images/json")) expect(image).toMatchObject({ SharedSize: -1 });
  for (const image of await listOf("/v1.50/images/json")) {
    expect(image).toMatchObject({ Containers: -1, SharedSize: -1 });
  }
});

test("publishes image events in Docker's order", async () => {
  // The clocks of the engine and of this test may differ by a millisecond.
  await Bun.sleep(10);
  const since = (Date.now() / 1000).toFixed(3);
  await Bun.sleep(10);
  await make("told:one");
  await tag("told:one", "told", "two");
  const container = await create("told:one", "teller", ["sleep", "1000"]);
  await daemon.call("POST", `/commit?container=${container}&repo=told&tag=three&changes=LABEL%20x=y`);
  await daemon.call("DELETE", `/containers/${container}`);
  for (const name of ["told:three", "told:two", "told:one"]) await remove(name);
  const until = (Date.now() / 1000 + 0.01).toFixed(3);
  const filters = encodeURIComponent(JSON.stringify({ type: ["image", "container"] }));
  const answer = await daemon.request("GET", `/events?since=${since}&until=${until}&filters=${filters}`);
  const events = (await answer.text()).split("\n").filter(Boolean);
  expect(events.map((line) => JSON.parse(line)).map(({ Type, Action }) => `${Type} ${Action}`)).toEqual([
    "image tag",
    "image import",
    "image tag",
    "container create",
    "image create",
    "image tag",
    "container commit",
    "container destroy",
    "image untag",
    "image delete",
    "image untag",
    "image untag",
    "image delete",
  ]);
});
