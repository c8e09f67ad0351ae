// Capabilities of the gateway and of LLB, by BuildKit's names. Clients reject unlisted capabilities themselves.

/** https://github.com/moby/buildkit/blob/master/frontend/gateway/pb/caps.go */
const gatewayCaps = [
  "solve.base",
  "readfile",
  "return",
  "returnmap",
  "readdir",
  "statfile",
  "importcaches",
  "proto.refarray",
  "reference.output",
  "frontend.inputs",
  "gateway.solve.metadata",
  "frontend.caps",
  "gateway.solve.evaluate",
  "gateway.evaluate",
  "gateway.warnings",
];

/** https://github.com/moby/buildkit/blob/master/solver/pb/caps.go */
const definitionCaps = [
  "source.image",
  "source.image.resolvemode",
  "source.local",
  "source.local.unique",
  "source.local.sessionid",
  "source.local.includepatterns",
  "source.local.followpaths",
  "source.local.excludepatterns",
  "source.local.sharedkeyhint",
  "source.local.differ",
  "source.git",
  "source.git.keepgitdir",
  "source.git.fullurl",
  "source.git.httpauth",
  "source.git.knownsshhosts",
  "source.git.mountsshsock",
  "source.git.subdir",
  "source.git.checksum",
  "source.http",
  "source.http.checksum",
  "source.http.perm",
  "soruce.http.uidgid",
  "source.buildop.llbfilename",
  "file.base",
  "file.rm.wildcard",
  "file.copy.includeexcludepatterns",
  "constraints",
  "platform",
  "meta.ignorecache",
  "meta.description",
  "meta.exportcache",
  "exporter.sourcedateepoch",
  "exporter.multiple",
  "gc.freespacefilter",
  "history.filter",
];

const enabled = (ids: readonly string[]) => ids.map((ID) => ({ ID, Enabled: true }));

export const capabilities = { FrontendAPICaps: enabled(gatewayCaps), LLBCaps: enabled(definitionCaps) };
