// `ps` filters: generated questions about generated containers, against a model that is too simple to be wrong.
import { expect, test } from "bun:test";
import { BerthError } from "../../../../src/api/errors.ts";
import { parseFilters } from "../../../../src/api/filters.ts";
import { NEVER } from "../../../../src/api/time.ts";
import { Container, containerPaths } from "../../../../src/engine/containers/container.ts";
import type { Life } from "../../../../src/engine/containers/lifecycle/transitions.ts";
import {
  containerFilters,
  type SelectionParts,
  selectContainers,
} from "../../../../src/engine/containers/queries/list.ts";
import type { ContainerState } from "../../../../src/engine/containers/record.ts";
import { Filters } from "../../../../src/engine/filters.ts";
import type { ContainerNetworking } from "../../../../src/engine/networks/container-networking.ts";
import { OciRuntime } from "../../../../src/runtime/oci-runtime.ts";
import { containerConfigurationOf, hostConfigurationOf } from "../../../support/container-configuration.ts";

const run = { process: { pid: 1, startTime: 1 }, monitor: { pid: 2, startTime: 1 } };
const lives: Life[] = [
  { status: "created" },
  { status: "running", ...run },
  { status: "paused", ...run, frozenBy: "client" },
  { status: "restarting", nextAttempt: NEVER },
  { status: "exited" },
];
const images = ["sha256:aa", "sha256:bb"];
const networks = ["bridge", "shop"];
const range = { protocol: "tcp", containerPort: 80, hostAddresses: ["::"], hostPort: 8080, count: 1 } as const;
const sandboxes: ContainerNetworking["sandbox"][] = [
  undefined,
  {
    id: "",
    namespacePath: "",
    published: [{ ...range, hostAddresses: ["::"] }],
    ports: [{ port: 80, protocol: "tcp" }],
  },
  { id: "", namespacePath: "", published: [], ports: [{ port: 53, protocol: "udp" }] },
];

const containers = Array.from({ length: 60 }, (_, index) => {
  const id = index.toString(16).padStart(2, "0").repeat(32);
  const life = lives[index % lives.length] ?? { status: "created" };
  const state: ContainerState = {
    life,
    exitCode: index % 3,
    error: "",
    oomKilled: false,
    outputTruncated: false,
    startedAt: NEVER,
    finishedAt: NEVER,
    restartCount: 0,
    restartDelay: 0,
    stoppedByClient: false,
    ...(index % 4 === 0
      ? { health: { status: index % 8 === 0 ? "healthy" : "starting", failingStreak: 0, log: [] } }
      : {}),
  };
  const spec = {
    id,
    name: `${index % 2 === 0 ? "web" : "db"}-${index}`,
    created: NEVER,
    imageReference: "x",
    imageId: images[index % 2] ?? "",
    config: containerConfigurationOf({ Labels: { tier: String(index % 3), ...(index % 5 === 0 ? { odd: "" } : {}) } }),
    hostConfig: hostConfigurationOf(),
    mountPoints: [
      {
        type: "volume" as const,
        name: `v${index % 4}`,
        source: `/volumes/v${index % 4}`,
        destination: "/data",
        mode: "",
        readOnly: false,
        propagation: "" as const,
      },
    ],
    anonymousVolumes: [],
  };
  return new Container(
    spec,
    state,
    containerPaths("/data", "/exec", id),
    () => new OciRuntime("crun", "/bin/true", "/state"),
  );
});
const indexOf = ({ spec }: Container): number => Number(spec.name.split("-")[1]);
const networkOf = (index: number): string => networks[index % 2] ?? "";

const find = (reference: string): Container => {
  const found = containers.find(({ spec }) => spec.name === reference);
  if (!found) throw new BerthError("notFound", `No such container: ${reference}`);
  return found;
};
const joined = (id: string) => networkOf(containers.findIndex((container) => container.id === id));
const host: SelectionParts = {
  store: { get: find },
  images: {
    descendants: (reference) => images.filter((id) => id === reference),
    find: (reference) =>
      images.includes(reference) ? { id: reference, configuration: {}, lowerDirectories: [], size: 0 } : undefined,
  },
  networks: {
    networking: (id) => ({
      networks: [
        { id: `id-of-${joined(id)}`, name: joined(id), request: {}, endpoint: undefined, dnsNames: undefined },
      ],
      sandbox: sandboxes[containers.findIndex((container) => container.id === id) % sandboxes.length],
    }),
  },
};

