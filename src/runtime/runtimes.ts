// The OCI runtimes by name: those of daemon.json, and programs in PATH.
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { BerthError } from "../api/errors.ts";
import { Crun } from "./crun.ts";
import { OciRuntime } from "./oci-runtime.ts";
import { ReadOnlyViews } from "./read-only-views.ts";

const RUNTIME_NAME = /^[\w.+-]{1,255}$/;

export type ConfiguredRuntimes = Readonly<Record<string, { path: string; runtimeArgs?: string[] }>>;

/** Each runtime has its own state directory below this one. */
export const runtimesDirectory = (execRoot: string): string => join(execRoot, "runtimes");

export class Runtimes {
  private readonly directory: string;
  private readonly views: ReadOnlyViews;

  /** @param execRoot the directory below which the runtimes keep their state */
  constructor(execRoot: string) {
    this.directory = runtimesDirectory(execRoot);
    this.views = new ReadOnlyViews(join(execRoot, "programs"));
  }

  /** @throws BerthError invalidParameter in Docker's words for an unknown name */
  find(name: string, configured: ConfiguredRuntimes): OciRuntime {
    const { path: program = name, runtimeArgs } = (Object.hasOwn(configured, name) && configured[name]) || {};
    const path = RUNTIME_NAME.test(name) ? Bun.which(program) : null;
    if (path === null) throw new BerthError("invalidParameter", `unknown or invalid runtime name: ${name}`);
    const state = join(this.directory, name);
    if (basename(path) !== "crun") return new OciRuntime(name, path, state, runtimeArgs);
    return new Crun(name, this.views.of(path, name), state, runtimeArgs);
  }

  /** Deletes a container that has no record any more, whichever runtime it used. Never rejects. */
  async deleteUnknown(id: string, configured: ConfiguredRuntimes): Promise<void> {
    const names = existsSync(this.directory) ? readdirSync(this.directory) : [];
    for (const name of names.filter((each) => existsSync(join(this.directory, each, id)))) {
      try {
        await this.find(name, configured).delete(id);
      } catch {
        // The runtime is no longer configured, or has nothing to delete.
      }
    }
  }

  /** Unmounts the views of the host's programs. */
  close(): void {
    this.views.close();
  }
}
