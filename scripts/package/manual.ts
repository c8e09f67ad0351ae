// Generates the manual pages from the tables behind `--help`.
import type { Command } from "../../src/cli/command.ts";
import { commandsOf, topLevelCommands } from "../../src/cli/commands/lookup.ts";
import type { CommandRow, Group } from "../../src/cli/commands/row.ts";
import { engineCommands, groups, rows } from "../../src/cli/commands/table.ts";
import { type Flag, type Flags, isShown } from "../../src/cli/flags/flag.ts";
import { globalFlags } from "../../src/cli/globals.ts";
import { topics } from "../../src/cli/help-topics/table.ts";
import { options } from "../../src/server/configuration/options.ts";
import type { Block, ManualPage, ManualSection } from "./roff.ts";

const PROGRAM = "berth";

/** All pages: the program, its commands and groups, the daemon, its configuration file, and the help topics. */
export async function manualPages(): Promise<ManualPage[]> {
  const shown = rows.filter(({ hidden }) => !hidden);
  return [
    programPage(),
    ...groups.filter(({ hidden }) => !hidden).map(groupPage),
    ...(await Promise.all(shown.map(commandPage))),
    ...shown.flatMap(shortFormPages),
    ...engineCommands.map(engineCommandPage),
    settingsPage(),
    ...topics.filter(({ name }) => !isEngineCommand(name)).map(topicPage),
  ];
}

const isEngineCommand = (name: string): boolean => engineCommands.some((command) => command.name === name);

/** "container ls" is described by berth-container-ls(1). */
const pageName = (path: string): string => `${PROGRAM}-${path.replaceAll(" ", "-")}`;

function programPage(): ManualPage {
  return {
    name: PROGRAM,
    section: 1,
    summary: "container engine and command line, compatible with Docker",
    sections: [
      { title: "SYNOPSIS", blocks: [{ kind: "verbatim", text: `${PROGRAM} [OPTIONS] COMMAND [ARG...]` }] },
      {
        title: "DESCRIPTION",
        blocks: [
          {
            kind: "paragraph",
            text: `${PROGRAM} builds, pulls and pushes images, runs containers, and gives them networks and volumes.\n${PROGRAM} daemon is the engine; all other commands are clients of its API.`,
          },
        ],
      },
      optionsSection("OPTIONS", globalFlags(PROGRAM)),
      commandsSection(
        "MANAGEMENT COMMANDS",
        groups.filter(({ hidden }) => !hidden),
      ),
      commandsSection("ENGINE COMMANDS", engineCommands),
      commandsSection(
        "COMMANDS",
        topLevelCommands().filter(({ hidden }) => !hidden),
      ),
      {
        title: "SEE ALSO",
        blocks: [
          {
            kind: "references",
            pages: [
              { name: `${PROGRAM}-daemon`, section: 8 },
              { name: `${PROGRAM}-daemon.json`, section: 5 },
              ...topics
                .filter(({ name }) => !isEngineCommand(name))
                .map(({ name }) => ({ name: pageName(name), section: 7 })),
            ],
          },
        ],
      },
    ],
  };
}

function groupPage(group: Group): ManualPage {
  const commands = commandsOf(group).filter(({ hidden }) => !hidden);
  return {
    name: pageName(group.name),
    section: 1,
    summary: group.summary,
    sections: [
      { title: "SYNOPSIS", blocks: [{ kind: "verbatim", text: `${PROGRAM} ${group.name} COMMAND` }] },
      commandsSection("COMMANDS", commands),
      {
        title: "SEE ALSO",
        blocks: [
          {
            kind: "references",
            pages: [PROGRAM, ...commands.map(({ name }) => pageName(`${group.name} ${name}`))].map((name) => ({
              name,
              section: 1,
            })),
          },
        ],
      },
    ],
  };
}

