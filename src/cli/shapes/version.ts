// The structure of `version` in Docker's client.
import { shapeOf } from "../template/shape.ts";

const Platform = shapeOf("struct { Name string }", "Name");
const ComponentVersion = shapeOf("types.ComponentVersion", "Name Version Details:map[]");
const ClientVersion = shapeOf(
  "system.clientVersion",
  `Platform:*Platform Version APIVersion=ApiVersion DefaultAPIVersion GitCommit GoVersion Os Arch BuildTime Context`,
  { Platform },
);
const ServerVersion = shapeOf(
  "types.Version",
  `Platform:Platform Components:[]ComponentVersion Version APIVersion=ApiVersion MinAPIVersion GitCommit GoVersion Os
  Arch KernelVersion Experimental:bool BuildTime`,
  { Platform, ComponentVersion },
);

export const versionShape = shapeOf("system.versionInfo", "Client:ClientVersion Server:*ServerVersion", {
  ClientVersion,
  ServerVersion,
});
