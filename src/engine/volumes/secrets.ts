// Secrets of containers: values that a client sends at create and that only the container can read, as files. They are
// kept in memory (a tmpfs of the engine), so they are lost when the host reboots.
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join, posix } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { isErrno } from "../../linux/errno.ts";
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, mount } from "../../linux/mount.ts";
import { mountsWithin } from "../../linux/mount-info.ts";
import type { ContainerMount } from "../../runtime/spec/mounts.ts";
import { outsideOf, type UserMapping } from "../../storage/user-mapping.ts";
import type { HostConfiguration, Secret } from "../containers/configuration/host-configuration.ts";

const DEFAULT_DIRECTORY = "/run/secrets";
const DEFAULT_MODE = 0o444;
const NAME_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/;
/** Docker's limit for secrets. */
const MAX_VALUE_LENGTH = 500 * 1024;

export class Secrets {
  private readonly root: string;

  constructor(execRoot: string) {
    this.root = join(execRoot, "secrets");
  }

  /** Stores the values of a new container. @throws BerthError invalidParameter; nothing is stored then */
  keep(containerId: string, { secrets = [] }: HostConfiguration): void {
    if (secrets.length === 0) return;
    const values = secrets.map(contentOf);
    if (new Set(secrets.map(targetOf)).size < secrets.length) {
      throw new BerthError("invalidParameter", "two secrets have the same target");
    }
    this.openRoot();
    const directory = join(this.root, containerId);
    mkdirSync(directory, { mode: 0o700 });
    for (const [index, value] of values.entries())
      writeFileSync(join(directory, String(index)), value, { mode: 0o400 });
  }

  /** The mounts of a container's secrets. @throws BerthError conflict when the values were lost in a reboot */
  mountsOf(
    containerId: string,
    { secrets = [] }: HostConfiguration,
    mapping: UserMapping | undefined,
  ): ContainerMount[] {
    return secrets.map((secret, index) => {
      const source = join(this.root, containerId, String(index));
      if (!existsSync(source)) {
        throw new BerthError(
          "conflict",
          `secret "${secret.name}" is gone: secrets are kept in memory only, and the host was rebooted; recreate the container`,
        );
      }
      chownSync(source, shown(mapping?.uids, secret.uid), shown(mapping?.gids, secret.gid));
      chmodSync(source, secret.mode ?? DEFAULT_MODE);
      return {
        type: "bind",
        destination: targetOf(secret),
        source,
        readOnly: true,
        recursive: false,
        readOnlyDepth: "if-possible",
        propagation: "rprivate",
      };
    });
  }

  forget(containerId: string): void {
    rmSync(join(this.root, containerId), { recursive: true, force: true });
  }

  /** Removes the secrets of containers that no longer exist. */
  sweep(existing: ReadonlySet<string>): void {
    if (!existsSync(this.root)) return;
    for (const containerId of readdirSync(this.root)) if (!existing.has(containerId)) this.forget(containerId);
  }

  /** A separate tmpfs, as the exec root may be on a disk; without swap since Linux 6.4. */
  private openRoot(): void {
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
    if (mountsWithin(this.root).includes(this.root)) return;
    const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    try {
      mount("secrets", this.root, "tmpfs", flags, "mode=700,noswap");
    } catch (thrown) {
      if (!isErrno(thrown, "EINVAL")) throw thrown;
      mount("secrets", this.root, "tmpfs", flags, "mode=700");
    }
  }
}

function contentOf({ name, value = "", target = "" }: Secret): Buffer {
  const refuse = (reason: string): never => {
    throw new BerthError("invalidParameter", `invalid secret "${name}": ${reason}`);
  };
  if (!NAME_PATTERN.test(name)) refuse("a name has up to 64 of [a-zA-Z0-9_.-] and begins with a letter or digit");
  if (posix.normalize(join(DEFAULT_DIRECTORY, target)) === "/") refuse("destination can't be '/'");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) refuse("its value is not base64");
  const content = Buffer.from(value, "base64");
  if (content.length === 0) refuse("its value is empty");
  if (content.length > MAX_VALUE_LENGTH) refuse("its value is longer than 500 KiB");
  return content;
}

function targetOf({ name, target }: Secret): string {
  if (!target) return join(DEFAULT_DIRECTORY, name);
  return posix.normalize(isAbsolute(target) ? target : join(DEFAULT_DIRECTORY, target));
}

function shown(ranges: UserMapping["uids"] | undefined, id = 0): number {
  return ranges ? outsideOf(ranges, id) : id;
}
