// The same Dockerfiles, built by this engine and by Docker's own BuildKit (20.10): files, modes, owners, configuration,
// history, and what is cached after which change must be equal.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildKitClients } from "../../support/buildkit-clients.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { referenceIsInstalled } from "../../support/reference.ts";
import { lacks } from "../../support/requirement.ts";
import { applyChange, fillContext } from "./reference/context.ts";
import { cases } from "./reference/dockerfiles.ts";
import { type BuildResult, buildResult } from "./reference/results.ts";

const ENGINE_DEADLINE = 60_000;
const CASE_DEADLINE = 180_000;

let docker: TestDaemon;
let berth: TestDaemon;
let directory: string;

const hasClient = buildKitClients.includes("docker 20.10");

beforeAll(async () => {
  if (!referenceIsInstalled || !hasClient) return;
  directory = mkdtempSync(join(tmpdir(), "berth-reference-"));
  [docker, berth] = await Promise.all([startDaemon({ engine: "docker" }), startDaemon({ engine: "berth" })]);
  await Promise.all([docker.importBusybox(), berth.importBusybox()]);
}, ENGINE_DEADLINE);

afterAll(async () => {
  await docker?.dispose();
  await berth?.dispose();
  if (directory) rmSync(directory, { recursive: true, force: true });
}, ENGINE_DEADLINE);

describe.skipIf(lacks("dockerd", referenceIsInstalled) || lacks("Debian's docker command", hasClient))(
  "Docker's BuildKit and this engine build the same",
  () => {
    test.each(cases.map((each) => ({ ...each })))(
      "$name",
      async (each) => {
        const context = mkdtempSync(join(directory, "context-"));
        fillContext(context, each);
        const both = async (words: readonly string[]): Promise<[BuildResult, BuildResult]> =>
          Promise.all([buildResult(docker, context, words), buildResult(berth, context, words)]);
        const [theirs, ours] = await both(each.arguments ?? []);
        expect(ours).toEqual(theirs);
        for (const change of each.changes ?? []) {
          applyChange(context, change);
          const [theirs, ours] = await both(change.arguments ?? each.arguments ?? []);
          expect(ours).toEqual(theirs);
        }
      },
      CASE_DEADLINE,
    );
  },
);
