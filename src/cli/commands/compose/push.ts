// `compose push`: pushes the images of services.
import { parseReference } from "../../../api/references.ts";
import { withSelected } from "../../../compose/model/project.ts";
import { toggle } from "../../flags/kinds.ts";
import { pushImage } from "../../image-push.ts";
import { failureText } from "../../report.ts";
import { composeCommand } from "./command.ts";
import { dryRunFlag } from "./up-flags.ts";

export const push = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: {
    "dry-run": dryRunFlag,
    "ignore-push-failures": toggle("Push what it can and ignores images with push failures"),
    "include-deps": toggle("Also push images of services declared as dependencies"),
    quiet: toggle("Push without printing progress information", { short: "q" }),
  },
  async run({ compose: given, flags, args }) {
    const compose = given.with({ dryRun: given.options.dryRun || flags["dry-run"] });
    const opened = await compose.project(args);
    const project = withSelected(opened, args, flags["include-deps"] ? "dependencies" : "none");
    const images = new Set(
      [...project.services.values()].flatMap(({ build, image, build: attributes }) =>
        build && image ? [image, ...(attributes?.tags ?? [])] : [],
      ),
    );
    await compose.withProgress("Pushing", async (progress) => {
      for (const { name, build, image } of project.services.values()) {
        if (!build || !image) progress.tell({ id: name, state: "done", text: "Skipped" });
      }
      for (const image of images) {
        const id = `Image ${image}`;
        progress.tell({ id, state: "working", text: "Pushing" });
        try {
          if (!compose.options.dryRun) await pushImage(compose.session, parseReference(image), { progress: undefined });
          progress.tell({ id, state: "done", text: "Pushed" });
        } catch (thrown) {
          progress.tell({ id, state: "error", text: failureText(thrown) });
          if (!flags["ignore-push-failures"]) throw thrown;
        }
      }
    });
  },
});
