// The topics of `berth help TOPIC`.
import { completionTopic } from "./completion.ts";
import { configurationTopic } from "./configuration.ts";
import { differencesTopic } from "./differences.ts";
import { daemonTopic, doctorTopic } from "./engine.ts";
import { enginesTopic } from "./engines.ts";
import { exitCodesTopic } from "./exit-codes.ts";
import { filtersTopic } from "./filters.ts";
import { formattingTopic } from "./formatting.ts";
import type { Topic } from "./topic.ts";

export const topics: readonly Topic[] = [
  completionTopic,
  configurationTopic,
  daemonTopic,
  differencesTopic,
  doctorTopic,
  enginesTopic,
  exitCodesTopic,
  filtersTopic,
  formattingTopic,
];

const NAME_COLUMN = 15;

/** A topic's page, or for "topics" the list of all; undefined for an unknown topic. */
export function topicPage(program: string, name: string): string | undefined {
  if (name === "topics") {
    const lines = topics.map((topic) => `  ${topic.name.padEnd(NAME_COLUMN)} ${topic.summary}\n`);
    return `Usage:  ${program} help TOPIC\n\nTopics:\n${lines.join("")}`;
  }
  return topics.find((topic) => topic.name === name)?.text(program);
}