async function commandPage(row: CommandRow): Promise<ManualPage> {
  const command = await row.load();
  const names = row.names ?? [row.path, ...(row.aliases ?? []), ...(row.shortForm ? [row.shortForm] : [])];
  const sections: ManualSection[] = [
    { title: "SYNOPSIS", blocks: [{ kind: "verbatim", text: synopsis(row, command) }] },
    { title: "DESCRIPTION", blocks: [{ kind: "paragraph", text: command.description ?? row.summary }] },
  ];
  if (names.length > 1) {
    const text = names.map((name) => `${PROGRAM} ${name}`).join(", ");
    sections.push({ title: "ALIASES", blocks: [{ kind: "paragraph", text }] });
  }
  if (Object.values(command.flags).some(isShown)) sections.push(optionsSection("OPTIONS", command.flags));
  if (command.examples) {
    const text = command.examples.map(([line, purpose]) => `# ${purpose}\n${PROGRAM} ${line}`).join("\n\n");
    sections.push({ title: "EXAMPLES", blocks: [{ kind: "verbatim", text }] });
  }
  sections.push({ title: "SEE ALSO", blocks: [{ kind: "references", pages: [{ name: PROGRAM, section: 1 }] }] });
  return { name: pageName(row.path), section: 1, summary: row.summary, sections };
}

/** berth-run(1) is an alias of berth-container-run(1). */
function shortFormPages({ path, shortForm, summary }: CommandRow): ManualPage[] {
  if (shortForm === undefined) return [];
  return [{ name: pageName(shortForm), section: 1, summary, sameAs: pageName(path), sections: [] }];
}

function synopsis(row: CommandRow, command: Command): string {
  const [first, ...further] = typeof command.usage === "string" ? [command.usage] : command.usage;
  return [
    `${PROGRAM} ${row.path} ${first}`,
    ...further.map((line) => `${PROGRAM} ${row.shortForm ?? row.path} ${line}`),
  ]
    .map((line) => line.trimEnd())
    .join("\n");
}

function engineCommandPage({ name, summary }: { name: string; summary: string }): ManualPage {
  const topic = topics.find((candidate) => candidate.name === name);
  const blocks: Block[] = topic ? [{ kind: "verbatim", text: topic.text(PROGRAM) }] : [];
  const flags = options.flatMap(({ flag, short, type, help }): Block[] =>
    flag === undefined
      ? []
      : [
          {
            kind: "entry",
            term: `${short ? `-${short}, ` : ""}--${flag}${type === "switch" ? "" : ` ${type}`}`,
            text: help,
          },
        ],
  );
  return {
    name: pageName(name),
    section: 8,
    summary,
    sections: [
      { title: "DESCRIPTION", blocks },
      { title: "OPTIONS", blocks: flags },
      {
        title: "SEE ALSO",
        blocks: [
          {
            kind: "references",
            pages: [
              { name: PROGRAM, section: 1 },
              { name: `${PROGRAM}-daemon.json`, section: 5 },
            ],
          },
        ],
      },
    ],
  };
}

function settingsPage(): ManualPage {
  return {
    name: `${PROGRAM}-daemon.json`,
    section: 5,
    summary: "settings of the Berth daemon",
    sections: [
      {
        title: "DESCRIPTION",
        blocks: [
          {
            kind: "paragraph",
            text: "The daemon reads /etc/berth/daemon.json, or the file that --config-file names. The file is one JSON object with Docker's keys; comments are allowed. A key that is unknown, or that is also set by a flag, is refused. SIGHUP makes the daemon read the file again.",
          },
        ],
      },
      { title: "SETTINGS", blocks: options.map(({ key, help }): Block => ({ kind: "entry", term: key, text: help })) },
      { title: "SEE ALSO", blocks: [{ kind: "references", pages: [{ name: `${PROGRAM}-daemon`, section: 8 }] }] },
    ],
  };
}

function topicPage(topic: (typeof topics)[number]): ManualPage {
  return {
    name: pageName(topic.name),
    section: 7,
    summary: topic.summary,
    sections: [{ title: "DESCRIPTION", blocks: [{ kind: "verbatim", text: topic.text(PROGRAM) }] }],
  };
}

function commandsSection(title: string, commands: readonly { name: string; summary: string }[]): ManualSection {
  return { title, blocks: commands.map(({ name, summary }): Block => ({ kind: "entry", term: name, text: summary })) };
}

function optionsSection(title: string, flags: Flags): ManualSection {
  const blocks = Object.entries(flags)
    .filter(([, flag]) => isShown(flag))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, flag]): Block => ({ kind: "entry", term: flagTerm(name, flag), text: flagText(flag) }));
  return { title, blocks };
}

function flagTerm(name: string, { short, type }: Flag<unknown>): string {
  return `${short ? `-${short}, ` : ""}--${name}${type === "" ? "" : ` ${type}`}`;
}

function flagText({ description, shownDefault }: Flag<unknown>): string {
  return shownDefault === undefined ? description : `${description} (default ${shownDefault})`;
}
