// What a client asks of a build, read from its query.
import type { BuildArguments, RegistryConfiguration } from "../../api/build.ts";
import type { HostConfig } from "../../api/host-configuration.ts";
import type { ProgressLine } from "../../api/images.ts";
import type { Platform } from "../../api/platforms.ts";
import type { ImageReference } from "../../api/references.ts";

export interface BuildRequest {
  /** What a client calls the build to cancel it; "" when it does not. */
  id: string;
  /** Where the context comes from; "" is the body. */
  remote: string;
  /** The Dockerfile's path in the context. */
  dockerfile: string;
  tags: ImageReference[];
  /** A stage's name or number; "" is the last one. */
  target: string;
  platform: Platform | undefined;
  isQuiet: boolean;
  usesCache: boolean;
  /** Whether newer images of the same names are looked for. */
  pulls: boolean;
  /** Whether the containers of steps that succeeded go. */
  removes: boolean;
  /** Whether those of failed steps go, too. */
  removesFailed: boolean;
  arguments: BuildArguments;
  labels: Record<string, string>;
  /** Names of images whose steps may be taken. */
  cacheFrom: string[];
  /** Limits and networks of the containers that run steps. */
  hostConfig: HostConfig;
  /** By registry. */
  credentials: RegistryConfiguration;
  /** Values in base64, by ID. */
  secrets: Record<string, string>;
}

export type Tell = (line: ProgressLine) => void;

/** Whom a build tells of itself. */
export interface Audience {
  tell: Tell;
  /** Resolves when it is not far behind. */
  reader: () => Promise<void>;
}
