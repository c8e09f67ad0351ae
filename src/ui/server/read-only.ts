// The routes allowed in read-only mode; everything else is rejected.

const readable: readonly RegExp[] = [
  /^\/_ping$/,
  /^\/version$/,
  /^\/info$/,
  /^\/events$/,
  /^\/system\/df$/,
  /^\/containers\/json$/,
  /^\/containers\/[^/]+\/(?:json|logs|stats|top|changes|archive)$/,
  /^\/images\/json$/,
  /^\/images\/[^?]+\/(?:json|history)$/,
  /^\/networks(?:\/[^/]+)?$/,
  /^\/volumes(?:\/[^/]+)?$/,
];

/** @param path of the engine's API, without version and query */
export function isReadable(method: string, path: string): boolean {
  return (method === "GET" || method === "HEAD") && readable.some((route) => route.test(path));
}
