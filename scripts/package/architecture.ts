// Target architectures of packages, each with the npm package of Bun's runtime.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { repository } from "../setup/program.ts";
import { must, StepError, say } from "../step.ts";

export interface Architecture {
  /** Debian's name, used in file names. */
  name: "amd64" | "arm64";
  /** The npm package with Bun for this architecture. */
  runtimePackage: string;
}

export const architectures: readonly Architecture[] = [
  { name: "amd64", runtimePackage: "@oven/bun-linux-x64" },
  { name: "arm64", runtimePackage: "@oven/bun-linux-aarch64" },
];

const lockSchema = v.object({
  packages: v.record(v.string(), v.object({ version: v.optional(v.string()), integrity: v.optional(v.string()) })),
});
const packedSchema = v.pipe(
  v.array(v.object({ filename: v.string(), integrity: v.string() })),
  v.transform(([first]) => first),
);

/** Downloads the runtime if necessary. @returns the path of the Bun executable */
export async function fetchRuntime({ name, runtimePackage }: Architecture): Promise<string> {
  const lock = v.parse(lockSchema, JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")));
  const locked = lock.packages[`node_modules/${runtimePackage}`];
  if (locked?.version === undefined || locked.integrity === undefined) {
    throw new StepError(`package-lock.json does not list ${runtimePackage}`);
  }
  const directory = join(repository, "dist", "runtimes", `${name}-${locked.version}`);
  const runtime = join(directory, "package", "bin", "bun");
  if (existsSync(runtime)) return runtime;
  say(`fetching ${runtimePackage} ${locked.version}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const answer = await must(["npm", "pack", "--json", "--silent", `${runtimePackage}@${locked.version}`], {
    cwd: directory,
  });
  const packed = v.parse(packedSchema, JSON.parse(answer));
  if (packed === undefined || packed.integrity !== locked.integrity) {
    throw new StepError(`${runtimePackage} ${locked.version} is not what package-lock.json expects`);
  }
  await must(["tar", "-xzf", join(directory, packed.filename), "-C", directory, "package/bin/bun"]);
  rmSync(join(directory, packed.filename));
  return runtime;
}
