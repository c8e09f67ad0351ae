// `berth push`: uploads an image to its registry.
import { parseReference, withDefaultTag } from "../../../api/references.ts";
import { command, exactly } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { contentTrustFlag } from "../../flags/common.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { canonicalName } from "../../image-pull.ts";
import { pushImage } from "../../image-push.ts";
import { platformQuery } from "../../platform.ts";

export const push = command({
  usage: "[OPTIONS] NAME[:TAG]",
  arity: exactly(1),
  complete: ["images"],
  flags: {
    "all-tags": toggle("Push all tags of an image to the repository", { short: "a" }),
    "disable-content-trust": contentTrustFlag("signing"),
    platform: text(
      `Push a platform-specific manifest as a single-platform image to the registry.
Image index won't be pushed, meaning that other manifests, including attestations won't be preserved.
'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)`,
      { since: "1.46" },
    ),
    quiet: toggle("Suppress verbose output", { short: "q" }),
  },
  async run({ session, flags, args }) {
    const [name = ""] = args;
    const allTags = flags["all-tags"];
    const parsed = parseReference(name);
    const isBare = parsed.tag === undefined && parsed.digest === undefined;
    if (allTags && !isBare) throw new CommandError("tag can't be used with --all-tags/-a");
    if (!allTags && isBare && !flags.quiet) await session.stdout.line("Using default tag: latest");
    await pushImage(session, parsed, {
      allTags,
      platform: platformQuery(flags.platform, "invalid platform"),
      progress: flags.quiet ? undefined : session.stdout,
    });
    if (flags.quiet) await session.stdout.line(canonicalName(allTags ? parsed : withDefaultTag(parsed)));
  },
});
