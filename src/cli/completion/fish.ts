// Completion for fish.
import { shellName } from "./shell-name.ts";

export function fishScript(program: string): string {
  const name = shellName(program);
  return `# fish completion for ${program}

function __${name}_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    test (count $lines) -gt 0; or return
    set -l directive (string sub -s 2 -- $lines[-1])
    set -e lines[-1]
    # A value is completed with the flag that it belongs to.
    set -l flag (string match -r -- '^--[^=]+=' $current)
    if test (count $lines) -gt 0
        for line in $lines
            echo -- "$flag$line"
        end
    else if test (math "bitand($directive, 16)") -ne 0
        __fish_complete_directories (string replace -- "$flag" '' $current) | string replace -r -- '^' "$flag"
    else if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path (string replace -- "$flag" '' $current) | string replace -r -- '^' "$flag"
    end
end

complete -c ${program} -e
complete -c ${program} -f -k -a '(__${name}_complete)'
`;
}
