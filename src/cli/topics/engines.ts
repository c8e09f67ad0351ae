// Which engine the commands go to.
import { DEFAULT_HOST } from "../../client/endpoint.ts";
import type { Topic } from "./topic.ts";

export const enginesTopic: Topic = {
  name: "engines",
  summary: "Which engine the commands go to, and how to choose another",
  text: (program) => `The first of these that says anything decides which engine a command goes to:

  ${program} --host ADDRESS ...      the address itself
  ${program} --context NAME ...      a stored context
  DOCKER_HOST                   an address
  DOCKER_CONTEXT                the name of a context
  ${program} context use NAME        the context chosen for good
  ${DEFAULT_HOST}        this machine's own

--host and --context cannot be given together.

Addresses:
  unix:///run/berth.sock        a socket of this machine
  tcp://host:2376               by network; with --tlsverify and certificates
  ssh://user@host               over ssh, which has to know how to log in; runs
                                'berth system dial-stdio' there, or docker's

TLS:
  --tlsverify trusts only what --tlscacert has signed and shows --tlscert and
  --tlskey; without these options the files ca.pem, cert.pem and key.pem are
  taken from DOCKER_CERT_PATH or the configuration's directory. --tls does
  without the check. DOCKER_TLS_VERIFY and DOCKER_TLS turn them on.

DOCKER_API_VERSION makes the client speak that version of the API.
Each variable has a twin that begins with BERTH_ and wins over it.
`,
};
