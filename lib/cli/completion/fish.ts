// Completion for fish, which asks the engine by way of sh.

/** The script for fish, around the engine. */
export function renderFish(engine: string): string {
  return `# Completion of crcache for fish: crcache completion fish | source

set -g __crcache_engine ${quote(`${engine}\n__crcache_complete "$@"\n`)}

function __crcache_offers
    set -l before (commandline -opc)
    set -e before[1]
    set -l current (commandline -ct)
    set -l prefix (string match -r -- '^--[^=]*=' "$current")
    set -l value (string replace -r -- '^--[^=]*=' '' "$current")
    for line in (sh -c $__crcache_engine crcache $before "$current")
        switch $line
            case :file
                __fish_complete_path "$value" | string replace -r '^' -- "$prefix"
            case :directory
                __fish_complete_directories "$value" '' | string replace -r '^' -- "$prefix"
            case ':verbatim *'
                set -l count (math (string replace ':verbatim ' '' $line) - 1)
                set -l words
                test $count -gt 0; and set words (string escape -- $before[-$count..-1])
                complete -C (string join ' ' -- $words "$current")
            case '*'
                printf '%s\\n' "$prefix$line"
        end
    end
end

complete -c crcache -f -a '(__crcache_offers)'
`;
}

/** A word of fish that means this text. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, (sign) => `\\${sign}`)}'`;
}