/** Each key's values, and which containers each value is true of. */
const model: Record<string, Record<string, (container: Container, index: number) => boolean>> = {
  name: {
    web: (_, index) => index % 2 === 0,
    "^/db-1": (_, index) => index % 2 === 1 && `${index}`.startsWith("1"),
    "-7$": (_, index) => index === 7,
  },
  id: { "0a0a": (_, index) => index === 10, nothing: () => false },
  status: Object.fromEntries(
    ["created", "running", "paused", "restarting", "exited"].map((status) => [
      status,
      ({ state }: Container) => state.life.status === status,
    ]),
  ),
  health: {
    none: (_, index) => index % 4 !== 0,
    healthy: (_, index) => index % 8 === 0,
    starting: (_, index) => index % 8 === 4,
  },
  exited: Object.fromEntries(
    [0, 1, 2].map((code) => [
      String(code),
      ({ state }: Container) => state.life.status === "exited" && state.exitCode === code,
    ]),
  ),
  label: { "tier=1": (_, index) => index % 3 === 1, odd: (_, index) => index % 5 === 0, tier: () => true },
  ancestor: { "sha256:aa": (_, index) => index % 2 === 0, nosuch: () => false },
  volume: { v1: (_, index) => index % 4 === 1, "/data": () => true, "/volumes/v2": (_, index) => index % 4 === 2 },
  network: { shop: (_, index) => index % 2 === 1, "id-of-bridge": (_, index) => index % 2 === 0 },
  publish: { "8080": (_, index) => index % 3 === 1, "8000-9000/tcp": (_, index) => index % 3 === 1, "80": () => false },
  expose: { "53/udp": (_, index) => index % 3 === 2, "80-90": (_, index) => index % 3 === 1 },
  before: { "web-20": (_, index) => index < 20 },
  since: { "db-31": (_, index) => index > 31 },
};
const allOf = ["label", "before", "since"];

function expected(asked: Record<string, string[]>, all: boolean): number[] {
  const everyState = all || "status" in asked;
  return containers
    .map((container, index) => ({ container, index }))
    .filter(({ container }) => everyState || ["running", "paused", "restarting"].includes(container.state.life.status))
    .filter(({ container, index }) =>
      Object.entries(asked).every(([key, values]) => {
        const answers = values.map((value) => model[key]?.[value]?.(container, index) ?? false);
        return allOf.includes(key) ? answers.every(Boolean) : answers.some(Boolean);
      }),
    )
    .map(({ index }) => index)
    .reverse();
}

test("every combination of two filters, with one value or all of them", () => {
  const keys = Object.keys(model);
  for (const first of keys) {
    for (const second of keys) {
      for (const pick of [(values: string[]) => values.slice(0, 1), (values: string[]) => values]) {
        const asked = Object.fromEntries([first, second].map((key) => [key, pick(Object.keys(model[key] ?? {}))]));
        for (const all of [true, false]) {
          const filters = Filters.of(parseFilters(JSON.stringify(asked)), containerFilters);
          const selected = selectContainers(containers, { all, limit: 0, filters }, host);
          expect([asked, selected.map(indexOf)]).toEqual([asked, expected(asked, all)]);
        }
      }
    }
  }
});

test("a limit takes the newest, whatever their state", () => {
  const select = (limit: number) =>
    selectContainers(containers, { all: false, limit, filters: new Filters() }, host).map(indexOf);
  expect(select(3)).toEqual([59, 58, 57]);
  expect(select(1000).length).toBe(60);
});

test.each([
  ["status", "gone", "invalid filter 'status=gone'"],
  ["health", "well", "Unrecognised filter value for health: well"],
  ["exited", "x", 'strconv.Atoi: parsing "x": invalid syntax'],
  ["publish", "http", "error while looking up for publish http: invalid port or range"],
  ["expose", "99999", "error while looking up for expose 99999: invalid port or range"],
  ["is-task", "maybe", "invalid filter 'is-task=[maybe]'"],
  ["before", "nosuch", "no such container nosuch"],
])("%s=%s is refused", (key, value, message) => {
  const filters = Filters.of(parseFilters(JSON.stringify({ [key]: [value] })), containerFilters);
  expect(() => selectContainers(containers, { all: true, limit: 0, filters }, host)).toThrow(message);
});
