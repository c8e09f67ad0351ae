// How the engine is selected.
import { DEFAULT_HOST } from "../../client/endpoint.ts";
import type { Topic } from "./topic.ts";

export const enginesTopic: Topic = {
  name: "engines",
  summary: "How the engine is selected",
  text: (program) => `The first of these that is set selects the engine:

  ${program} --host ADDRESS ...      an address
  ${program} --context NAME ...      a stored context
  DOCKER_HOST                   an address
  DOCKER_CONTEXT                the name of a context
  ${program} context use NAME        the default context
  ${DEFAULT_HOST}        the local engine

--host and --context are mutually exclusive.

Addresses:
  unix:///run/berth.sock        a local socket
  tcp://host:2376               TCP; use --tlsverify and certificates
  ssh://user@host               ssh with a non-interactive login; runs 'berth
                                system dial-stdio' there, or docker's

TLS:
  --tlsverify verifies the engine with --tlscacert and presents --tlscert and
  --tlskey; defaults are ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH or in
  the configuration directory. --tls does not verify. DOCKER_TLS_VERIFY and
  DOCKER_TLS enable them.

DOCKER_API_VERSION sets the API version of the client.
Each variable also exists with the prefix BERTH_, which takes precedence.
`,
};
