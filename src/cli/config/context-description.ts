// Contexts as shown by `ls` and `inspect`, including the default one.
import type { Session } from "../session.ts";
import { type ContextMetadata, ContextStore, DEFAULT_CONTEXT } from "./context-store.ts";
import { resolveTarget } from "./target.ts";

/** Description of the default context. */
export const DEFAULT_DESCRIPTION = "Current DOCKER_HOST based configuration";

const IN_MEMORY = "<IN MEMORY>";

export interface DescribedContext {
  metadata: ContextMetadata;
  tlsFiles: string[];
  metadataPath: string;
  tlsPath: string;
}

/** The default context, which is not stored: the engine from the environment, or this machine's. */
async function defaultContext(session: Session): Promise<DescribedContext> {
  const options = { ...session.options, context: "" };
  const configuration = { ...(await session.configuration()), currentContext: "" };
  const { host } = await resolveTarget(options, configuration, DEFAULT_CONTEXT);
  const metadata = { Name: DEFAULT_CONTEXT, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } };
  return { metadata, tlsFiles: [], metadataPath: IN_MEMORY, tlsPath: IN_MEMORY };
}

/** @throws CommandError when no context has the name */
export async function describeContext(session: Session, name: string): Promise<DescribedContext> {
  if (name === DEFAULT_CONTEXT) return defaultContext(session);
  const store = new ContextStore(session.options.config);
  const metadata = store.get(name);
  const tlsFiles = Object.keys(store.tls(name))
    .map((kind) => `${kind}.pem`)
    .sort();
  return { metadata, tlsFiles, metadataPath: store.metaDirectory(name), tlsPath: store.tlsDirectory(name) };
}

/** The object printed by `context inspect`, with fields in Docker's order. */
export function contextObject({ metadata, tlsFiles, metadataPath, tlsPath }: DescribedContext) {
  return {
    ...metadata,
    TLSMaterial: tlsFiles.length === 0 ? {} : { docker: tlsFiles },
    Storage: { MetadataPath: metadataPath, TLSPath: tlsPath },
  };
}
