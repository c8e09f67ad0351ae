// The formats of --format.
import type { Topic } from "./topic.ts";

export const formattingTopic: Topic = {
  name: "formatting",
  summary: "What --format takes: tables, JSON and Go templates",
  text: (program) => `  --format table                  the table as it is without it
  --format 'table TEMPLATE'       a table of one's own; \\t separates columns
  --format json                   JSON, one object a line
  --format TEMPLATE               each object through a Go template

Fields:
  ${program} ps --format '{{.Names}} is {{.State}}'
  ${program} ps --format '{{json .}}'       shows which fields there are
  {{.Label "name"}}               a label's value
  {{index .Config.Labels "a.b"}}  an entry whose name is no word
  {{(index .Mounts 0).Source}}    an entry by its number

Decisions and lists:
  {{if eq .State "running"}}up{{else if .Status}}{{.Status}}{{else}}-{{end}}
  {{with .Config.Healthcheck}}{{.Test}}{{end}}
  {{range .Mounts}}{{.Source}}{{"\\n"}}{{else}}none{{end}}
  {{range $name, $network := .NetworkSettings.Networks}}{{$name}} {{end}}
  {{$id := .ID}}                  a variable
  {{- " spaces around are dropped " -}}

Functions of Go:
  and or not eq ne lt le gt ge len index slice print printf println html js
  urlquery call

Functions of Docker:
  json VALUE                      as JSON
  upper lower title TEXT          letters
  split TEXT SEPARATOR            a list of the parts
  join LIST SEPARATOR             one text of the parts
  pad TEXT BEFORE AFTER           with so many spaces around
  truncate TEXT LENGTH            the beginning of it

'inspect' shows fields under the names of the API's JSON as well.
`,
};
