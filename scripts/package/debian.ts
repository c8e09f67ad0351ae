// Debian packages: `berth`, and `berth-docker` with the `docker` command and socket.
// Source: Debian Policy, chapters 5 to 7 and appendix "Package maintainer scripts"; deb(5).
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { enginePackages } from "../setup/packages.ts";
import { repository } from "../setup/program.ts";
import { must } from "../step.ts";
import type { Architecture } from "./architecture.ts";
import { type Release, writeCompletions, writeFiles } from "./files.ts";

const MAINTAINER = "The Berth authors <berth@localhost>";

/** Packages the engine depends on, without those for single options. */
const recommended = ["apparmor", "tini"];

interface ControlFile {
  [field: string]: string;
}

/** Builds berth_VERSION_ARCH.deb. @returns its path */
export async function buildEnginePackage(
  directory: string,
  architecture: Architecture,
  program: string,
  release: Release,
): Promise<string> {
  const depends = enginePackages
    .map((requirement) => requirement.package)
    .filter((name) => !recommended.includes(name));
  return build(directory, "berth", architecture.name, release, async (root) => {
    await writeFiles(root, program, release);
    return {
      Section: "admin",
      Priority: "optional",
      Depends: ["libc6", ...depends, "init-system-helpers (>= 1.54)"].join(", "),
      Recommends: ["ca-certificates", ...recommended].join(", "),
      Suggests: "berth-docker",
      Description: [
        "container engine compatible with Docker",
        " Berth builds, pulls and pushes images, runs containers, and gives them networks",
        " and volumes. It speaks the Docker Engine API, so that the docker command,",
        " Compose and the SDKs work on it. Containers keep running while the daemon is",
        " upgraded or restarted.",
      ].join("\n"),
    };
  });
}

/** Builds berth-docker_VERSION_all.deb. @returns its path */
export async function buildDockerPackage(directory: string, release: Release): Promise<string> {
  return build(directory, "berth-docker", "all", release, async (root) => {
    mkdirSync(join(root, "usr/bin"), { recursive: true });
    symlinkSync("berth", join(root, "usr/bin/docker"));
    mkdirSync(join(root, "usr/lib/tmpfiles.d"), { recursive: true });
    copyFileSync(join(repository, "packaging/berth-docker.conf"), join(root, "usr/lib/tmpfiles.d/berth-docker.conf"));
    mkdirSync(join(root, "usr/share/man/man1"), { recursive: true });
    symlinkSync("berth.1.gz", join(root, "usr/share/man/man1/docker.1.gz"));
    writeCompletions(root, "docker");
    return {
      Section: "admin",
      Priority: "optional",
      Depends: "berth",
      Conflicts: "docker.io, docker-ce, docker-ce-cli, podman-docker",
      Description: [
        "docker command and socket served by Berth",
        " Installs /usr/bin/docker, which is berth under another name, and",
        " /run/docker.sock, which leads to Berth's API socket.",
      ].join("\n"),
    };
  });
}

async function build(
  directory: string,
  name: string,
  architecture: string,
  release: Release,
  fill: (root: string) => Promise<ControlFile>,
): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "berth-package-"));
  try {
    chmodSync(root, 0o755);
    const fields = await fill(root);
    const documents = join(root, "usr/share/doc", name);
    mkdirSync(documents, { recursive: true });
    copyFileSync(join(repository, "packaging/debian/copyright"), join(documents, "copyright"));
    const changelog = gzipSync(readFileSync(join(repository, "CHANGELOG.md")), { level: 9 });
    writeFileSync(join(documents, "CHANGELOG.md.gz"), changelog);
    writeFileSync(join(documents, "changelog.gz"), gzipSync(debianChangelog(name, release), { level: 9 }));
    const overrides = join(repository, "packaging/debian", `${name}.lintian-overrides`);
    if (existsSync(overrides)) {
      mkdirSync(join(root, "usr/share/lintian/overrides"), { recursive: true });
      copyFileSync(overrides, join(root, "usr/share/lintian/overrides", name));
    }
    const control = join(root, "DEBIAN");
    mkdirSync(control);
    const installedKilobytes = await must(["du", "-sk", "--apparent-size", "--exclude=DEBIAN", root]);
    writeFileSync(
      join(control, "control"),
      controlText({
        Package: name,
        Version: release.version,
        Architecture: architecture,
        Maintainer: MAINTAINER,
        "Installed-Size": installedKilobytes.split("\t")[0] ?? "0",
        ...fields,
      }),
    );
    const configuration = [...new Bun.Glob("etc/**").scanSync({ cwd: root })].sort();
    if (configuration.length > 0) {
      writeFileSync(join(control, "conffiles"), configuration.map((path) => `/${path}\n`).join(""));
    }
    const scripts = join(repository, "packaging/debian", name);
    for (const script of readdirSync(scripts)) {
      copyFileSync(join(scripts, script), join(control, script));
      chmodSync(join(control, script), 0o755);
    }
    setTimes(root, release.epoch);
    const file = join(directory, `${name}_${release.version}_${architecture}.deb`);
    await must(["dpkg-deb", "--root-owner-group", "-Zzstd", "-z9", "--build", root, file], {
      env: { SOURCE_DATE_EPOCH: String(release.epoch) },
    });
    return file;
  } finally {
    rmSync(root, { recursive: true });
  }
}

const controlText = (fields: ControlFile): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");

/** The changelog in the form that Debian's tools read. Source: deb-changelog(5). */
function debianChangelog(name: string, release: Release): string {
  const date = new Date(release.epoch * 1000).toUTCString().replace("GMT", "+0000");
  return `${name} (${release.version}) stable; urgency=medium

  * New release. The changes are in CHANGELOG.md.gz.

 -- ${MAINTAINER}  ${date}
`;
}

/** Sets the modification time of every file to the release time. */
function setTimes(path: string, epoch: number): void {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) setTimes(join(path, name), epoch);
  lutimesSync(path, epoch, epoch);
}
