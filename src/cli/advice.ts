// Advice on what to type next, by error message. Printed below Docker's own lines, on a terminal only.

type Advice = (program: string, parts: RegExpExecArray) => string;

const advices: readonly (readonly [RegExp, Advice])[] = [
  [
    /Cannot connect to the Docker daemon at unix:/,
    () => "Start the engine with:  berth daemon\nor point at another one with -H, DOCKER_HOST or a context.",
  ],
  [
    /permission denied while trying to connect to the Docker daemon socket/,
    () => "Run the command as root, or join the group that owns the socket:  usermod -aG docker $USER",
  ],
  [/No such container: (\S+)/, (program) => `See which containers there are with:  ${program} ps -a`],
  [
    /No such image: (\S+)/,
    (program, [, image]) => `Get it with:  ${program} pull ${image}\nSee what is there with:  ${program} images`,
  ],
  [/network (\S+) not found/, (program, [, network]) => `Make it with:  ${program} network create ${network}`],
  [/get (\S+): no such volume/, (program, [, volume]) => `Make it with:  ${program} volume create ${volume}`],
  [
    /The container name "\/?([^"]+)" is already in use/,
    (program, [, name]) => `Use it again with:  ${program} start ${name}\nRemove it with:     ${program} rm -f ${name}`,
  ],
  [
    /cannot remove container "\/?([^"]+)": container is running/,
    (program, [, name]) => `Stop it first:  ${program} stop ${name}\nor force it:    ${program} rm -f ${name}`,
  ],
  [/container (\S+) is not running/i, (program, [, container]) => `Start it with:  ${program} start ${container}`],
  [
    /port is already allocated/,
    (program) => `See who has it with:  ${program} ps --format 'table {{.Names}}\\t{{.Ports}}'`,
  ],
  [
    /conflict: unable to (?:delete|remove repository reference) "?([^\s"]+)"?.*container (\w+)/,
    (program, [, , container]) => `Remove the container first:  ${program} rm ${container}`,
  ],
  [
    /remove (\S+): volume is in use/,
    (program, [, volume]) => `See who uses it with:  ${program} ps -a --filter volume=${volume}`,
  ],
  [/pull access denied for (\S+),/, (program) => `Check the name, or log in with:  ${program} login`],
  [
    /"https?:\/\/([^/"]+)\/v2\/[^"]*": (?:no basic auth credentials|unauthorized: )/,
    (program, [, registry]) => `Log in with:  ${program} login ${registry}`,
  ],
  [
    /unable to evaluate symlinks in Dockerfile path: lstat \S+: no such file or directory/,
    (program) =>
      `Name the Dockerfile with:  ${program} build -f FILE .\nor let it be read:         ${program} build - < FILE`,
  ],
  [
    /no log driver named '([^']+)' is registered/,
    (program) => `See which log drivers there are with:  ${program} info --format '{{.Plugins.Log}}'`,
  ],
  [/unauthorized: /, (program) => `Log in with:  ${program} login`],
];

/** undefined when there is nothing useful to say. */
export function adviceFor(program: string, message: string): string | undefined {
  for (const [pattern, advice] of advices) {
    const parts = pattern.exec(message);
    if (parts) return advice(program, parts);
  }
  return undefined;
}
