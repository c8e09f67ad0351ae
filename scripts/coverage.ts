// npm run coverage: lists the lines of src that the unit and integration tests do not run, in all processes: tests,
// daemons, clients, workers. `npm run coverage -- test/unit test/integration/networks` uses only those tests.
// A process that is killed leaves no record.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addRecord, formatRanges, type Missed } from "./coverage/missed.ts";
import { repository } from "./setup/program.ts";
import { note, say, script } from "./step.ts";

const directory = join(repository, "dist", "coverage");
const records = join(directory, "records");
const report = join(directory, "missed.txt");

/** Generated code, and the page, which runs in a browser. */
const excluded = ["grpc/proto/", "ui/page/"];

await script(async () => {
  const paths = process.argv.slice(2);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(records, { recursive: true });
  const tests = (paths.length > 0 ? paths : ["test/unit", "test/integration"]).map((path) => `./${path}`);
  const child = Bun.spawn([process.execPath, "test", ...tests, "--timeout=120000", "--only-failures"], {
    cwd: repository,
    env: {
      ...process.env,
      // Read by every Bun process below.
      BUN_OPTIONS: `--preload=${join(import.meta.dir, "coverage", "record.ts")}`,
      BUN_JSC_useControlFlowProfiler: "1",
      BERTH_COVERAGE_DIRECTORY: records,
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await child.exited;
  if (code !== 0) note(`the tests failed with code ${code}`);

  const missed: Missed = new Map();
  for (const record of readdirSync(records)) addRecord(missed, readFileSync(join(records, record), "utf8"));
  const sources = [...new Bun.Glob("**/*.ts").scanSync({ cwd: join(repository, "src") })]
    .filter((path) => !excluded.some((folder) => path.startsWith(folder)))
    .sort();
  const lines = sources.flatMap((path) => {
    const ranges = missed.get(path);
    if (ranges === undefined) return [`src/${path}: not loaded`];
    return ranges.size === 0 ? [] : [`src/${path}: ${formatRanges(ranges)}`];
  });
  writeFileSync(report, `${lines.join("\n")}\n`);
  const notLoaded = sources.filter((path) => !missed.has(path)).length;
  const count = sources.reduce((sum, path) => sum + (missed.get(path)?.size ?? 0), 0);
  say(`${count} lines of ${sources.length} files were not run, ${notLoaded} files were not loaded: ${report}`);
});
