// Downloads a file from any web server, with the TLS and proxy rules of registries.
import { BerthError } from "../api/errors.ts";
import { readCertificates } from "./certificates.ts";
import { isInsecureHost, type RegistrySettings } from "./endpoints.ts";
import { withoutQuery } from "./errors.ts";
import { Transport } from "./transport.ts";

export interface WebFile {
  /** Bytes, if the server sent the length. */
  size: number | undefined;
  chunks: AsyncIterable<Uint8Array>;
}

/** @throws BerthError, TransportError */
export async function openWebFile(url: URL, settings: RegistrySettings, signal?: AbortSignal): Promise<WebFile> {
  const endpoint = {
    domain: url.host,
    base: new URL("/", url),
    isMirror: false,
    certificates: readCertificates(url.host),
    verifies: !(await isInsecureHost(url.host, settings.insecureRegistries)),
  };
  const response = await new Transport(endpoint, settings).send(url, { method: "GET", signal });
  if (response.status >= 400) {
    await response.body?.cancel();
    const status = `${response.status} ${response.statusText}`;
    const kind = response.status === 404 ? "notFound" : "internal";
    throw new BerthError(kind, `failed to GET ${withoutQuery(url)} with status ${status}`);
  }
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  return { size: Number.isFinite(length) ? length : undefined, chunks: response.body ?? noChunks() };
}

async function* noChunks(): AsyncGenerator<Uint8Array, void, void> {}
