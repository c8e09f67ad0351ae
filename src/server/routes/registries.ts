// Requests to registries: logins, and the manifests behind names.
import { type AuthAnswer, registryCredentialsSchema } from "../../api/images.ts";
import { credentialsOf, dockerDistribution } from "../../docker/registries.ts";
import type { Images } from "../../engine/index.ts";
import { json, type Route } from "../exchange.ts";
import { credentialsIn } from "./registry-auth.ts";

export function registryRoutes({ images }: { images: Images }): Route[] {
  return [
    {
      method: "POST",
      pattern: "/auth",
      handler: async (exchange) => {
        const credentials = credentialsOf(await exchange.json(registryCredentialsSchema));
        const token = await images.checkLogin(credentials, exchange.signal);
        const answer: AuthAnswer = { Status: "Login Succeeded", IdentityToken: token };
        return json(answer);
      },
    },
    {
      method: "GET",
      pattern: "/distribution/{name:*}/json",
      handler: async ({ params, headers, signal }) =>
        json(dockerDistribution(await images.inspectDistribution(params.name ?? "", credentialsIn(headers), signal))),
    },
  ];
}
