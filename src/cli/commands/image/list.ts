// `berth images`

import { atMost, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { filterChoices } from "../../filter-keys.ts";
import { filter, tableFormat, toggle } from "../../flags/kinds.ts";
import { printList } from "../../output/print-list.ts";
import { imageList, namedImages } from "../../output/rows/images.ts";

/** Subcommands of `image`, which `images` would treat as a repository name. */
const VERBS = "build history import inspect list load ls prune pull push rm save tag".split(" ");

/** With --digests, appends the digest column to a custom table that does not have it. */
function formatOf(format: string, digests: boolean): string {
  const addsDigest = digests && /^table\s/.test(format) && !format.includes("{{.Digest}}");
  return addsDigest ? `${format}\t{{.Digest}}` : format;
}

/** Rejects options that cannot be combined with --tree. @throws CommandError */
function refuseWithTree(given: ReadonlySet<string>): void {
  const other = ["no-trunc", "quiet", "format", "digests"].find((name) => given.has(name));
  if (other === undefined) return;
  throw new CommandError(`--${other === "digests" ? "show-digest" : other} is not yet supported with --tree`);
}

export const list = command({
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  arity: atMost(1),
  complete: ["images"],
  flags: {
    all: toggle("Show all images (default hides intermediate images)", { short: "a" }),
    digests: toggle("Show digests"),
    filter: filter(undefined, { short: "f", complete: filterChoices("images") }),
    format: tableFormat(),
    "no-trunc": toggle("Don't truncate output"),
    quiet: toggle("Only show image IDs", { short: "q" }),
    tree: toggle("List multi-platform images as a tree (EXPERIMENTAL)"),
  },
  examples: [["images --filter dangling=true -q", "IDs of images that no name leads to"]],
  async run({ session, path, flags, given, args }) {
    if (flags.tree) refuseWithTree(given);
    const { imagesFormat = "" } = await session.configuration();
    const [reference] = args;
    const filters = reference === undefined ? flags.filter : { ...flags.filter, reference: [reference] };
    const berth = await session.berth();
    const images = await berth.images.list({ all: flags.all, filters, manifests: flags.tree });
    if (flags.tree) {
      const { imageTree } = await import("../../output/image-tree.ts");
      return session.stdout.write(imageTree(images, flags.all));
    }
    const format = formatOf(flags.format || (flags.quiet ? "" : imagesFormat), flags.digests);
    const digests = flags.digests || /\.Digest\b/.test(format);
    const layout = imageList({ short: !flags["no-trunc"], digests: flags.digests });
    await printList(session.stdout, namedImages(images, digests), layout, { format, quiet: flags.quiet });
    if (images.length === 0 && path === "images" && reference !== undefined && VERBS.includes(reference)) {
      const name = JSON.stringify(reference);
      await session.stderr.line(
        `\nNo images found matching ${name}: did you mean "${session.program} image ${reference}"?`,
      );
    }
  },
});
