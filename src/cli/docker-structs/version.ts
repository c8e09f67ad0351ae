// Docker's client struct of `version`.
import { structType } from "../template/struct-type.ts";

const Platform = structType("struct { Name string }", "Name");
const ComponentVersion = structType("types.ComponentVersion", "Name Version Details:map[]");
const ClientVersion = structType(
  "system.clientVersion",
  `Platform:*Platform Version APIVersion=ApiVersion DefaultAPIVersion GitCommit GoVersion Os Arch BuildTime Context`,
  { Platform },
);
const ServerVersion = structType(
  "types.Version",
  `Platform:Platform Components:[]ComponentVersion Version APIVersion=ApiVersion MinAPIVersion GitCommit GoVersion Os
  Arch KernelVersion Experimental:bool BuildTime`,
  { Platform, ComponentVersion },
);

export const versionType = structType("system.versionInfo", "Client:ClientVersion Server:*ServerVersion", {
  ClientVersion,
  ServerVersion,
});
