// `compose build`: builds the images of services.
import { parseReference } from "../../../api/references.ts";
import { imageOf, withSelected } from "../../../compose/model/project.ts";
import { list, text, toggle } from "../../flags/kinds.ts";
import { pushImage } from "../../image-push.ts";
import { bakeFile } from "./bake-file.ts";
import { composeCommand } from "./command.ts";
import { imageMaker } from "./image-maker.ts";
import { dryRunFlag } from "./up-flags.ts";

/** How `berth build` calls a mode of `compose --progress`. */
function buildProgress(mode: string): string {
  if (mode === "json") return "rawjson";
  return mode === "auto" ? "" : mode;
}

export const buildServices = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: {
    builder: text("Set builder to use"),
    "build-arg": list("Set build-time variables for services", { type: "stringArray" }),
    check: toggle("Check build configuration"),
    compress: toggle("Compress the build context using gzip. DEPRECATED", { hidden: true }),
    "dry-run": dryRunFlag,
    "force-rm": toggle("Always remove intermediate containers. DEPRECATED", { hidden: true }),
    memory: text("Set memory limit for the build container. Not supported by BuildKit.", { short: "m" }),
    "no-cache": toggle("Do not use cache when building the image"),
    "no-rm": toggle("Do not remove intermediate containers after a successful build. DEPRECATED", { hidden: true }),
    parallel: toggle("Build images in parallel. DEPRECATED", { hidden: true }),
    print: toggle("Print equivalent bake file"),
    progress: text("Set type of ui output (auto, tty, plain, json, quiet)", { hidden: true }),
    provenance: { ...text("Add a provenance attestation"), bare: "true" },
    pull: toggle("Always attempt to pull a newer version of the image"),
    push: toggle("Push service images"),
    quiet: toggle("Suppress the build output", { short: "q" }),
    sbom: { ...text("Add a SBOM attestation"), bare: "true" },
    ssh: text(
      "Set SSH authentications used when building service images. (use 'default' for using your default SSH Agent)",
    ),
    "with-dependencies": toggle("Also build dependencies (transitively)"),
  },
  async run({ compose: given, flags, args }) {
    const compose = given.with({ dryRun: given.options.dryRun || flags["dry-run"] });
    const opened = await compose.project(args, { checksConsistency: true });
    const project = withSelected(opened, args, flags["with-dependencies"] ? "dependencies" : "none");
    const services = [...project.services.values()].filter(({ build }) => build);
    if (services.length === 0) {
      compose.warn("No services to build");
      return;
    }
    const settings = {
      arguments: flags["build-arg"],
      noCache: flags["no-cache"],
      pull: flags.pull,
      quiet: flags.quiet,
      memory: flags.memory,
      ssh: flags.ssh,
      push: flags.push,
      check: flags.check,
      builder: flags.builder,
      provenance: flags.provenance,
      sbom: flags.sbom,
      progress: buildProgress(flags.progress || compose.options.progress),
    };
    const { stdout } = compose.session;
    if (flags.print) return stdout.line(bakeFile(opened, services, settings));
    await compose.withProgress("Building", (progress) =>
      imageMaker(compose, opened, progress, { ...settings, quietPull: false }).build(services),
    );
    if (!flags.push || flags.check || compose.options.dryRun) return;
    for (const service of services) {
      const progress = flags.quiet ? undefined : stdout;
      if (service.image) await pushImage(compose.session, parseReference(imageOf(service, project)), { progress });
    }
  },
});
