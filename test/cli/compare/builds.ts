// Command lines of builds: parsing of flags, and results of instructions.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandResult } from "../../support/command.ts";
import { gitIsInstalled } from "../../support/contexts.ts";
import type { TestDaemon } from "../../support/daemon.ts";
import { normalise } from "./normalise.ts";
import type { Line, Scenario, Surroundings } from "./scenario.ts";

function write(daemon: TestDaemon, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(daemon.directory, "scratch", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/** One directory per Dockerfile, named by its key, with `a` and `dir/b`. */
function contexts(dockerfiles: Readonly<Record<string, string>>) {
  return async ({ daemon }: Surroundings): Promise<void> => {
    await daemon.importBusybox();
    for (const [name, text] of Object.entries(dockerfiles)) {
      write(daemon, { [`${name}/Dockerfile`]: text, [`${name}/a`]: "a\n", [`${name}/dir/b`]: "b\n" });
    }
  };
}

/** The same code, and a message for both; the words are of other libraries. */
function alike(line: string, because: string): Line {
  const compare = ({ code, stderr }: CommandResult) => ({ code, isTold: stderr !== "" });
  return { line, differs: { because, compare } };
}

function inAnyOrder(line: string, because: string): Line {
  return { line, differs: { because, compare: ({ code, stdout }) => ({ code, lines: stdout.split("\n").sort() }) } };
}

/** Without download progress, which Docker's command prints as received and may not terminate. */
function withoutDownload(line: string): Line {
  const compare = ({ code, stdout, stderr }: CommandResult) => ({
    code,
    stdout: normalise(stdout.replace(/(?:Downloading|Sending) build context[^\r\n]*[\r\n]+/g, "")),
    stderr: normalise(stderr),
  });
  return { line, differs: { because: "Berth shows it on a terminal only, as with every transfer", compare } };
}

const ONE = 'FROM busybox\nRUN echo one > /one\nCOPY . /files/\nCMD ["cat", "/one"]\n';

/** What the command line does before and after the engine's work. */
export const buildLineScenarios: readonly Scenario[] = [
  {
    name: "words and files",
    async prepare(surroundings) {
      await contexts({ one: ONE, fails: "FROM busybox\nRUN exit 7\n", empty: "" })(surroundings);
      const { daemon } = surroundings;
      write(daemon, {
        outside: "FROM busybox\nRUN echo outside > /outside\nCOPY . /files/\nRUN ls -A /files\n",
        "named/web.Dockerfile": "FROM busybox\nCOPY . /files/\nRUN find /files | sort\n",
        "named/file": "file\n",
        "ignoring/.dockerignore": "*\n!kept\n!dir/kept\n",
        "ignoring/Dockerfile": "FROM busybox\nCOPY . /files/\nRUN find /files -type f | sort\n",
        "ignoring/kept": "kept\n",
        "ignoring/other": "other\n",
        "ignoring/dir/kept": "kept\n",
        "ignoring/dir/other": "other\n",
        "broken/.dockerignore": "[\n",
        "broken/Dockerfile": "FROM busybox\n",
        "lower/dockerfile": "FROM busybox\nRUN true\n",
        "none/file": "file\n",
        "modes/Dockerfile": "FROM busybox\nCOPY . /files/\nRUN cd /files && stat -c '%n %a %u:%g' *; readlink link\n",
        "modes/set": "set\n",
        "modes/private": "private\n",
      });
      const scratch = join(daemon.directory, "scratch");
      chmodSync(join(scratch, "modes/set"), 0o4755);
      chmodSync(join(scratch, "modes/private"), 0o600);
      symlinkSync("nowhere", join(scratch, "modes/link"));
      symlinkSync("one", join(scratch, "linked"));
    },
    lines: [
      "build",
      "build one two",
      "build nonexistent",
      "build none",
      "build one/Dockerfile",
      "build -f nonexistent one",
      "build -f - -",
      "build -t UPPER one",
      "build -t a:b:c one",
      "build --label ' =x' one",
      "build --build-arg '' one",
      "build --ulimit nonsense=1 one",
      "build --add-host x one",
      "build --memory x one",
      "build --nonsense one",
      alike("build broken", "the pattern is told by the expression it became"),
      "build one",
      "build -t one one",
      "build -q one",
      "build -q -t one:quiet one",
      "image build one",
      "builder build one",
      "build --iidfile id one",
      "build -q --iidfile quiet-id one",
      "build --iidfile id fails",
      "build --iidfile nonexistent/id one",
      "build fails",
      "build -q fails",
      "build empty",
      "build linked",
      "build lower",
      "build -f named/web.Dockerfile named",
      "build -f web.Dockerfile named",
      "build -f outside one",
      { line: "build -f - one", input: "FROM busybox\nCOPY . /in/\nRUN ls -A /in\n" },
      { line: "build -", input: "FROM busybox\nRUN echo alone\n" },
      { line: "build -f x -", input: "FROM busybox\n" },
      { line: "build -", input: "" },
      "build ignoring",
      "build modes",
      "build --compress one",
      "build --no-cache -t one one",
      "build -t one -t two:2 -t three one",
      "images --format '{{.Repository}}:{{.Tag}}' two",
      "run --rm two:2",
      "history --format '{{.CreatedBy}} {{.Comment}}' two:2",
      "builder prune -f",
      "builder prune -af",
      { line: "builder prune", input: "n\n" },
      { line: "builder prune -a", input: "y\n" },
      "builder prune x",
      "builder x",
    ],
  },
];

/** Instructions and flags that both engines know. */
export const builderScenarios: readonly Scenario[] = [
  {
    name: "steps, cache and what is left of them",
    prepare: contexts({
      // A layer of its own for each run: files that are equal to the second would share one.
      one: ONE.replace("echo one", "cat /proc/sys/kernel/random/uuid"),
      fails: "FROM busybox\nRUN echo before\nRUN echo to the error >&2; exit 7\n",
    }),
    lines: [
      "build -t one one",
      "build -t one one",
      "build -t again one",
      "build --no-cache one",
      inAnyOrder("images -a --format '{{.Repository}}'", "several are of the same second"),
      "history --no-trunc --format '{{.CreatedBy}}|{{.Comment}}' one",
      "inspect --format '{{json .Config}}' one",
      "build --rm=false -t kept one",
      "ps -a --format '{{.Command}} {{.Image}}'",
      "build fails",
      "build --force-rm fails",
      "ps -aq --filter status=exited",
      "build --rm=false --force-rm=false fails",
      "rmi one",
      "rmi again",
      "image prune -f",
    ],
  },
  {
    name: "instructions",
    prepare: contexts({
      all: [
        "FROM busybox",
        "MAINTAINER me",
        "LABEL a=1 b='two words' \"c d\"=3",
        "ENV A=1 B=$A C='x y'",
        "ENV OLD the old form",
        "WORKDIR /work/$A",
        "WORKDIR below",
        "RUN pwd; echo $A $B $C $OLD",
        'RUN ["sh", "-c", "echo exec form"]',
        "COPY a dir/ ./",
        "COPY a /named",
        "ADD dir /dir",
        "COPY --chown=1:2 a /owned",
        "RUN ls -ln /named /owned /dir . | sed 's/ \\+[A-Z][a-z][a-z] .* / /'",
        "EXPOSE 80 90/udp",
        "VOLUME /v1 /v2",
        'VOLUME ["/v3"]',
        "USER 12:13",
        "RUN id",
        "STOPSIGNAL SIGUSR1",
        "HEALTHCHECK --interval=5s --timeout=2s --retries=4 CMD true",
        'SHELL ["/bin/sh", "-e", "-c"]',
        "RUN echo other shell",
        'ENTRYPOINT ["echo", "entry"]',
        "CMD words",
        "ONBUILD RUN echo on build",
      ].join("\n"),
      child: "FROM all\n",
      args: [
        "ARG BASE=busybox",
        "FROM $BASE",
        "ARG ONE=1",
        "ARG TWO",
        "RUN echo $ONE $" + "{TWO:-unset} $" + "{ONE:+set}",
        "ENV ONE=env",
        "RUN echo $ONE $HTTP_PROXY",
      ].join("\n"),
      stages: [
        "FROM busybox AS first",
        "RUN echo first > /file",
        "FROM busybox AS second",
        "COPY --from=first /file /second",
        "COPY --from=0 /file /again",
        "RUN cat /second /again",
        "FROM second",
        "RUN echo last",
      ].join("\n"),
      nothing: 'FROM scratch\nCOPY a /\nCMD ["/a"]\n',
      comments: "# a comment\n\n  FROM busybox\nRUN echo one && \\\n  # in between\n  echo two\n# the end\n",
      escaped: "# escape=`\nFROM busybox\nRUN echo one `\n  two\n",
      entries: 'FROM busybox\nENTRYPOINT exec top\nCMD ["x"]\nENTRYPOINT ["y"]\nHEALTHCHECK NONE\n',
    }),
    lines: [
      "build -t all all",
      "inspect --format '{{json .Config}} {{.Author}}' all",
      "history --format '{{.CreatedBy}}' all",
      "run --rm all",
      "build -t child child",
      "inspect --format '{{json .Config.OnBuild}} {{json .Config.Cmd}}' child",
      "build args",
      "build --build-arg ONE=given --build-arg TWO=2 --build-arg HTTP_PROXY=http://p args",
      "build --build-arg UNKNOWN=1 args",
      "build --build-arg BASE=nosuch.invalid/x args",
      "build -t stages stages",
      "build --target first -t first stages",
      "build --target SECOND stages",
      "build --target nosuch stages",
      "build -t nothing nothing",
      "inspect --format '{{len .RootFS.Layers}} {{json .Config.Cmd}}' nothing",
      "build comments",
      "build escaped",
      "build -t entries entries",
      "inspect --format '{{json .Config}}' entries",
    ],
  },
  {
    name: "flags of a build",
    prepare: contexts({
      limits: "FROM busybox\nRUN ulimit -n; hostname > /dev/null; cat /proc/mounts | grep shm | sed 's/.*size=//'\n",
      hosts: "FROM busybox\nRUN grep somewhere /etc/hosts\n",
      network: "FROM busybox\nRUN ls /sys/class/net\n",
    }),
    lines: [
      "build --ulimit nofile=100:200 --shm-size 32m limits",
      "build --add-host somewhere:10.9.8.7 hosts",
      "build --network none network",
      "build --network nosuch network",
      "build --label a=1 --label b -t labelled network",
      "inspect --format '{{json .Config.Labels}}' labelled",
      "build --memory 1m network",
      "build --pull --platform linux/nonsense network",
      "build --security-opt nonsense network",
    ],
  },
  {
    name: "mistakes in a Dockerfile",
    prepare: contexts({
      empty: "",
      onlycomment: "# nothing\n",
      unknown: "FROM busybox\nFOO bar\n",
      nofrom: "RUN true\n",
      noimage: "FROM\n",
      threewords: "FROM busybox AS\n",
      badstage: "FROM busybox AS 1st\n",
      nofile: "FROM busybox\nCOPY nosuch /\n",
      noglob: "FROM busybox\nCOPY nosuch* /\n",
      outside: "FROM busybox\nCOPY ../outside /\n",
      onecopy: "FROM busybox\nCOPY a\n",
      many: "FROM busybox\nCOPY a dir /target\n",
      norun: "FROM busybox\nRUN\n",
      badenv: "FROM busybox\nENV A\n",
      badlabel: "FROM busybox\nLABEL a=1 b\n",
      badport: "FROM busybox\nEXPOSE x\n",
      badflag: "FROM busybox\nCOPY --nonsense=1 a /\n",
      badhealth: "FROM busybox\nHEALTHCHECK SOMETIMES\n",
      badsignal: "FROM busybox\nSTOPSIGNAL NONSENSE\n",
      nostage: "FROM busybox\nCOPY --from=nosuch.invalid/x /a /\n",
      laterstage: "FROM busybox\nCOPY --from=1 /a /\nFROM busybox\n",
      baduser: "FROM busybox\nUSER nosuch\nRUN true\n",
      noprogram: 'FROM busybox\nRUN ["/nosuch"]\n',
      onbuildfrom: "FROM busybox\nONBUILD FROM x\n",
      badarg: "FROM busybox\nARG\n",
      badjson: "FROM busybox\nSHELL sh\n",
      badname: "FROM UPPER\n",
    }),
    lines: [
      ..."empty onlycomment unknown nofrom noimage threewords badstage nofile noglob outside onecopy many norun".split(
        " ",
      ),
      ..."badenv badlabel badport badflag badhealth badsignal nostage laterstage baduser noprogram".split(" "),
      ..."onbuildfrom badarg badjson badname".split(" "),
    ].map((name) => `build ${name}`),
  },
];

/** What comes from elsewhere. */
export const remoteBuildScenarios: readonly Scenario[] = [
  {
    name: "contexts from the web",
    prepare: async ({ daemon }) => daemon.importBusybox(),
    lines: [
      withoutDownload("build http://{web}/context.tar"),
      withoutDownload("build http://{web}/context.tar.gz"),
      withoutDownload("build -f other http://{web}/context.tar"),
      withoutDownload("build http://{web}/Dockerfile"),
      withoutDownload("build http://{web}/nosuch"),
      withoutDownload("build -q http://{web}/Dockerfile"),
      alike("build http://127.0.0.1:1/x", "the words are of other libraries"),
    ],
  },
  ...(gitIsInstalled
    ? [
        {
          name: "contexts from git",
          prepare: ({ daemon }: Surroundings) => daemon.importBusybox(),
          lines: [
            "build http://{web}/repository.git",
            "build http://{web}/repository.git#branch:sub",
            "build -f sub/Dockerfile http://{web}/repository.git#branch",
            alike("build http://{web}/repository.git#nosuch", "git is run with other arguments"),
            alike("build http://{web}/repository.git#branch:nosuch", "the directory is printed as given"),
            alike("build http://{web}/nosuch.git", "git is run with other arguments"),
          ],
        },
      ]
    : []),
];
