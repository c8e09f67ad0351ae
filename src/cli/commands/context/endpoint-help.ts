// The paragraph about `--docker` in the help of `context create` and `context update`.

/** Returns `summary`, the keys of an endpoint, and an example for the command `verb`. */
export function endpointHelp(summary: string, verb: string): string {
  return `${summary}

Docker endpoint config:

NAME                DESCRIPTION
from                Copy named context's Docker endpoint configuration
host                Docker endpoint on which to connect
ca                  Trust certs signed only by this CA
cert                Path to TLS certificate file
key                 Path to TLS key file
skip-tls-verify     Skip TLS certificate validation

Example:

$ berth context ${verb} my-context --description "some description" --docker "host=tcp://myserver:2376,ca=~/ca-file,cert=~/cert-file,key=~/key-file"`;
}
