// The images a build begins with: those that are here, others from their registries.
import { BerthError } from "../../api/errors.ts";
import type { RegistryCredentials } from "../../api/images.ts";
import { formatPlatform, hostPlatform, type Platform } from "../../api/platforms.ts";
import { isIdentifier, parseReference } from "../../api/references.ts";
import type { Image } from "../images/image.ts";
import type { BuildHost } from "./host.ts";
import type { BuildRequest, Tell } from "./request.ts";

/** What Docker's clients file the credentials of its own registry under. */
const DOCKER_REGISTRY = "https://index.docker.io/v1/";

export class BaseImages {
  private readonly host: BuildHost;
  private readonly request: BuildRequest;
  private readonly tell: Tell;
  private readonly signal: AbortSignal;

  constructor(host: BuildHost, request: BuildRequest, tell: Tell, signal: AbortSignal) {
    this.host = host;
    this.request = request;
    this.tell = tell;
    this.signal = signal;
  }

  /** @param wanted undefined is any that is here, or the host's. @throws BerthError in Docker's words */
  async get(name: string, wanted: Platform | undefined): Promise<Image> {
    const { images } = this.host;
    const here = isIdentifier(name.replace(/^sha256:/, "")) || !this.request.pulls ? images.find(name) : undefined;
    if (here && (wanted === undefined || isOf(here, wanted))) return here;
    const reference = parseReference(name);
    await images.pull({
      reference,
      credentials: this.credentialsOf(reference.domain),
      tell: this.tell,
      signal: this.signal,
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

  private credentialsOf(domain: string): RegistryCredentials | undefined {
    const { credentials } = this.request;
    return credentials[domain] ?? (domain === "docker.io" ? credentials[DOCKER_REGISTRY] : undefined);
  }
}

/** An image that does not say what it is of is taken for the host's. */
function isOf({ config }: Image, wanted: Platform): boolean {
  const { os = hostPlatform.os, architecture = hostPlatform.architecture, variant = "" } = config;
  const isVariant = wanted.variant === undefined || variant === "" || wanted.variant === variant;
  return (os || wanted.os) === wanted.os && (architecture || wanted.architecture) === wanted.architecture && isVariant;
}
