// Base images of a build: local ones, others pulled from their registries.
import { BerthError } from "../../api/errors.ts";
import { formatPlatform, hostPlatform, type Platform } from "../../api/platforms.ts";
import { isIdentifier, parseReference } from "../../api/references.ts";
import type { Image } from "../images/image.ts";
import type { PullRequest } from "../images/pull.ts";
import { credentialsFor } from "./credentials.ts";
import type { EngineServices } from "./engine-services.ts";
import type { SolveRequest } from "./solve-request.ts";

export class BaseImages {
  private readonly services: EngineServices;
  private readonly request: SolveRequest;

  constructor(services: EngineServices, request: SolveRequest) {
    this.services = services;
    this.request = request;
  }

  /**
   * @param wanted undefined accepts any local image, or the host's platform
   * @throws BerthError in Docker's words
   */
  async get(
    name: string,
    wanted: Platform | undefined,
    { tell, signal }: Pick<PullRequest, "tell"> & { signal: AbortSignal },
  ): Promise<Image> {
    const { images } = this.services;
    const here = isIdentifier(name.replace(/^sha256:/, "")) || !this.request.pulls ? images.find(name) : undefined;
    if (here && (wanted === undefined || isOf(here, wanted))) return here;
    const reference = parseReference(name);
    await images.pull({
      reference,
      credentials: await credentialsFor(this.request.session, reference.domain, signal),
      tell,
      signal,
      ...(wanted ? { platform: wanted } : {}),
    });
    const image = images.get(name);
    if (wanted === undefined || isOf(image, wanted)) return image;
    const { os, architecture } = image.config;
    throw new BerthError(
      "notFound",
      `image with reference ${name} was found but does not match the specified platform: wanted ${formatPlatform(wanted)}, actual: ${os}/${architecture}`,
    );
  }
}

/** An image without a platform is assumed to have the host's. */
function isOf({ config }: Image, wanted: Platform): boolean {
  const { os = hostPlatform.os, architecture = hostPlatform.architecture, variant = "" } = config;
  const isVariant = wanted.variant === undefined || variant === "" || wanted.variant === variant;
  return (os || wanted.os) === wanted.os && (architecture || wanted.architecture) === wanted.architecture && isVariant;
}
