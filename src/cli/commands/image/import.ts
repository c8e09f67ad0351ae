// `berth import`: creates a single-layer image from a tar archive of a root filesystem.
import { parseReference } from "../../../api/references.ts";
import { archiveFromFile, archiveFromInput } from "../../archive-input.ts";
import { atLeast, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { list, text } from "../../flags/kinds.ts";
import { showProgress } from "../../output/progress.ts";
import type { Session } from "../../session.ts";

const IS_URL = /^(https?|ftp):\/\//i;

async function sourceOf(session: Session, source: string): Promise<ReadableStream<Uint8Array> | string> {
  if (source === "-") {
    return archiveFromInput(session, "Importing", "requested import from stdin, but stdin is a terminal").body;
  }
  if (IS_URL.test(source)) return source;
  return (await archiveFromFile(session, "Importing", source)).body;
}

export const importImage = command({
  usage: "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
  arity: atLeast(1),
  complete: ["files", "images"],
  flags: {
    change: list("Apply Dockerfile instruction to the created image", { short: "c" }),
    message: text("Set commit message for imported image", { short: "m" }),
    platform: text("Set platform if server is multi-platform capable"),
  },
  examples: [["import rootfs.tar.gz mine:1.0", "From a file"]],
  async run({ session, flags, args }) {
    const [source = "", name = ""] = args;
    const reference = name === "" ? undefined : parseReference(name);
    if (reference?.digest !== undefined) throw new CommandError("cannot import to a digest reference");
    const { change, message, platform } = flags;
    const body = await sourceOf(session, source);
    const berth = await session.berth();
    const lines = berth.images.import(body, { reference, message, changes: [...change], platform });
    await showProgress(lines, session.stdout);
  },
});
