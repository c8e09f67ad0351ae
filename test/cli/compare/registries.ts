// Command lines about registries: a public one, and one with a password.
import type { CommandResult } from "../../support/command.ts";
import { sharedBusyboxArchive } from "../../support/images.ts";
import { publishImage } from "../../support/publish.ts";
import { normalise } from "./normalise.ts";
import type { Line, Scenario } from "./scenario.ts";

/** Docker's command warns about the platforms of an image that are not pushed; Berth's images have one platform. */
export function withoutNote(line: string): Line {
  const compare = ({ code, stdout, stderr }: CommandResult) => ({
    code,
    stdout: normalise(stdout.replace(/^\n Info -> .*\n(?: {9}.*\n)+/, "")),
    stderr: normalise(stderr),
  });
  return { line, differs: { because: "images here are for one platform", compare } };
}

export const registryScenarios: readonly Scenario[] = [
  {
    name: "pull and push",
    async prepare({ daemon, placeholders: { open = "", closed = "" } }) {
      const layer = await sharedBusyboxArchive();
      await daemon.importArchive("busybox:latest", layer, ['CMD ["sh"]']);
      const config = { Cmd: ["sh"], Labels: { from: "registry" } };
      await publishImage(`http://${open}`, "app", "latest", { layers: [layer], config });
      await publishImage(`http://${open}`, "app", "v2", { layers: [layer, await sharedBusyboxArchive()] });
      await publishImage(`http://${closed}`, "secret", "latest", { layers: [layer], credentials: "anna:password" });
    },
    lines: [
      "pull {open}/app",
      "pull {open}/app",
      "pull -q {open}/app",
      "image pull {open}/app:v2",
      "pull -a {open}/app",
      "pull -q -a {open}/app",
      "pull -a {open}/app:v2",
      "pull {open}/nothing",
      "pull {open}/app:nothing",
      "pull {open}/BAD",
      "pull 'a b'",
      "pull 127.0.0.1:1/app",
      "pull --platform nonsense/x/y/z {open}/app",
      "pull --platform linux/s390x {open}/app",
      "images --format '{{.Repository}}:{{.Tag}}'",
      "tag busybox {open}/{mine}/pushed:1",
      "tag busybox {open}/{mine}/pushed:2",
      "push {open}/{mine}/pushed:1",
      "push {open}/{mine}/pushed:1",
      "push -q {open}/{mine}/pushed:2",
      "push -a {open}/{mine}/pushed",
      "push -a {open}/{mine}/pushed:1",
      "push {open}/{mine}/pushed",
      withoutNote("push --platform linux/amd64 {open}/{mine}/pushed:1"),
      withoutNote("push --platform linux/s390x {open}/{mine}/pushed:1"),
      "push {open}/nothing:1",
      "push {open}/BAD",
      "push",
      "tag busybox {closed}/{mine}/pushed:1",
      "pull {closed}/secret",
      "pull -q {closed}/secret",
      "pull -a {closed}/secret",
      "run --rm {closed}/secret true",
      "push {closed}/{mine}/pushed:1",
      "push -q {closed}/{mine}/pushed:1",
      "search {closed}/secret",
      "login -u anna -p wrong {closed}",
      { line: "login -u anna --password-stdin {closed}", input: "wrong\n" },
      { line: "login --password-stdin {closed}", input: "password\n" },
      { line: "login -u anna --password-stdin -p x {closed}", input: "password\n" },
      { line: "login -u anna --password-stdin {closed}", input: "" },
      "login -u anna {closed}",
      "login {closed}",
      { line: "login -u anna --password-stdin {closed}", input: "password\n" },
      "login {closed}",
      "login -u anna -p password {closed}",
      { line: "login -u anna --password-stdin http://{closed}/v2/", input: "password\n" },
      "pull {closed}/secret",
      "push {closed}/{mine}/pushed:1",
      "search {closed}/secret",
      "logout {closed}",
      "logout {closed}",
      "logout nothing",
      "logout",
      "login 127.0.0.1:1 -u a -p b",
      "search --limit 101 {open}/app",
      "search --limit nonsense app",
      "search --filter nonsense=1 {open}/app",
      "search --filter stars=x {open}/app",
      "search --no-trunc {open}/app",
      "search --format '{{.Name}}' {open}/app",
      "search --format '{{' {open}/app",
    ],
  },
];
