// Starts the SSH agents of a build: keys are loaded into an ssh-agent that ends with this process.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../../failure.ts";
import { failureText } from "../../report.ts";
import { temporaryDirectory } from "../temporary.ts";
import type { SshSource } from "./sources.ts";

/** Sockets by ID. */
export type SshAgents = ReadonlyMap<string, string>;

/** @throws CommandError */
export async function startAgents(sources: ReadonlyMap<string, SshSource>): Promise<SshAgents> {
  const agents = new Map<string, string>();
  for (const [id, source] of sources) {
    agents.set(id, source.type === "socket" ? source.path : await agentOf(source.paths));
  }
  return agents;
}

async function agentOf(keys: readonly string[]): Promise<string> {
  const socket = join(temporaryDirectory(), "agent");
  try {
    const agent = Bun.spawn(["ssh-agent", "-D", "-a", socket], { stdio: ["ignore", "ignore", "ignore"] });
    process.on("exit", () => agent.kill());
    while (!existsSync(socket) && agent.exitCode === null) await Bun.sleep(5);
    const adding = Bun.spawn(["ssh-add", "-q", ...keys], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: ["inherit", "ignore", "pipe"],
    });
    const [status, message] = await Promise.all([adding.exited, new Response(adding.stderr).text()]);
    if (status === 0) return socket;
    throw new CommandError(`failed to add ${keys.join(", ")} to an SSH agent: ${message.trim()}`);
  } catch (thrown) {
    if (thrown instanceof CommandError) throw thrown;
    throw new CommandError(`failed to start an SSH agent for ${keys.join(", ")}: ${failureText(thrown)}`);
  }
}
