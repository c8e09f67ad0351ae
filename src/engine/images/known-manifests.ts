// Reads the manifests of a local image from the content store while its tag still has the same digest. Checking that
// is one HEAD request, which registries do not count as a pull.
import { type FetchedManifest, parseManifest } from "../../registry/manifest.ts";
import type { Repository } from "../../registry/repository.ts";
import { type ContentStore, isDigest } from "../../storage/content.ts";
import type { ManifestSource } from "./resolve.ts";

export class KnownManifests implements ManifestSource {
  private readonly repository: Repository;
  private readonly content: ContentStore;

  constructor(repository: Repository, content: ContentStore) {
    this.repository = repository;
    this.content = content;
  }

  /** @throws RegistryError, TransportError */
  async manifest(reference: string): Promise<FetchedManifest> {
    const digest = isDigest(reference) ? reference : await this.repository.digestOf(reference);
    if (digest === undefined || !isDigest(digest) || !this.content.has(digest)) {
      return this.repository.manifest(reference);
    }
    const bytes = this.content.document(digest);
    const { mediaType, ...content } = parseManifest(bytes, "");
    return { digest, mediaType, bytes, content };
  }
}
