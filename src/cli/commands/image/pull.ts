// `berth pull`: downloads an image from its registry.
import { parseReference } from "../../../api/references.ts";
import { command, exactly } from "../../command.ts";
import { setting } from "../../config/environment.ts";
import { CommandError } from "../../failure.ts";
import { contentTrustFlag } from "../../flags/common.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { canonicalName, pullImage } from "../../image-pull.ts";

export const pull = command({
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  arity: exactly(1),
  complete: ["images"],
  flags: {
    "all-tags": toggle("Download all tagged images in the repository", { short: "a" }),
    "disable-content-trust": contentTrustFlag("verification"),
    platform: text("Set platform if server is multi-platform capable"),
    quiet: toggle("Suppress verbose output", { short: "q" }),
  },
  examples: [["pull debian:bookworm-slim", "One tag of a repository"]],
  async run({ session, flags, args }) {
    const [name = ""] = args;
    const allTags = flags["all-tags"];
    const parsed = parseReference(name);
    const { tag, digest } = parsed;
    if (allTags && (tag !== undefined || digest !== undefined)) {
      throw new CommandError("tag can't be used with --all-tags/-a");
    }
    if (!allTags && tag === undefined && digest === undefined && !flags.quiet) {
      await session.stdout.line("Using default tag: latest");
    }
    const reference = await pullImage(session, parsed, {
      allTags,
      platform: flags.platform || setting("DEFAULT_PLATFORM"),
      progress: flags.quiet ? undefined : session.stdout,
    });
    const { domain, path } = reference;
    await session.stdout.line(allTags ? `${domain}/${path}` : canonicalName(reference));
  },
});
