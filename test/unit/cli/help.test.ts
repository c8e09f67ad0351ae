// The program's help lists all commands, and every topic has a page.
import { describe, expect, test } from "bun:test";
import { topLevelCommands } from "../../../src/cli/commands/lookup.ts";
import { engineCommands, groups } from "../../../src/cli/commands/table.ts";
import { topLevelHelp } from "../../../src/cli/help-command.ts";
import { topicPage, topics } from "../../../src/cli/help-topics/table.ts";

test("lists every command once, without hidden ones", () => {
  const listed = [...topLevelHelp("berth").matchAll(/^ {2}([a-z]+) +\S/gm)].map(([, name]) => name);
  const all = [...topLevelCommands(), ...groups, ...engineCommands.map((each) => ({ ...each, hidden: false }))];
  const shown = all.filter(({ hidden }) => !hidden).map(({ name }) => name);
  expect(listed.toSorted()).toEqual(shown.toSorted());
});

describe("topics", () => {
  test.each(topics.map(({ name }) => name))("%s", (name) => {
    const page = topicPage("berth", name) ?? "";
    expect(page).toEndWith("\n");
    expect(page.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(topicPage("berth", "topics")).toContain(`\n  ${name} `);
  });
});
