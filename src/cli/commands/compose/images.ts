// `compose images`: lists the images of the containers.
import { isNotFound } from "../../../compose/project/failures.ts";
import { observeContainers, ofServices } from "../../../compose/project/observed.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { inColumns } from "../../output/columns.ts";
import { humanSize, shortId, timeAgo } from "../../output/units.ts";
import { composeCommand } from "./command.ts";

const table = (rows: readonly (readonly string[])[]): string =>
  `${inColumns(rows.map((row) => row.join("\t")).join("\n"))}\n`;

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
        const reference = image?.RepoTags.find((tag) => tag === summary.Image) ?? image?.RepoTags[0] ?? "<none>:<none>";
        const colon = reference.lastIndexOf(":");
        return {
          ID: summary.ImageID,
          ContainerName: name,
          Repository: reference.slice(0, colon),
          Tag: reference.slice(colon + 1),
          Platform: image ? `${image.Os}/${image.Architecture}` : "",
          Size: image?.Size ?? 0,
          Created: image?.Created ?? "",
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
    const rows = found.map(({ ID, ContainerName, Repository, Tag, Platform, Size, Created }) => [
      ContainerName,
      Repository,
      Tag,
      Platform,
      shortId(ID),
      humanSize(Size, 3),
      Created === "" ? "N/A" : timeAgo(Date.now() - Date.parse(Created)),
    ]);
    await stdout.write(table([["CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED"], ...rows]));
  },
});
