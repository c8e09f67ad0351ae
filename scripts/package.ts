// npm run package: Debian packages and tarballs for amd64 and arm64, an SPDX bill of materials and SHA-256 sums, all in
// dist/packages.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VERSION } from "../src/api/product.ts";
import { architectures, fetchRuntime } from "./package/architecture.ts";
import { billOfMaterials } from "./package/bill-of-materials.ts";
import { buildDockerPackage, buildEnginePackage } from "./package/debian.ts";
import { type Release, writeFiles } from "./package/files.ts";
import { compileProgram, repository } from "./setup/program.ts";
import { must, note, program, say, script } from "./step.ts";

export const packagesDirectory = join(repository, "dist", "packages");

/** Rebuilds everything. @returns the names of the files in {@link packagesDirectory} */
export async function buildPackages(): Promise<string[]> {
  const release: Release = { version: VERSION, epoch: await releaseEpoch() };
  rmSync(packagesDirectory, { recursive: true, force: true });
  mkdirSync(packagesDirectory, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "berth-release-"));
  try {
    for (const architecture of architectures) {
      say(`building for ${architecture.name}`);
      const executable = join(work, `berth-${architecture.name}`);
      await compileProgram(executable, await fetchRuntime(architecture));
      await buildEnginePackage(packagesDirectory, architecture, executable, release);
      await buildTarball(work, architecture.name, executable, release);
    }
    await buildDockerPackage(packagesDirectory, release);
  } finally {
    rmSync(work, { recursive: true });
  }
  const bill = await billOfMaterials(release, Bun.version, architectures);
  writeFileSync(join(packagesDirectory, `berth_${VERSION}.spdx.json`), bill);
  const files = readdirSync(packagesDirectory).sort();
  const sums = files.map((file) => `${digestOf(join(packagesDirectory, file))}  ${file}\n`);
  writeFileSync(join(packagesDirectory, "SHA256SUMS"), sums.join(""));
  return [...files, "SHA256SUMS"];
}

async function buildTarball(work: string, architecture: string, executable: string, release: Release): Promise<void> {
  const name = `berth-${release.version}-linux-${architecture}`;
  await writeFiles(join(work, name), executable, release);
  await must([
    "tar",
    "--sort=name",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    `--mtime=@${release.epoch}`,
    "--use-compress-program=xz -T0 -0",
    "-C",
    work,
    "-cf",
    join(packagesDirectory, `${name}.tar.xz`),
    name,
  ]);
}

/** SOURCE_DATE_EPOCH, the time of the newest commit, or now. */
async function releaseEpoch(): Promise<number> {
  const { SOURCE_DATE_EPOCH } = process.env;
  if (SOURCE_DATE_EPOCH !== undefined) return Number(SOURCE_DATE_EPOCH);
  const commit = await program(["git", "-C", repository, "log", "-1", "--format=%ct"]);
  return commit.code === 0 ? Number(commit.output.trim()) : Math.floor(Date.now() / 1000);
}

function digestOf(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}

if (import.meta.main) {
  await script(async () => {
    const files = await buildPackages();
    say(`${packagesDirectory} has:`);
    for (const file of files) note(file);
  });
}
