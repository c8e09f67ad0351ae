// A web address as build context: an archive or a Dockerfile.

import type { Bytes } from "../../client/streams.ts";
import { errorCode } from "../../linux/errno.ts";
import { CommandError } from "../failure.ts";
import { failureText } from "../report.ts";

export interface Download {
  bytes: Bytes;
  /** Bytes; undefined when the server does not send it. */
  total: number | undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  ConnectionRefused: "connection refused",
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host",
};

function reasonOf(thrown: unknown): string {
  return REASONS[errorCode(thrown) ?? ""] ?? failureText(thrown);
}

/** @throws CommandError with the server's message */
export async function download(address: string): Promise<Download> {
  const refuse = (reason: string): CommandError =>
    new CommandError(`unable to prepare context: unable to download remote context ${address}: ${reason}`);
  const response = await fetch(address).catch((thrown: unknown) => {
    throw refuse(`Get ${JSON.stringify(address)}: ${reasonOf(thrown)}`);
  });
  if (!response.ok) {
    const { status, statusText } = response;
    const body = await response.text();
    throw refuse(`failed to GET ${address} with status ${status} ${statusText}: ${body.trim()}`);
  }
  const length = response.headers.get("content-length");
  const total = length === null ? undefined : Number(length);
  return { bytes: bodyOf(response, refuse), total };
}

async function* bodyOf({ body }: Response, refuse: (reason: string) => CommandError): AsyncGenerator<Uint8Array> {
  if (!body) return;
  try {
    yield* body;
  } catch {
    throw refuse("unexpected EOF");
  }
}
