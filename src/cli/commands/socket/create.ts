// `berth socket create`: creates a scoped socket that gives dashboards and proxies only the access they need.
import { type SocketScope, socketScopes } from "../../../api/socket-scopes.ts";
import { command, exactly } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { list, strings, text } from "../../flags/kinds.ts";

function scopeOf(name: string): SocketScope {
  const scope = socketScopes.find((known) => known === name);
  if (scope === undefined) {
    throw new CommandError(`unknown scope "${name}": a socket can allow ${socketScopes.join(", ")}`);
  }
  return scope;
}

export const create = command({
  usage: "[OPTIONS] SOCKET",
  description:
    "Create a unix socket that answers only part of the API. It never shows the values of environment variables, and with labels it knows only the containers that have them.",
  arity: exactly(1),
  flags: {
    allow: strings(`What the socket allows (${socketScopes.join(", ")})`),
    group: text("Group that may open the socket, besides root"),
    label: list("Only containers with this label exist for the socket (name or name=value)"),
  },
  examples: [
    ["socket create --allow read,events dashboard", "For something that only looks"],
    ["socket create --allow read,control --label app=shop deployer", "For something that restarts one application"],
  ],
  async run({ session, flags, args: [name = ""] }) {
    if (flags.allow.length === 0) {
      throw new CommandError(`say with --allow what the socket is for (${socketScopes.join(", ")})`);
    }
    const berth = await session.berth();
    const { Path } = await berth.sockets.create({
      Name: name,
      Allow: flags.allow.map(scopeOf),
      Labels: [...flags.label],
      Group: flags.group,
    });
    await session.stdout.line(Path);
  },
});
