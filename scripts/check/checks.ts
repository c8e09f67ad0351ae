// The source checks, each with a name: format and lint, types, dependency rules, the lock file, the documents, the build.
import { join } from "node:path";
import { buildProgram, repository } from "../setup/program.ts";
import { type Finished, program, StepError } from "../step.ts";
import { documentsReport } from "./documents.ts";
import { lockReport } from "./lock.ts";
import { roomsReport } from "./rooms.ts";

/** A longer file probably has more than one responsibility. */
const LONG_FILE = 400;

export interface Check {
  name: string;
  run(): Promise<Finished>;
}

const local = (name: string): string => join(repository, "node_modules", ".bin", name);

const reported = (complaints: string[]): Finished => ({
  code: complaints.length === 0 ? 0 : 1,
  output: complaints.join("\n"),
});

export const checks: Check[] = [
  {
    name: "format and lint",
    run: () => program([local("biome"), "check", "--error-on-warnings", "--max-diagnostics=50", "--colors=off"]),
  },
  { name: "types", run: () => program([local("tsc"), "--project", repository]) },
  { name: "types of the page", run: () => program([local("tsc"), "--project", join(repository, "src", "ui", "page")]) },
  { name: "rooms", run: async () => reported(await roomsReport(join(repository, "src"))) },
  {
    name: "lock file",
    run: async () => reported(lockReport(await Bun.file(join(repository, "package-lock.json")).json())),
  },
  { name: "documents", run: async () => reported(await documentsReport(repository)) },
  { name: "build", run: build },
];

/** Types do not cover what only the bundler resolves, such as the HTML and CSS of the page. */
async function build(): Promise<Finished> {
  try {
    await buildProgram();
    return reported([]);
  } catch (thrown) {
    if (!(thrown instanceof StepError)) throw thrown;
    return reported([thrown.message]);
  }
}

/** Long files to review; not a failure, because tables may be long. */
export async function longFiles(): Promise<string[]> {
  const found: string[] = [];
  for (const path of [...new Bun.Glob("{src,test,scripts,bench}/**/*.ts").scanSync({ cwd: repository })].sort()) {
    if (path.includes("node_modules") || path.startsWith("src/grpc/proto/")) continue;
    const lines = (await Bun.file(join(repository, path)).text()).split("\n").length - 1;
    if (lines > LONG_FILE) found.push(`${path}: ${lines} lines`);
  }
  return found;
}
