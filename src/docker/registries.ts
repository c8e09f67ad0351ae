// What the Docker API says of registries, to and from the engine's form.
import type { DistributionInspect, RegistryCredentials as DockerCredentials, ImageSearchEntry } from "../api/images.ts";
import type { Distribution, RegistryCredentials, SearchResult } from "../engine/index.ts";
import { withoutUndefined } from "./options.ts";

export function credentialsOf(given: DockerCredentials): RegistryCredentials {
  return withoutUndefined({
    username: given.username,
    password: given.password,
    serverAddress: given.serveraddress,
    identityToken: given.identitytoken,
    registryToken: given.registrytoken,
  });
}

export function dockerSearchResult(found: SearchResult): ImageSearchEntry {
  return {
    name: found.name,
    description: found.description,
    star_count: found.stars,
    is_official: found.isOfficial,
    is_automated: found.isAutomated,
  };
}

export function dockerDistribution({ descriptor, platforms }: Distribution): DistributionInspect {
  return { Descriptor: descriptor, Platforms: platforms };
}
