// A docker-registry on the loopback interface of an engine's network namespace.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inNetworkNamespace } from "../src/linux/namespaces.ts";
import type { BenchEngine } from "./engine.ts";

const PORT = 5000;

export const REGISTRY = `127.0.0.1:${PORT}`;
export const registryIsInstalled = (): boolean => Bun.which("docker-registry") !== null;

/** Only Podman needs to know that a registry on the loopback interface uses plain HTTP. */
export const plainly = ({ name }: BenchEngine): string[] => (name === "podman" ? ["--tls-verify=false"] : []);

/** Starts a registry on `storage` and waits until it responds; returns a function that stops it. */
export async function startRegistry(namespace: string, storage: string): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), "bench-registry-"));
  const config = join(directory, "config.json");
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: storage } },
      http: { addr: REGISTRY },
    }),
  );
  const child = inNetworkNamespace(namespace, () =>
    Bun.spawn(["docker-registry", "serve", config], { stdin: "ignore", stdout: "ignore", stderr: "ignore" }),
  );
  const deadline = Date.now() + 20_000;
  while (!listens(namespace)) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error("docker-registry does not answer");
    await Bun.sleep(20);
  }
  return async () => {
    child.kill();
    await child.exited;
    rmSync(directory, { recursive: true, force: true });
  };
}

/** Whether the registry's port is open in the namespace. */
function listens(namespace: string): boolean {
  const result = inNetworkNamespace(namespace, () => Bun.spawnSync(["ss", "-Hltn", `sport = :${PORT}`]));
  return result.stdout.length > 0;
}
