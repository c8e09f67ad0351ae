// `compose config`: prints the merged and interpolated project, or one list from it.
import { writeFileSync } from "node:fs";
import { checkContainerNames } from "../../../compose/model/consistency.ts";
import { serviceHash } from "../../../compose/model/hash.ts";
import { printModel, printProject } from "../../../compose/model/print.ts";
import { allServices, imagesOf, type Project, withSelected } from "../../../compose/model/project.ts";
import { parseTemplate, type Variable, variablesOf } from "../../../compose/model/template.ts";
import { isMapping, type Value } from "../../../compose/model/value.ts";
import { yamlText } from "../../../compose/model/yaml-text.ts";
import type { OpenOptions } from "../../../compose/open.ts";
import { CommandError } from "../../failure.ts";
import type { FlagValues } from "../../flags/flag.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { inColumns } from "../../output/columns.ts";
import { composeCommand } from "./command.ts";
import { lockedImages, withDigests } from "./digests.ts";
import type { ComposeSession } from "./session.ts";

const flags = {
  environment: toggle("Print environment used for interpolation."),
  format: text("Format the output. Values: [yaml | json]", { complete: ["yaml", "json"] }),
  hash: text("Print the service config hash, one per line."),
  images: toggle("Print the image names, one per line."),
  "lock-image-digests": toggle("Produces an override file with image digests"),
  models: toggle("Print the model names, one per line."),
  networks: toggle("Print the network names, one per line."),
  "no-consistency": toggle("Don't check model consistency - warning: may produce invalid Compose output"),
  "no-env-resolution": toggle("Don't resolve service env files"),
  "no-interpolate": toggle("Don't interpolate environment variables"),
  "no-normalize": toggle("Don't normalize compose model"),
  "no-path-resolution": toggle("Don't resolve file paths"),
  output: text("Save to file (default to stdout)", { short: "o", complete: "files" }),
  profiles: toggle("Print the profile names, one per line."),
  quiet: toggle("Only validate the configuration, don't print anything", { short: "q" }),
  "resolve-image-digests": toggle("Pin image tags to digests"),
  services: toggle("Print the service names, one per line."),
  variables: toggle("Print model variables and default values."),
  volumes: toggle("Print the volume names, one per line."),
};

type ConfigFlags = FlagValues<typeof flags>;

function openOptions(compose: ComposeSession, given: ConfigFlags): Partial<OpenOptions> {
  return {
    interpolates: !given["no-interpolate"],
    normalizes: !given["no-normalize"] && !compose.options.compatibility,
    resolvesPaths: !given["no-path-resolution"],
    checksConsistency: !given["no-consistency"],
    resolvesEnvironment: !given["no-env-resolution"],
  };
}

function formatOf({ format }: ConfigFlags): "yaml" | "json" {
  if (format === "" || format === "yaml") return "yaml";
  if (format === "json") return "json";
  throw new CommandError(`unsupported format ${JSON.stringify(format)}`);
}

async function printed(compose: ComposeSession, given: ConfigFlags, services: readonly string[]): Promise<string> {
  const options = openOptions(compose, given);
  if (given["no-interpolate"]) {
    if (services.length > 0) {
      compose.warn("service filtering is not applied when --no-interpolate is set, the full model will be rendered");
    }
    const { tree } = await compose.opener(options).model();
    return printModel(tree, formatOf(given));
  }
  let project = await compose.project(services, { ...options, keepsExtensions: formatOf(given) === "yaml" });
  if (given["resolve-image-digests"] || given["lock-image-digests"]) project = await withDigests(compose, project);
  if (!given["no-consistency"]) checkContainerNames(project);
  // Skips rendering, which takes as long as reading and cannot fail.
  if (given.quiet) return "";
  const shown = given["lock-image-digests"] ? lockedImages(project) : project;
  // The output can be read again: escape dollar signs.
  return printProject(shown, formatOf(given)).replaceAll("$", "$$$$");
}

/** Prints one list of the project's parts. */
type Listing = (project: Project) => Iterable<string>;

