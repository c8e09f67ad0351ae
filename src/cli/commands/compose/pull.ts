// `compose pull`: pulls the images of services.
import { imagesOf, type Service, withSelected } from "../../../compose/model/project.ts";
import { isNotFound } from "../../../compose/project/failures.ts";
import { inParallel } from "../../../compose/project/order.ts";
import { CommandError } from "../../failure.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { failureText } from "../../report.ts";
import { composeCommand } from "./command.ts";
import { defaultBuildSettings, imageMaker } from "./image-maker.ts";
import { dryRunFlag } from "./up-flags.ts";

export const pull = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: {
    "dry-run": dryRunFlag,
    "ignore-buildable": toggle("Ignore images that can be built"),
    "ignore-pull-failures": toggle("Pull what it can and ignores images with pull failures"),
    "include-deps": toggle("Also pull services declared as dependencies"),
    policy: text('Apply pull policy ("missing"|"always")', { complete: ["missing", "always"] }),
    quiet: toggle("Pull without printing progress information", { short: "q" }),
  },
  async run({ compose: given, flags, args }) {
    const compose = given.with({ dryRun: given.options.dryRun || flags["dry-run"] });
    if (!["", "missing", "always"].includes(flags.policy)) {
      throw new CommandError(`invalid pull policy ${JSON.stringify(flags.policy)}`);
    }
    const opened = await compose.project(args);
    const project = withSelected(opened, args, flags["include-deps"] ? "dependencies" : "none");
    const engine = await compose.engine();
    const wanted = new Map<string, Service>();
    await compose.withProgress("Pulling", async (progress) => {
      const skip = (id: string, reason: string) => progress.tell({ id, state: "warning", text: `Skipped - ${reason}` });
      for (const service of project.services.values()) {
        const { name, image, build, pull_policy: own = "" } = service;
        const policy = flags.policy || own;
        if (!image) skip(name, "No image to be pulled");
        else if (policy === "never" || policy === "build") skip(`Image ${image}`, `pull_policy is ${policy}`);
        else if (build && flags["ignore-buildable"]) skip(`Image ${image}`, "Image can be built");
        else if (policy === "missing" && (await isThere(image)))
          skip(`Image ${image}`, "Image is already present locally");
        else for (const name of imagesOf(service, project)) wanted.set(name, service);
      }
      const maker = imageMaker(compose, project, progress, { ...defaultBuildSettings, quietPull: flags.quiet });
      const buildable: string[] = [];
      await inParallel(wanted, compose.options.parallel, async ([image, service]) => {
        const id = `Image ${image}`;
        progress.tell({ id, state: "working", text: "Pulling" });
        try {
          await maker.pull(image, service);
          progress.tell({ id, state: "done", text: "Pulled" });
        } catch (thrown) {
          const text = failureText(thrown);
          progress.tell({ id, state: service.build ? "warning" : "error", text });
          if (service.build) buildable.push(service.name);
          else if (!flags["ignore-pull-failures"]) throw thrown;
        }
      });
      if (buildable.length > 0) {
        const names = buildable.join(" ");
        progress.warn(
          `WARNING: Some service image(s) must be built from source by running:\n    docker compose build ${names}`,
        );
      }
    });

    async function isThere(image: string): Promise<boolean> {
      try {
        await engine.images.inspect(image);
        return true;
      } catch (thrown) {
        if (isNotFound(thrown)) return false;
        throw thrown;
      }
    }
  },
});
