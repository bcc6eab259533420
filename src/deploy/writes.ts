/**
 * sh function that writes a file whole or not at all: beside it, synced, renamed. Its content is argument 2. It is cat
 * that writes: a shell's own printf does not say that the disk is full.
 */
export const WRITE_FILE = `write_file() { printf '%s\\n' "$2" | cat >"$1.new" && sync "$1.new" && mv "$1.new" "$1"; }`;

/**
 * sh function that adds a line to the ledger in the folder it is called in. A line that a power cut left without its
 * end is ended first, or the new one would be lost with it.
 */
export const NOTE = `note() {
  [ ! -s ledger.jsonl ] || [ "$(tail -c 1 ledger.jsonl | wc -l)" -eq 1 ] || echo >>ledger.jsonl
  printf '%s\\n' "$1" | cat >>ledger.jsonl && sync ledger.jsonl
}`;
