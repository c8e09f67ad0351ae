// `compose images`: lists the images of the containers.
import { familiarRepository, parseReference, repositoryOf, withDefaultTag } from "../../../api/references.ts";
import { isNotFound } from "../../../compose/project/failures.ts";
import { observeContainers, ofServices } from "../../../compose/project/observed.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { inColumns } from "../../output/columns.ts";
import { humanSize, shortId, timeAgo } from "../../output/units.ts";
import { composeCommand } from "./command.ts";

const table = (rows: readonly (readonly string[])[]): string =>
  `${inColumns(rows.map((row) => row.join("\t")).join("\n"))}\n`;

/** The name and tag with which a container was created; both empty for an image's ID. */
function nameOf(image: string): { repository: string; tag: string } {
  if (/^(sha256:)?[0-9a-f]{64}$/.test(image)) return { repository: "", tag: "" };
  const reference = withDefaultTag(parseReference(image));
  return { repository: familiarRepository(repositoryOf(reference)), tag: reference.tag ?? "" };
}

/** Engines answer the zero time for an image that was never tagged. */
const isSet = (time: string | undefined): string | undefined => (time?.startsWith("0001-") ? undefined : time);

export const images = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: {
    format: text("Format the output. Values: [table | json]", { initial: "table", complete: ["table", "json"] }),
    quiet: toggle("Only display IDs", { short: "q" }),
  },
  async run({ compose, flags, args }) {
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const { stdout } = compose.session;
    const containers = ofServices(await observeContainers(engine, project.name), args);
    const found = await Promise.all(
      containers.map(async ({ name, summary }) => {
        const image = await engine.images.inspect(summary.ImageID).catch((thrown: unknown) => {
          if (isNotFound(thrown)) return undefined;
          throw thrown;
        });
        const { repository, tag } = nameOf(summary.Image);
        return {
          ID: summary.ImageID,
          ContainerName: name,
          Repository: repository,
          Tag: tag,
          Platform: image ? `${image.Os}/${image.Architecture}` : "",
          Size: image?.Size ?? 0,
          LastTagTime: isSet(image?.Metadata?.LastTagTime) ?? image?.Created ?? "",
        };
      }),
    );
    if (flags.quiet) {
      await stdout.write(
        [...new Set(found.map(({ ID }) => ID.replace("sha256:", "")))].map((id) => `${id}\n`).join(""),
      );
      return;
    }
    if (flags.format === "json") {
      await stdout.line(JSON.stringify(found));
      return;
    }
    const rows = found.map(({ ID, ContainerName, Repository, Tag, Platform, Size, LastTagTime }) => [
      ContainerName,
      Repository || "<none>",
      Tag || "<none>",
      Platform,
      shortId(ID),
      humanSize(Size, 3),
      LastTagTime === "" ? "N/A" : timeAgo(Date.parse(LastTagTime)),
    ]);
    await stdout.write(table([["CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED"], ...rows]));
  },
});
