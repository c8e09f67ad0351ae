// Builds an image and reads what is compared: its configuration, its history, its files, and which steps were cached.
import { createHash } from "node:crypto";
import { ByteReader } from "../../../../src/storage/archive/bytes.ts";
import { readArchive } from "../../../../src/storage/archive/reader.ts";
import { buildKit } from "../../../support/buildkit-clients.ts";
import type { TestDaemon } from "../../../support/daemon.ts";

const CLIENT = "docker 20.10";
const IMAGE = "compared";

export interface BuildResult {
  /** Number of layers. */
  layers: number;
  config: unknown;
  history: unknown;
  /** One line for each file, sorted. */
  files: string[];
  /** Names of the cached steps, sorted. */
  cached: string[];
}

/** @param buildArguments as `NAME=VALUE` */
export async function buildResult(
  daemon: TestDaemon,
  context: string,
  buildArguments: readonly string[],
): Promise<BuildResult> {
  const flags = buildArguments.flatMap((argument) => ["--build-arg", argument]);
  const { code, stderr } = await buildKit(CLIENT, daemon, ["build", "-t", IMAGE, ...flags, context]);
  if (code !== 0) throw new Error(stderr);
  return { ...(await configurationOf(daemon)), files: await filesOf(daemon), cached: cachedSteps(stderr) };
}

/** The names of the steps that plain progress marks as cached, without FROM. */
function cachedSteps(progress: string): string[] {
  const names = new Map([...progress.matchAll(/^#(\d+) (\[.*)$/gm)].map(([, id = "", name = ""]) => [id, name]));
  const cached = [...progress.matchAll(/^#(\d+) CACHED$/gm)].map(([, id = ""]) => names.get(id) ?? "");
  return cached.filter((name) => /^\[[^\]]*\d+\/\d+\] (?!FROM)/.test(name)).sort();
}

async function configurationOf(daemon: TestDaemon): Promise<Pick<BuildResult, "layers" | "config" | "history">> {
  const inspected = Object(await daemon.call("GET", `/images/${IMAGE}/json`));
  const { Config, Architecture, Os, Author, RootFS } = inspected;
  const set = Object.fromEntries(
    Object.entries(Config).filter(([name, value]) => !CONTAINER_FIELDS.has(name) && !isEmpty(value)),
  );
  const entries = await daemon.call("GET", `/images/${IMAGE}/history`);
  const history = Array.isArray(entries)
    ? entries.map(({ CreatedBy, Comment }) => ({ CreatedBy: asInLaterReleases(CreatedBy), Comment }))
    : [];
  return { layers: (RootFS.Layers ?? []).length, config: { Architecture, Os, Author, Config: set }, history };
}

/**
 * Docker's releases after 20.10 show the values of ARG, the flags of COPY and ADD, each argument of a RUN once, and ports as a
 * list. This removes what only one of the two engines shows.
 */
function asInLaterReleases(createdBy: string): string {
  return createdBy
    .replace(/^ARG (\w+)=.*$/, "ARG $1")
    .replace(/^EXPOSE map\[(.*)\]$/, (_, ports: string) => `EXPOSE [${ports.replaceAll(":{}", "")}]`)
    .replace(/^(COPY|ADD) (?:--\w+=\S+ )+/, "$1 ")
    .replace(/^RUN \|\d+ ((?:\w+=\S* )+)/, (_, values: string) => `RUN | ${[...new Set(values.split(" "))].join(" ")}`);
}

/** Fields of a container's configuration, which Docker's later releases leave out of an image's. */
const CONTAINER_FIELDS = new Set(["Hostname", "Domainname", "Image", "AttachStdin", "AttachStdout", "AttachStderr"]);

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === "" ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === "object" && Object.keys(value).length === 0);

/**
 * One line for each file of the image: name, type, mode, owner, size and hash or link target and device number, and its
 * modification time if that comes from the context.
 */
async function filesOf(daemon: TestDaemon): Promise<string[]> {
  const created = Object(await daemon.call("POST", "/containers/create", { Image: IMAGE, Cmd: ["none"] }));
  try {
    const answer = await daemon.request("GET", `/containers/${created.Id}/export`);
    const lines: string[] = [];
    for await (const { header, content: chunks } of readArchive(new ByteReader(answer.body ?? new Blob([]).stream()))) {
      const hash = createHash("sha256");
      for await (const chunk of chunks) hash.update(chunk);
      if (CONTAINER_FILES.test(header.name)) continue;
      const { type, name, mode, uid, gid, size, linkName, modified, major, minor } = header;
      const seconds = Number(modified / 1_000_000_000n);
      const time = type !== "directory" && seconds < 1_700_000_000 ? seconds : "now";
      const content = type === "file" ? `${size} ${hash.digest("hex").slice(0, 12)}` : `${linkName} ${major}:${minor}`;
      lines.push(`${name} ${type} ${mode.toString(8)} ${uid}:${gid} ${content} ${time}`);
    }
    return lines.sort();
  } finally {
    await daemon.call("DELETE", `/containers/${created.Id}?force=1`);
  }
}

/** Files that the engine adds to every container. */
const CONTAINER_FILES = /^(?:\.dockerenv|dev\/(?:console|pts|shm|null).*|etc\/(?:hostname|hosts|resolv\.conf|mtab))$/;
