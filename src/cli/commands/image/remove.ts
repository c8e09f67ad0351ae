// `berth rmi`: untags images and deletes those without any tag left.
import { ApiError } from "../../../client/errors.ts";
import { atLeast, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { strings, toggle } from "../../flags/kinds.ts";
import { platformQuery } from "../../platform.ts";
import { failureText } from "../../report.ts";

export const remove = command({
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  arity: atLeast(1),
  complete: ["images"],
  flags: {
    force: toggle("Force removal of the image", { short: "f" }),
    "no-prune": toggle("Do not delete untagged parents"),
    platform: strings(
      'Remove only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
      {
        since: "1.50",
      },
    ),
  },
  async run({ session, flags, args }) {
    const berth = await session.berth();
    const platforms = flags.platform.flatMap((text) => platformQuery(text) ?? []);
    const failures: unknown[] = [];
    for (const image of args) {
      try {
        const entries = await berth.images.remove(image, { force: flags.force, noPrune: flags["no-prune"], platforms });
        const lines = entries.map(({ Deleted, Untagged }) =>
          Deleted ? `Deleted: ${Deleted}\n` : `Untagged: ${Untagged}\n`,
        );
        await session.stdout.write(lines.join(""));
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    if (failures.length === 0) return 0;
    const onlyMissing = failures.every((failure) => failure instanceof ApiError && failure.status === 404);
    throw new CommandError(failures.map(failureText).join("\n"), flags.force && onlyMissing ? 0 : 1);
  },
});
