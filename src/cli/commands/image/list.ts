// `berth images`
import { atMost, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { filter, tableFormat, toggle } from "../../flags/kinds.ts";
import { printList } from "../../output/list-format.ts";
import { imageList, namedImages } from "../../output/rows/images.ts";

export const list = command({
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  arity: atMost(1),
  complete: ["images"],
  flags: {
    all: toggle("Show all images (default hides intermediate images)", { short: "a" }),
    digests: toggle("Show digests"),
    filter: filter(undefined, { short: "f" }),
    format: tableFormat(),
    "no-trunc": toggle("Don't truncate output"),
    quiet: toggle("Only show image IDs", { short: "q" }),
    tree: toggle("List multi-platform images as a tree (EXPERIMENTAL)"),
  },
  examples: [["images --filter dangling=true -q", "IDs of images that no name leads to"]],
  async run({ session, flags, args }) {
    if (flags.tree) throw new CommandError("--tree is not part of Berth: an image here is of one platform");
    const { imagesFormat = "" } = await session.configuration();
    const [reference] = args;
    const filters = reference === undefined ? flags.filter : { ...flags.filter, reference: [reference] };
    const berth = await session.berth();
    const images = await berth.images.list({ all: flags.all, filters });
    const format = flags.format || (flags.quiet ? "" : imagesFormat);
    const digests = flags.digests || /\.Digest\b/.test(format);
    const layout = imageList({ short: !flags["no-trunc"], digests: flags.digests });
    await printList(session.stdout, namedImages(images, digests), layout, { format, quiet: flags.quiet });
  },
});
