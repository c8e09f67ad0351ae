// What passes the bridge when the page may only read: a list of routes; everything else is refused.

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
