// Builds the same Dockerfiles with this engine and with Docker's own BuildKit (20.10). The images must have equal files,
// modes, owners, configuration and history, and the same steps must be cached after each change of the context.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
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
/** In memory: each step makes Docker's engine sync its databases to disk several times. */
const DATA_ROOT_SIZE = "256m";

let docker: TestDaemon;
let berth: TestDaemon;

const hasClient = buildKitClients.includes("docker 20.10");

beforeAll(async () => {
  if (!referenceIsInstalled || !hasClient) return;
  docker = await startDaemon({ engine: "docker", dataRootSize: DATA_ROOT_SIZE });
  berth = await startDaemon({ engine: "berth", dataRootSize: DATA_ROOT_SIZE });
  await Promise.all([docker.importBusybox(), berth.importBusybox()]);
}, ENGINE_DEADLINE);

afterAll(async () => {
  await docker?.dispose();
  await berth?.dispose();
}, ENGINE_DEADLINE);

describe.skipIf(lacks("dockerd", referenceIsInstalled) || lacks("Debian's docker command", hasClient))(
  "Docker's BuildKit and this engine build the same",
  () => {
    test.each(cases.map((each) => ({ ...each })))(
      "$name",
      async (each) => {
        const context = mkdtempSync(join(berth.directory, "context-"));
        fillContext(context, each);
        await expectEqualBuilds(context, each.arguments);
        for (const change of each.changes ?? []) {
          applyChange(context, change);
          await expectEqualBuilds(context, change.arguments ?? each.arguments);
        }
      },
      CASE_DEADLINE,
    );
  },
);

/** Both engines build at the same time. */
async function expectEqualBuilds(context: string, buildArguments: readonly string[] = []): Promise<void> {
  const build = (engine: TestDaemon): Promise<BuildResult> => buildResult(engine, context, buildArguments);
  const [theirs, ours] = await Promise.all([build(docker), build(berth)]);
  expect(ours).toEqual(theirs);
}
