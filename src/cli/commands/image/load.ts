// `berth load`: loads images from an archive written by `save`.
import type { ProgressLine } from "../../../api/images.ts";
import { archiveFromFile, archiveFromInput } from "../../archive-input.ts";
import { command, noArguments } from "../../command.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { type ProgressStream, showProgress } from "../../output/progress.ts";
import type { TransferMeter } from "../../output/transfer-meter.ts";
import { platformQuery } from "../../platform.ts";

const NO_INPUT = "requested load from stdin, but stdin is empty";

/** Shows upload progress, then the engine's; the engine may answer before the upload has finished. */
async function* inPlaceOf(meter: TransferMeter, lines: ProgressStream): AsyncGenerator<ProgressLine> {
  for await (const line of lines) {
    meter.end();
    yield line;
  }
}

export const load = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    input: text("Read from tar archive file, instead of STDIN", { short: "i", complete: "files" }),
    platform: text('Load only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")', {
      since: "1.48",
    }),
    quiet: toggle("Suppress the load output", { short: "q" }),
  },
  async run({ session, flags }) {
    const platform = platformQuery(flags.platform, "invalid platform");
    const { body, meter } =
      flags.input === ""
        ? archiveFromInput(session, "Loading", NO_INPUT)
        : await archiveFromFile(session, "Loading", flags.input);
    const berth = await session.berth();
    const quiet = flags.quiet || !session.stdout.isTerminal;
    const lines = berth.images.load(body, { quiet, platforms: platform === undefined ? [] : [platform] });
    await showProgress(inPlaceOf(meter, lines), session.stdout);
  },
});
