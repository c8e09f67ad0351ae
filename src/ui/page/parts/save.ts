// Downloads.

import { addressOf, type Query } from "../engine/requests.ts";
import { fileName } from "./plain.ts";

export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  follow(name, address);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Downloads a response of the engine, which the browser streams to disk. */
export function saveAnswer(name: string, path: string, query: Query | readonly string[][] = {}): void {
  follow(name, addressOf("engine", path, query));
}

function follow(name: string, address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName(name);
  link.click();
}
