// API types of images, and of progress lines.
import * as v from "valibot";
import type { BuildStatus } from "./build-status.ts";
import type { ContainerConfig } from "./container-config.ts";
import { text } from "./fields.ts";

export interface ImageInspect {
  Id: string;
  RepoTags: string[];
  RepoDigests: string[];
  Parent: string;
  Comment: string;
  Created: string;
  DockerVersion: string;
  Author: string;
  Config: ContainerConfig;
  Architecture: string;
  Variant?: string;
  Os: string;
  OsVersion?: string;
  Size: number;
  VirtualSize?: number;
  GraphDriver: { Name: string; Data: Record<string, string> | null };
  RootFS: { Type: string; Layers: string[] };
  Metadata: { LastTagTime: string };
}

/** A manifest of a multi-platform image; other engines send them for `manifests=1`. */
export interface ImageManifest {
  ID: string;
  Kind: "image" | "attestation" | "unknown";
  Size: { Total: number; Content: number };
  ImageData?: {
    Platform: { os: string; architecture: string; variant?: string };
    /** Their IDs. */
    Containers: string[] | null;
  };
}

export interface ImageSummary {
  Manifests?: ImageManifest[];
  Id: string;
  ParentId: string;
  RepoTags: string[];
  RepoDigests: string[];
  Created: number;
  Size: number;
  SharedSize: number;
  VirtualSize?: number;
  Labels: Record<string, string> | null;
  /** -1 if not counted. */
  Containers: number;
}

export interface ImageHistoryEntry {
  Id: string;
  Created: number;
  CreatedBy: string;
  Tags: string[] | null;
  Size: number;
  Comment: string;
}

export interface ImageDeleteEntry {
  Untagged?: string;
  Deleted?: string;
}

export interface PruneImagesAnswer {
  ImagesDeleted: ImageDeleteEntry[] | null;
  /** Bytes. */
  SpaceReclaimed: number;
}

export interface ImageSearchEntry {
  name: string;
  description: string;
  star_count: number;
  is_official: boolean;
  is_automated: boolean;
}

/** One line of the JSON stream of pull, push, load, import and build; lines end with CRLF. */
export interface ProgressLine {
  id?: string;
  status?: string;
  stream?: string;
  progress?: string;
  progressDetail?: { current?: number; total?: number; hidecounts?: boolean; units?: string };
  aux?: unknown;
  /** Berth's addition: of a build with `events=1`. */
  build?: BuildStatus;
  error?: string;
  errorDetail?: { code?: number; message: string };
}

/** The credentials of `X-Registry-Auth`, and the body of `POST /auth`. */
export const registryCredentialsSchema = v.object({
  username: text,
  password: text,
  email: text,
  serveraddress: text,
  identitytoken: text,
  registrytoken: text,
});
export type RegistryCredentials = v.InferOutput<typeof registryCredentialsSchema>;

export interface AuthAnswer {
  Status: string;
  IdentityToken: string;
}

/** The manifest of a name in its registry. */
export interface DistributionInspect {
  Descriptor: { mediaType: string; digest: string; size: number };
  Platforms: { architecture: string; os: string; variant?: string | undefined; "os.version"?: string | undefined }[];
}