const listings: Readonly<Record<string, Listing>> = {
  services: ({ services }) => services.keys(),
  volumes: ({ volumes }) => volumes.keys(),
  networks: ({ networks }) => networks.keys(),
  models: ({ attributes }) => Object.values(attributes.models ?? {}).flatMap(({ model }) => model ?? []),
  profiles: (project) => new Set([...allServices(project).values()].flatMap(({ profiles }) => profiles ?? [])),
  images: (project) => [...project.services.values()].flatMap((service) => imagesOf(service, project)),
};

function listingOf(given: ConfigFlags): Listing | undefined {
  const name = Object.entries(given).find(([flag, value]) => value === true && Object.hasOwn(listings, flag))?.[0];
  return name === undefined ? undefined : listings[name];
}

async function hashes(compose: ComposeSession, given: ConfigFlags): Promise<string[]> {
  const names = given.hash === "*" ? [] : given.hash.split(",");
  const project = await compose.project(names, openOptions(compose, given));
  const selected = withSelected(project, names, "none");
  return [...selected.services].map(([name, service]) => `${name} ${serviceHash(service)}`);
}

function collect(value: Value, into: Map<string, Variable>): void {
  if (typeof value === "string") {
    for (const variable of variablesOf(parseTemplate(value))) {
      const known = into.get(variable.name);
      into.set(variable.name, {
        name: variable.name,
        required: variable.required || (known?.required ?? false),
        defaultValue: known?.defaultValue || variable.defaultValue,
        presenceValue: known?.presenceValue || variable.presenceValue,
      });
    }
  } else if (Array.isArray(value)) {
    for (const entry of value) collect(entry, into);
  } else if (isMapping(value)) {
    for (const entry of Object.values(value)) collect(entry, into);
  }
}

async function variables(compose: ComposeSession, given: ConfigFlags): Promise<string> {
  const options = { ...openOptions(compose, given), interpolates: false, validates: false };
  const found = new Map<string, Variable>();
  collect((await compose.opener(options).model()).tree, found);
  const sorted = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (given.format === "json") {
    const shown = sorted.map(({ name, required, defaultValue, presenceValue }) => [
      name,
      { Name: name, DefaultValue: defaultValue, PresenceValue: presenceValue, Required: required },
    ]);
    return `${JSON.stringify(Object.fromEntries(shown), undefined, 4)}\n`;
  }
  if (given.format === "yaml") {
    const shown = sorted.map(({ name, required, defaultValue, presenceValue }) => [
      name,
      { name, defaultvalue: defaultValue, presencevalue: presenceValue, required },
    ]);
    return yamlText(Object.fromEntries(shown));
  }
  const rows = sorted.map(
    ({ name, required, defaultValue, presenceValue }) => `${name}\t${required}\t${defaultValue}\t${presenceValue}`,
  );
  return `${inColumns(["NAME\tREQUIRED\tDEFAULT VALUE\tALTERNATE VALUE", ...rows].join("\n"))}\n`;
}

export const config = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags,
  async run({ compose, flags: given, args }) {
    const { stdout } = compose.session;
    const print = async (lines: Iterable<string>): Promise<void> => {
      const all = [...lines].sort();
      if (!given.quiet && all.length > 0) await stdout.write(`${all.join("\n")}\n`);
    };
    const listing = listingOf(given);
    if (listing) {
      const resolvesEnvironment = false;
      const asked = given.profiles || given.images ? args : [];
      return print(listing(await compose.project(asked, { ...openOptions(compose, given), resolvesEnvironment })));
    }
    if (given.hash !== "") return print(await hashes(compose, given));
    if (given.variables) {
      await stdout.write(await variables(compose, given));
      return;
    }
    if (given.environment) {
      const project = await compose.project(args, openOptions(compose, given));
      return print([...project.environment].map(([name, value]) => `${name}=${value}`));
    }
    const content = await printed(compose, given, args);
    if (given.quiet) return;
    if (given.output !== "") writeFileSync(given.output, content);
    else await stdout.write(content.endsWith("\n") ? content : `${content}\n`);
  },
});
