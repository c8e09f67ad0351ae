// A web address as the context of a build: an archive or a Dockerfile.
import type { Bytes } from "../../client/streams.ts";
import { CommandError } from "../failure.ts";
import { failureText } from "../report.ts";

export interface Download {
  bytes: Bytes;
  /** Bytes; undefined where the server does not say. */
  total: number | undefined;
}

/** @throws CommandError with what the server says */
export async function download(address: string): Promise<Download> {
  const refuse = (reason: string): CommandError =>
    new CommandError(`unable to prepare context: unable to download remote context ${address}: ${reason}`);
  const response = await fetch(address).catch((thrown: unknown) => {
    throw refuse(failureText(thrown));
  });
  if (!response.ok) {
    const { status, statusText } = response;
    const body = await response.text();
    throw refuse(`failed to GET ${address} with status ${status} ${statusText}: ${body.trim()}`);
  }
  const length = response.headers.get("content-length");
  const total = length === null ? undefined : Number(length);
  return { bytes: response.body ?? new Blob().stream(), total };
}
