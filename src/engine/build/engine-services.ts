// The services of the engine that builds use.
import type { Log } from "../../api/log.ts";
import type { ImageReference } from "../../api/references.ts";
import { outsideOf, type UserMapping } from "../../storage/user-mapping.ts";
import type { EngineConfig } from "../config.ts";
import type { ContainerRequest, CreatedContainer } from "../containers/configuration/create.ts";
import type { Container } from "../containers/container.ts";
import type { Assembly, Derivation, StepRequest } from "../images/derive.ts";
import type { Image } from "../images/image.ts";
import type { LayerUsage } from "../images/images.ts";
import type { PullRequest } from "../images/pull.ts";
import type { PushRequest } from "../images/push.ts";

export interface BuildImages {
  /** @throws BerthError notFound */
  get(reference: string): Image;
  find(reference: string): Image | undefined;
  pull(request: PullRequest): Promise<void>;
  push(request: PushRequest): Promise<void>;
  derive(request: StepRequest): Promise<string>;
  assemble(assembly: Assembly): Promise<string>;
  findStep(step: Derivation, sources: readonly Image[] | undefined): Promise<string | undefined>;
  stem(image: Image, layerCount: number): Promise<string | undefined>;
  layerUsage(layer: number): LayerUsage | undefined;
  forgetUncached(): number;
  tag(reference: string, name: ImageReference): void;
}

export interface BuildContainers {
  createBuildStep(request: ContainerRequest): CreatedContainer;
  keepBuildStep(container: Container): void;
  get(reference: string): Container;
  readonly lifecycle: { start(container: Container): Promise<void> };
  remove(container: Container, reference: string, request: { force: boolean; volumes: boolean }): Promise<void>;
}

export interface EngineServices {
  config: EngineConfig;
  log: Log;
  images: BuildImages;
  containers: BuildContainers;
  /** User namespace mapping of step containers; undefined without user namespaces. */
  userMapping: UserMapping | undefined;
}

/** Maps an owner in a step's container to IDs of the host. */
export function ownerOnHost({ userMapping }: EngineServices, uid: number, gid: number): { uid: number; gid: number } {
  if (userMapping === undefined) return { uid, gid };
  return { uid: outsideOf(userMapping.uids, uid), gid: outsideOf(userMapping.gids, gid) };
}
