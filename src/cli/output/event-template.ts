// Prints an event through a Go template, or as JSON.
import { CommandError } from "../failure.ts";
import { parsePrecisely } from "../template/precise-json.ts";
import { structType, toStruct } from "../template/struct-type.ts";
import { compileObjectTemplate } from "./object-template.ts";

const NO_TEMPLATE_EXIT_CODE = 64;

const Actor = structType("events.Actor", "ID Attributes:map[]");
const eventType = structType(
  "*events.Message",
  "Status=status ID=id From=from Type Action Actor:Actor Scope=scope Time=time:int TimeNano=timeNano:int",
  { Actor },
);

/** @throws CommandError with exit code 64 when the template is invalid */
export function eventPrinter(format: string): (text: string) => string {
  const template = compileObjectTemplate(format, "Error parsing format");
  return (text) => {
    try {
      return `${template.render(toStruct(eventType, parsePrecisely(text)))}\n`;
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new CommandError(`Error parsing format: ${reason}`, NO_TEMPLATE_EXIT_CODE);
    }
  };
}
