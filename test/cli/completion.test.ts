// Completion in real shells at a terminal: the scripts load and complete commands, flags, values, files and the
// engine's objects, for `berth` and under the name `docker`.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Berth } from "../../src/client/index.ts";
import { command } from "../support/command.ts";
import { berthCommand, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { lacks } from "../support/requirement.ts";
import { TerminalSession } from "../support/terminal.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  const berth = new Berth({ host: `unix://${daemon.socket}` });
  await daemon.importBusybox("team/app:v1");
  await berth.networks.create({ Name: "backstage" });
  await berth.volumes.create({ Name: "letters" });
  await berth.containers.create({ Image: "team/app:v1", Cmd: ["sleep", "1000"] }, { name: "web-server" });
  await berth.containers.start("web-server");
  await berth.containers.create({ Image: "team/app:v1" }, { name: "old-server" });
  await daemon.berth(["context", "create", "far-away", "--docker", "host=tcp://far:2376"]);
  mkdirSync(programs());
  for (const name of ["berth", "docker"]) {
    const path = join(programs(), name);
    writeFileSync(path, `#!/bin/bash\nexec -a ${name} ${berthCommand.join(" ")} "$@"\n`);
    chmodSync(path, 0o755);
  }
  writeFileSync(join(daemon.directory, "letter.txt"), "");
  writeFileSync(
    join(daemon.directory, "compose.yaml"),
    "services: {frontend: {image: team/app:v1}, toolbox: {image: team/app:v1, profiles: [debugging]}}\n",
  );
  await berth.containers.create({ Image: "team/app:v1", Labels: { "com.docker.compose.project": "theresa" } });
  writeFileSync(join(daemon.directory, "programme.txt"), "");
});

afterAll(() => daemon?.dispose());

/** A directory with Berth under both its names. */
const programs = () => join(daemon.directory, "programs");

const environment = () => ({
  ...daemon.clientEnvironment,
  PATH: `${programs()}:${process.env.PATH}`,
  HOME: daemon.directory,
  LC_ALL: "C.UTF-8",
  PS1: "ready> ",
  // Without colours and movements of the cursor.
  TERM: "dumb",
});

interface Shell {
  name: string;
  line: string[];
  /** Typed before completion; `PROGRAM` is replaced by the program's name. */
  setup: string;
}

const shells: readonly Shell[] = [
  { name: "bash", line: ["bash", "--norc", "--noprofile", "-i"], setup: "source <(PROGRAM completion bash)" },
  {
    name: "zsh",
    line: ["zsh", "-f", "-i", "-o", "no_prompt_sp", "-o", "no_prompt_cr"],
    setup: "autoload -Uz compinit; compinit -u -D; source <(PROGRAM completion zsh)",
  },
];

/** The text typed before Tab, and the line after it. */
const completions: readonly (readonly [typed: string, completed: string])[] = [
  ["renam", "rename "],
  ["volume ins", "volume inspect "],
  ["run --read-o", "run --read-only "],
  ["run --restart unl", "run --restart unless-stopped "],
  ["run --restart=unl", "run --restart=unless-stopped "],
  ["ps --filter sta", "ps --filter status="],
  ["ps --filter status=exi", "ps --filter status=exited "],
  ["stop we", "stop web-server "],
  ["start ol", "start old-server "],
  ["rm -f web-server o", "rm -f web-server old-server "],
  ["container logs -f we", "container logs -f web-server "],
  ["run -it tea", "run -it team/app:v1 "],
  ["run -it team/app:", "run -it team/app:v1 "],
  ["network rm bac", "network rm backstage "],
  ["run --network=bac", "run --network=backstage "],
  ["volume rm let", "volume rm letters "],
  ["context use fa", "context use far-away "],
  ["-c fa", "-c far-away "],
  ["help exi", "help exit-codes "],
  ["run --env-file lett", "run --env-file letter.txt "],
  // A file begins like it.
  ["build prog", "build programs/"],
  ["compose --project-na", "compose --project-name "],
  ["compose -p there", "compose -p theresa "],
  ["compose unp", "compose unpause "],
  ["compose up --no-rec", "compose up --no-recreate "],
  ["compose logs fron", "compose logs frontend "],
  ["compose logs frontend too", "compose logs frontend toolbox "],
  ["compose exec front", "compose exec frontend "],
  ["compose scale front", "compose scale frontend="],
  ["compose --profile debu", "compose --profile debugging "],
  ["compose --progress js", "compose --progress json "],
];

let cleared = 0;

/** Clears the line and waits until the shell is ready for the next one, because its output in between looks alike. */
async function clear(terminal: TerminalSession): Promise<void> {
  cleared++;
  terminal.type(`\x15echo cleared $((${cleared}))\r`);
  await terminal.expect(new RegExp(`cleared ${cleared}\r?\n.*ready> `, "s"));
}

describe.each(shells.filter(({ line: [program = ""] }) => Bun.which(program) !== null))("$name", (shell) => {
  describe.each(["berth", "docker"])("%s", (program) => {
    let terminal: TerminalSession;

    beforeAll(async () => {
      terminal = new TerminalSession(shell.line, { env: environment(), cwd: daemon.directory, columns: 200 });
      await terminal.expect("ready> ");
      terminal.type(`${shell.setup.replace("PROGRAM", program)} && echo loaded $?\r`);
      const [loading] = await terminal.expect(/\n.*loaded 0\r?\n.*ready> /s);
      expect(loading.trim()).toMatch(/^loaded 0\s+ready>$/);
    });

    afterAll(() => terminal?.dispose());

    test.each(completions.map(([typed, completed]) => ({ typed, completed })))(
      "$typed",
      async ({ typed, completed }) => {
        terminal.type(`${program} ${typed}\t`);
        await terminal.expect(`${program} ${completed}`);
        await clear(terminal);
      },
    );

    test("lists the candidates", async () => {
      terminal.type(`${program} inspect \t\t`);
      const shown = await terminal.expect(/old-server.*web-server/s);
      expect(shown[0]).not.toContain("backstage ");
      await clear(terminal);
    });
  });
});

describe.skipIf(lacks("fish", Bun.which("fish") !== null)).each(["berth", "docker"])("fish: %s", (program) => {
  /** Every candidate with its description behind a tabulator. */
  async function candidates(typed: string): Promise<string[]> {
    const line = `${program} ${typed}`.replaceAll("'", "\\'");
    const script = `source (${program} completion fish | psub); complete --do-complete '${line}'`;
    const { code, stdout, stderr } = await command(["fish", "--no-config", "-c", script], {
      env: environment(),
      cwd: daemon.directory,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout.split("\n").filter((candidate) => candidate !== "");
  }

  test.each(completions.map(([typed, completed]) => ({ typed, completed })))("$typed", async ({ typed, completed }) => {
    const word = completed.trimEnd().split(" ").at(-1);
    expect((await candidates(typed)).map((candidate) => candidate.split("\t")[0])).toContain(word);
  });

  test("lists the candidates with descriptions", async () => {
    expect(await candidates("stop ")).toEqual([expect.stringMatching(/^web-server\tteam\/app:v1, Up /)]);
  });
});
