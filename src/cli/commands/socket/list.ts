// `berth socket ls`: lists scoped sockets and what each allows.
import type { SocketInspect } from "../../../api/scoped-sockets.ts";
import { command, noArguments } from "../../command.ts";
import { tableFormat, toggle } from "../../flags/kinds.ts";
import type { ListFormat } from "../../output/list-format.ts";
import { printList } from "../../output/print-list.ts";

const socketList: ListFormat<SocketInspect> = {
  typeName: "*formatter.SocketContext",
  columns: ["Name", "Allow", "Labels", "Path"],
  headers: { Name: "NAME", Allow: "ALLOW", Labels: "LABELS", Group: "GROUP", CreatedAt: "CREATED AT", Path: "PATH" },
  quiet: "Name",
  row: (socket) => ({
    Name: () => socket.Name,
    Allow: () => socket.Allow.join(","),
    Labels: () => socket.Labels.join(","),
    Group: () => socket.Group,
    CreatedAt: () => socket.Created,
    Path: () => socket.Path,
  }),
};

export const list = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    format: tableFormat(),
    quiet: toggle("Only display socket names", { short: "q" }),
  },
  async run({ session, flags }) {
    const berth = await session.berth();
    await printList(session.stdout, await berth.sockets.list(), socketList, {
      format: flags.format,
      quiet: flags.quiet,
    });
  },
});
