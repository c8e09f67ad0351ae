// `berth search`

import type { ImageSearchEntry } from "../../../api/images.ts";
import { command, exactly } from "../../command.ts";
import { DOCKER_HUB_SERVER, findCredentials, serverOf } from "../../credentials/store.ts";
import { filterChoices } from "../../filter-keys.ts";
import { filter, integer, text, toggle } from "../../flags/kinds.ts";
import type { ListFormat } from "../../output/list-format.ts";
import { printList } from "../../output/print-list.ts";
import { ellipsis } from "../../output/units.ts";

const DESCRIPTION_WIDTH = 45;

const headers = {
  Name: "NAME",
  Description: "DESCRIPTION",
  StarCount: "STARS",
  IsOfficial: "OFFICIAL",
  IsAutomated: "AUTOMATED",
};

const searchList = (short: boolean): ListFormat<ImageSearchEntry> => ({
  typeName: "*registry.searchContext",
  columns: ["Name", "Description", "StarCount", "IsOfficial"],
  headers,
  row: (entry) => ({
    Name: () => entry.name,
    Description: () => {
      const line = entry.description.replace(/[\r\n]+/g, " ");
      return short ? ellipsis(line, DESCRIPTION_WIDTH) : line;
    },
    StarCount: () => String(entry.star_count),
    IsOfficial: () => (entry.is_official ? "[OK]" : ""),
    IsAutomated: () => (entry.is_automated ? "[OK]" : ""),
  }),
});

/** The registry in the first part of the term, as in an image reference; Docker Hub otherwise. */
function serverOfTerm(term: string): string {
  const [first = "", rest] = term.split(/\/(.*)/s);
  return rest !== undefined && /[.:]|^localhost$/.test(first) ? serverOf(first) : DOCKER_HUB_SERVER;
}

export const search = command({
  usage: "[OPTIONS] TERM",
  arity: exactly(1),
  flags: {
    filter: filter(undefined, { short: "f", complete: filterChoices("search") }),
    format: text("Pretty-print search using a Go template"),
    limit: integer("Max number of search results"),
    "no-trunc": toggle("Don't truncate output"),
  },
  async run({ session, flags, args }) {
    const [term = ""] = args;
    const [berth, credentials] = await Promise.all([session.berth(), findCredentials(session, serverOfTerm(term))]);
    const entries = await berth.images.search(term, { limit: flags.limit, filters: flags.filter, credentials });
    const sorted = entries.toSorted((a, b) => b.star_count - a.star_count);
    await printList(session.stdout, sorted, searchList(!flags["no-trunc"]), { format: flags.format });
  },
});
