// Checks the dependency rules of docs/architecture.md: rooms in src/ depend downwards only, and files have no import
// cycles.
import { dirname, join, relative } from "node:path";

/** The engine's own types of a container's configuration. */
const CONFIGURATION = "engine/containers/configuration/";

/**
 * What each room may import, as rooms, folders or single files: everything, or only types. All rooms may import `async`,
 * and `api` as far as {@link sharedWords} says. Front ends may import the engine's index and the files that describe builds.
 */
const rooms: Record<string, { values: string[]; types: string[] }> = {
  api: { values: [], types: [] },
  async: { values: [], types: [] },
  linux: { values: [], types: [] },
  registry: { values: ["linux"], types: ["engine/config.ts"] },
  storage: { values: ["linux"], types: ["engine/config.ts"] },
  network: { values: ["linux"], types: ["engine/config.ts"] },
  runtime: { values: ["linux"], types: ["engine/config.ts", CONFIGURATION] },
  dockerfile: { values: [], types: [] },
  grpc: { values: [], types: [] },
  engine: { values: ["registry", "storage", "network", "runtime", "dockerfile", "linux"], types: [] },
  buildkit: {
    values: ["engine/index.ts", "engine/build/solve-request.ts", "storage", "grpc"],
    types: ["engine/build/events.ts", "engine/build/session.ts"],
  },
  docker: { values: ["runtime/spec/mounts.ts"], types: [CONFIGURATION, "engine/index.ts"] },
  server: { values: ["engine/index.ts", "docker", "buildkit", "grpc", "linux"], types: [] },
  client: { values: [], types: [] },
  compose: { values: ["client"], types: [] },
  ui: { values: ["client"], types: [] },
  cli: { values: ["client", "compose", "ui", "grpc", "linux"], types: [] },
  "main.ts": { values: ["server", "cli", "storage"], types: [] },
};

/**
 * Folders with private files: outside, only the public ones may be imported, so that the set of drivers stays hidden.
 */
const privateFolders = [{ path: "network/drivers/", public: ["driver.ts", "registry.ts"] }];

/** They translate the forms of their protocols to the engine's and back. */
const FRONT_ENDS = ["api/", "docker/", "server/", "buildkit/", "client/", "compose/", "cli/", "ui/"];

/**
 * What of `api` the rooms below the front ends may import: the words of the field, which both sides need and which are in
 * no protocol's form. Everything else there is Docker's, and front ends translate it.
 */
const sharedWords: Record<string, string> = {
  "container-options.ts": "the options of containers, from which both sides derive their fields",
  "csv.ts": "lists of quoted values",
  "environment.ts": "variables, each NAME=VALUE",
  "errors.ts": "errors with a kind, in the words that clients match",
  "go-json.ts": "how Go reads JSON: image documents are read as other engines read them",
  "go-json-syntax.ts": "the same",
  "integers.ts": "the largest integer of Go",
  "log.ts": "the daemon's log",
  "pairs.ts": "NAME=VALUE",
  "pattern-matcher.ts": "patterns of .dockerignore and COPY --exclude",
  "platforms.ts": "an image's platform",
  "port-ranges.ts": "published ports",
  "product.ts": "name and version",
  "references.ts": "an image's name",
  "requested-ports.ts": "ports that a container is asked to publish",
  "sizes.ts": "sizes with units",
  "socket-scopes.ts": "what a scoped socket allows",
  "streams.ts": "frames, which output has from where it is read to the client, so that it is copied once",
  "sysctls.ts": "kernel parameters of namespaces",
  "system-errors.ts": "errors of the operating system in Go's words",
  "time.ts": "times and durations",
  "ulimits.ts": "the names of limits",
  "waiting.ts": "what a client waits for",
};

/** Reads records that earlier versions wrote in Docker's form. */
const EARLIER_RECORDS = "engine/containers/earlier-records.ts";

/** Who else may import Docker's forms: `Config` is an image's, too, by OCI's image specification. */
const exceptions = [
  {
    paths: ["api/container-config.ts", "docker/container-config.ts"],
    importers: ["dockerfile/", "engine/images/", "engine/build/", "engine/commit.ts", EARLIER_RECORDS],
  },
  {
    paths: [
      "api/container-networks.ts",
      "api/host-configuration.ts",
      "docker/host-configuration.ts",
      "docker/port-bindings.ts",
    ],
    importers: [EARLIER_RECORDS],
  },
];

