// Requests to registries: logins, and the manifests behind names.
import { registryCredentialsSchema } from "../../api/images.ts";
import type { Images } from "../../engine/index.ts";
import { json, type Route } from "../exchange.ts";
import { credentialsOf } from "./registry-auth.ts";

export function registryRoutes({ images }: { images: Images }): Route[] {
  return [
    {
      method: "POST",
      pattern: "/auth",
      handler: async (exchange) =>
        json(await images.checkLogin(await exchange.json(registryCredentialsSchema), exchange.signal)),
    },
    {
      method: "GET",
      pattern: "/distribution/{name:*}/json",
      handler: async ({ params, headers, signal }) =>
        json(await images.inspectDistribution(params.name ?? "", credentialsOf(headers), signal)),
    },
  ];
}
