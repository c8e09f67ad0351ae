// config.json and the environment.
import type { Topic } from "./topic.ts";

export const configurationTopic: Topic = {
  name: "configuration",
  summary: "The client's config.json and the variables it listens to",
  text: () => `~/.docker/config.json is shared with Docker's own client; --config or
DOCKER_CONFIG name another directory. What is not known here is left alone.

  auths, credsStore, credHelpers
                    logins of registries, kept here or by helper programs
                    (docker-credential-NAME)
  currentContext    the context chosen by 'context use'
  detachKeys        the keys that leave a container running
  psFormat, imagesFormat, networksFormat, volumesFormat, statsFormat
                    what --format is when it is not given
  pruneFilters      filters for every prune, such as "label!=keep"
  proxies           the proxy variables that new containers get, by the
                    engine's address or "default"
  HttpHeaders       sent to the engine with every request

Variables:
  DOCKER_HOST, DOCKER_CONTEXT, DOCKER_TLS, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH,
  DOCKER_API_VERSION
                    see 'help engines'
  DOCKER_CONFIG     the directory of config.json
  DOCKER_AUTH_CONFIG
                    logins as in config.json, which win over it
  DOCKER_DEFAULT_PLATFORM
                    what --platform is when it is not given

Each has a twin that begins with BERTH_ and wins over it.
`,
};
