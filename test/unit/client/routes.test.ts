// Every route of the server has a typed method: calls each method once and compares the requests with the routes.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { routesOf } from "../../../scripts/check/documents.ts";
import { Berth } from "../../../src/client/index.ts";

/** Routes that are another way to what a call does. */
const OTHERWISE_REACHED = [
  // Another spelling of the list.
  "GET /networks/",
  // The same as HEAD.
  "GET /_ping",
  // `save` takes one name or several.
  "GET /images/{name}/get",
  // For browsers; `attach` takes the raw stream.
  "GET /containers/{id}/attach/ws",
  // BuildKit's protocol, for other programs.
  "POST /grpc",
  "POST /session",
];

const directory = mkdtempSync(join(tmpdir(), "berth-routes-"));
const asked: string[] = [];
let server: Bun.Server<undefined>;
let berth: Berth;

beforeAll(() => {
  const unix = join(directory, "socket");
  server = Bun.serve({
    unix,
    fetch({ method, url }) {
      asked.push(`${method} ${new URL(url).pathname.replace(/^\/v[\d.]+/, "")}`);
      return new Response('{"message":"only listening"}', { status: 418, headers: { "api-version": "1.51" } });
    },
  });
  berth = new Berth({ host: `unix://${unix}` });
});

afterAll(async () => {
  await server.stop(true);
  rmSync(directory, { recursive: true });
});

const archive = () => new Blob(["x"]).stream();

/** Streams ask for nothing before they are read. */
const begun = (stream: AsyncIterable<unknown>) => stream[Symbol.asyncIterator]().next();

/** Every call of every member once. */
function calls({ containers, execs, images, networks, volumes, system, sockets }: Berth): unknown[] {
  return [
    ...[containers.list(), containers.create({}), containers.inspect("x"), containers.inspectText("x")],
    ...[containers.top("x"), begun(containers.logBytes("x")), begun(containers.logs("x")), containers.changes("x")],
    ...[begun(containers.export("x")), begun(containers.stats("x")), containers.statsOnce("x")],
    ...[containers.resize("x", 1, 1), containers.start("x"), containers.stop("x"), containers.restart("x")],
    ...[containers.kill("x"), containers.update("x", {}), containers.rename("x", "y"), containers.pause("x")],
    ...[containers.unpause("x"), containers.attach("x", false), containers.waiting("x"), containers.wait("x")],
    ...[containers.remove("x"), containers.prune(), containers.planPrune(), containers.applyPrune("x")],
    ...[containers.statPath("x", "/"), containers.getArchive("x", "/"), containers.putArchive("x", "/", archive())],
    ...[execs.create("x", {}), execs.start("x"), execs.startDetached("x"), execs.resize("x", 1, 1), execs.inspect("x")],
    ...[containers.run({}, { until: "next-exit" }), execs.run("x", {})],
    ...[images.list(), begun(images.pull("x")), begun(images.import(archive())), begun(images.load(archive()))],
    ...[begun(images.save(["x"])), images.inspect("x"), images.inspectText("x"), images.history("x")],
    ...[images.inspectDistribution("x"), begun(images.push("x")), images.tag("x", "y"), images.remove("x")],
    ...[images.search("x"), images.prune(), images.planPrune(), images.applyPrune("x"), images.commit("x")],
    ...[begun(images.build(archive())), images.cancelBuild("x"), images.pruneBuildCache()],
    ...[images.planPruneBuildCache(), images.applyPruneBuildCache("x")],
    ...[networks.list(), networks.create({ Name: "x" }), networks.inspect("x"), networks.inspectText("x")],
    ...[networks.connect("x", { Container: "y" }), networks.disconnect("x", "y"), networks.remove("x")],
    ...[networks.prune(), networks.planPrune(), networks.applyPrune("x")],
    ...[volumes.list(), volumes.create({}), volumes.inspect("x"), volumes.inspectText("x"), volumes.remove("x")],
    ...[volumes.prune(), volumes.planPrune(), volumes.applyPrune("x")],
    ...[system.ping(), system.version(), system.info(), system.diskUsage(), begun(system.events())],
    ...[begun(system.eventTexts()), system.authenticate({})],
    ...[sockets.list(), sockets.create({ Name: "x", Allow: ["read"] }), sockets.inspect("x"), sockets.remove("x")],
  ];
}

test("the client has a method for every route", async () => {
  const routes = await routesOf(join(import.meta.dir, "..", "..", ".."));
  expect(routes.length).toBeGreaterThan(60);
  // Requests to a server that never responds fail.
  await Promise.allSettled(calls(berth));
  const unasked = routes.filter((route) => {
    const [method, pattern = ""] = route.split(" ");
    const expression = new RegExp(`^${method} ${pattern.replace(/\{\w+\}/g, "[^/]+")}$`);
    return !asked.some((request) => expression.test(request));
  });
  expect(unasked.sort()).toEqual(OTHERWISE_REACHED.sort());
});

test("every method is called", () => {
  const made = calls.toString();
  const missing = [
    berth.containers,
    berth.execs,
    berth.images,
    berth.networks,
    berth.volumes,
    berth.system,
    berth.sockets,
  ]
    .flatMap((member) => {
      const prototype: object = Object.getPrototypeOf(member);
      const group = member.constructor.name.toLowerCase();
      return Object.getOwnPropertyNames(prototype).map((name) => `${group}.${name}(`);
    })
    .filter((call) => !call.endsWith(".constructor(") && !made.includes(call));
  expect(missing).toEqual([]);
});