export interface Import {
  /** Path below src/. */
  from: string;
  /** Path below src/. */
  to: string;
  typeOnly: boolean;
}

/** The imports of one source file within src/; `path` is relative to src/. */
export function importsOf(path: string, source: string): Import[] {
  const found: Import[] = [];
  // Only at the start of a line, which excludes comments and templates.
  const statement = /^(?:import|export)\s+(type\s+)?(?:[^"'`;]*?\sfrom\s+)?["'](\.{1,2}\/[^"']+)["']/gm;
  for (const [, type, target = ""] of source.matchAll(statement)) {
    found.push({ from: path, to: below(path, target), typeOnly: type !== undefined });
  }
  for (const [, target = ""] of source.matchAll(/\bimport\(\s*["'](\.{1,2}\/[^"']+)["']\s*\)/g)) {
    found.push({ from: path, to: below(path, target), typeOnly: false });
  }
  return found;
}

/** The violated rule, or undefined. */
export function objection(edge: Import): string | undefined {
  const from = roomOf(edge.from);
  const to = roomOf(edge.to);
  const rule = rooms[from];
  const folder = privateFolders.find(({ path }) => edge.to.startsWith(path) && !edge.from.startsWith(path));
  if (folder && !folder.public.includes(edge.to.slice(folder.path.length))) {
    return `src/${edge.from}: only ${folder.public.join(" and ")} of ${folder.path} may be imported (src/${edge.to})`;
  }
  if ((to === "api" || to === "docker") && isBelowFrontEnds(edge.from) && !isShared(edge)) {
    return `src/${edge.from}: below the front ends nothing has Docker's form (src/${edge.to})`;
  }
  if (!rule) return `src/${edge.from}: ${from} is not one of the rooms`;
  if (from === to) return from === "engine" ? siblingObjection(edge) : undefined;
  // Everything may import the package's name and version.
  if (to === "package.json" || to === "api" || to === "async") return undefined;
  if (to === "docker" && isShared(edge)) return undefined;
  if (rule.values.includes(to) || matches(edge.to, rule.values)) return undefined;
  if (edge.typeOnly && matches(edge.to, rule.types)) return undefined;
  return `src/${edge.from}: ${from} must not import ${edge.typeOnly ? "types of " : ""}${to} (src/${edge.to})`;
}

const isBelowFrontEnds = (path: string): boolean =>
  roomOf(path) in rooms && path !== "main.ts" && !matches(path, FRONT_ENDS);

function isShared({ from, to }: Import): boolean {
  if (to.startsWith("api/") && to.slice("api/".length) in sharedWords) return true;
  return exceptions.some(({ paths, importers }) => paths.includes(to) && matches(from, importers));
}

/** The engine's services are injected: a folder may import another folder's types, but not its code. */
function siblingObjection(edge: Import): string | undefined {
  const [, from, fromFile] = edge.from.split("/");
  const [, to, toFile] = edge.to.split("/");
  if (edge.typeOnly || fromFile === undefined || toFile === undefined || from === to) return undefined;
  return `src/${edge.from}: engine/${from} must get engine/${to} by injection (src/${edge.to})`;
}

/** All import cycles, including type imports: the files of each, once. */
export function circles(edges: readonly Import[]): string[][] {
  const targets = Map.groupBy(edges, ({ from }) => from);
  const done = new Set<string>();
  const found: string[][] = [];
  const walk = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) found.push(way.slice(start));
    if (start >= 0 || done.has(path)) return;
    for (const { to } of targets.get(path) ?? []) walk(to, [...way, path]);
    done.add(path);
  };
  for (const path of targets.keys()) walk(path, []);
  return found;
}

/** Whether a path is one of these files, or in one of these folders ("engine/networks/"). */
function matches(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => path === pattern || (pattern.endsWith("/") && path.startsWith(pattern)));
}

const below = (path: string, target: string): string => relative("/", join("/", dirname(path), target));

const roomOf = (path: string): string => path.split("/")[0] ?? path;

/** All violations in the sources below `directory` (src/). */
export async function roomsReport(directory: string): Promise<string[]> {
  const edges: Import[] = [];
  for (const path of [...new Bun.Glob("**/*.{ts,tsx}").scanSync({ cwd: directory })].sort()) {
    edges.push(...importsOf(path, await Bun.file(join(directory, path)).text()));
  }
  const round = circles(edges).map((files) => `a circle of imports: ${[...files, files[0]].join(" → ")}`);
  return [...edges.flatMap((edge) => objection(edge) ?? []), ...round];
}
