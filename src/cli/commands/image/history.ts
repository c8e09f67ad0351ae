// `berth history`: lists the layers of an image, newest first.
import type { ImageHistoryEntry } from "../../../api/images.ts";
import { command, exactly } from "../../command.ts";
import { tableFormat, text, toggle } from "../../flags/kinds.ts";
import type { ListFormat } from "../../output/list-format.ts";
import { printList } from "../../output/print-list.ts";
import { ellipsis, humanSize, localTimestamp, shortId, timeAgo } from "../../output/units.ts";
import { platformQuery } from "../../platform.ts";

const CREATED_BY_WIDTH = 45;

const headers = {
  ID: "IMAGE",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  CreatedBy: "CREATED BY",
  Size: "SIZE",
  Comment: "COMMENT",
};

/** Steps without a date have the year 1970 or 1. */
const age = (seconds: number): string => (seconds <= 0 ? "N/A" : timeAgo(seconds * 1000));

function historyList(options: { short: boolean; human: boolean }): ListFormat<ImageHistoryEntry> {
  const { short, human } = options;
  return {
    typeName: "*image.historyContext",
    columns: ["ID", human ? "CreatedSince" : "CreatedAt", "CreatedBy", "Size", "Comment"],
    headers,
    quiet: "ID",
    row: (entry) => ({
      ID: () => (short ? shortId(entry.Id) : entry.Id),
      CreatedAt: () => localTimestamp(entry.Created),
      CreatedSince: () => (human ? age(entry.Created) : localTimestamp(entry.Created)),
      CreatedBy: () => {
        const line = entry.CreatedBy.replaceAll("\t", " ");
        return short ? ellipsis(line, CREATED_BY_WIDTH) : line;
      },
      Size: () => (human ? humanSize(entry.Size, 3) : String(entry.Size)),
      Comment: () => entry.Comment,
    }),
  };
}

export const history = command({
  usage: "[OPTIONS] IMAGE",
  arity: exactly(1),
  complete: ["images"],
  flags: {
    format: tableFormat(),
    human: toggle("Print sizes and dates in human readable format", { short: "H", initial: true }),
    "no-trunc": toggle("Don't truncate output"),
    platform: text('Show history for the given platform. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")', {
      since: "1.48",
    }),
    quiet: toggle("Only show image IDs", { short: "q" }),
  },
  async run({ session, flags, args }) {
    const [image = ""] = args;
    const platform = platformQuery(flags.platform, "invalid platform");
    const berth = await session.berth();
    const entries = await berth.images.history(image, { platform });
    const layout = historyList({ short: !flags["no-trunc"], human: flags.human });
    await printList(session.stdout, entries, layout, flags);
  },
});
