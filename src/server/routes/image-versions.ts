// Fields of image answers that depend on the API version. Source: moby's api/server/router/image, whose tables of legacy
// fields are those below.
import type { ContainerConfig } from "../../api/container-config.ts";
import type { ImageInspect, ImageSummary } from "../../api/images.ts";
import { NEVER } from "../../api/time.ts";
import type { ApiVersion } from "../exchange.ts";

/** Fields that an image's `Config` always has, even if unset. */
const currentConfigFields = {
  Cmd: null,
  Entrypoint: null,
  Env: null,
  Labels: null,
  OnBuild: null,
  User: "",
  Volumes: null,
  WorkingDir: "",
};

/** Before API 1.50 also those of a container's configuration; an image never sets them. */
const oldConfigFields = {
  ...currentConfigFields,
  AttachStderr: false,
  AttachStdin: false,
  AttachStdout: false,
  Domainname: "",
  Hostname: "",
  Image: "",
  OpenStdin: false,
  StdinOnce: false,
  Tty: false,
};

/** The fields that belong to an image's configuration. Source: OCI image specification; Docker image specification. */
const imageConfigFields = [
  "ArgsEscaped",
  "Cmd",
  "Entrypoint",
  "Env",
  "ExposedPorts",
  "Healthcheck",
  "Labels",
  "OnBuild",
  "Shell",
  "StopSignal",
  "User",
  "Volumes",
  "WorkingDir",
] as const;

export type ImageConfigAnswer = Record<string, unknown>;
export type ImageInspectAnswer = Omit<ImageInspect, "Config" | "Created"> & {
  Created?: string;
  Config: ImageConfigAnswer;
  Container?: string;
  ContainerConfig?: ImageConfigAnswer;
};

/** `GET /images/{name}/json`. `hasContainerConfig` adds the fields that API 1.45 removed. */
export function imageInspectFor(
  version: ApiVersion,
  image: ImageInspect,
  hasContainerConfig = version.minor < 45,
): ImageInspectAnswer {
  const { Created, ...answer } = image;
  const config = configAnswer(image.Config, version.minor < 50 ? oldConfigFields : currentConfigFields);
  return {
    ...answer,
    ...(Created === "" ? (version.minor < 44 ? { Created: NEVER } : {}) : { Created }),
    Config: config,
    ...(version.minor < 44 ? { VirtualSize: image.Size } : {}),
    ...(hasContainerConfig ? { Container: "", ContainerConfig: configAnswer(image.Config, oldConfigFields) } : {}),
  };
}

/** Go's encoder writes maps in the order of their keys. */
function configAnswer(config: ContainerConfig, always: ImageConfigAnswer): ImageConfigAnswer {
  const set = imageConfigFields.filter((name) => !isEmpty(config[name])).map((name) => [name, config[name]] as const);
  const fields = { ...always, ...Object.fromEntries(set) };
  return Object.fromEntries(Object.entries(fields).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** What Go's `omitempty` leaves out. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return !value;
}

/** A row of `GET /images/json`. */
export function imageSummaryFor(version: ApiVersion, summary: ImageSummary): ImageSummary {
  const isNameless = summary.RepoTags.length + summary.RepoDigests.length === 0;
  return {
    ...summary,
    // Clients before API 1.43 show what they are given, so they need a word for "no name".
    ...(version.minor < 43 && isNameless ? { RepoTags: ["<none>:<none>"], RepoDigests: ["<none>@<none>"] } : {}),
    ...(version.minor < 44 ? { VirtualSize: summary.Size } : {}),
  };
}
