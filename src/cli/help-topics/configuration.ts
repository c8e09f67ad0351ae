// config.json and the environment.
import type { Topic } from "./topic.ts";

export const configurationTopic: Topic = {
  name: "configuration",
  summary: "The client's config.json and environment variables",
  text: () => `~/.docker/config.json is shared with Docker's own client; --config or
DOCKER_CONFIG set another directory. Unknown settings are preserved.

  auths, credsStore, credHelpers
                    logins of registries, stored here or by helper programs
                    (docker-credential-NAME)
  currentContext    the context set by 'context use'
  detachKeys        the key sequence for detaching from a container
  psFormat, imagesFormat, networksFormat, volumesFormat, statsFormat
                    default of --format
  pruneFilters      filters for every prune, such as "label!=keep"
  proxies           proxy variables of new containers, by the engine's
                    address or "default"
  HttpHeaders       sent to the engine with every request

Variables:
  DOCKER_HOST, DOCKER_CONTEXT, DOCKER_TLS, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH,
  DOCKER_API_VERSION
                    see 'help engines'
  DOCKER_CONFIG     the directory of config.json
  DOCKER_AUTH_CONFIG
                    logins in the format of config.json; takes precedence
  DOCKER_DEFAULT_PLATFORM
                    default of --platform

Each also exists with the prefix BERTH_, which takes precedence.
`,
};
