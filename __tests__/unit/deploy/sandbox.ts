import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../../../src/commands/command.ts';
import type { Output, RunOptions } from '../../../src/hosts/host.ts';
import { LocalHost } from '../../../src/hosts/local.ts';

/**
 * A server without Docker: a home folder, a real shell with the real tools, and a `docker` that notes how it was
 * called and does what the test says.
 */
export class Sandbox {
  readonly home = mkdtempSync(join(tmpdir(), 'server-'));
  readonly #bin = mkdtempSync(join(tmpdir(), 'bin-'));
  /** The environment of its commands. */
  readonly env: NodeJS.ProcessEnv;
  readonly host: LocalHost;

  constructor() {
    // One write a call, so that calls side by side do not mix.
    this.tool(
      'docker',
      `line=$(for word; do printf '%s\\037' "$word"; done)
printf '%s\\036' "$line" >>'${this.#bin}/calls'
. '${this.#bin}/behaviour'`,
    );
    this.docker(':');
    this.env = { PATH: `${this.#bin}:${process.env.PATH}`, HOME: this.home, TMPDIR: this.#bin };
    this.host = new LocalHost(this.env, this.home);
  }

  /** What `docker` does from now on: sh source that sees its words as "$@". */
  docker(source: string): void {
    writeFileSync(join(this.#bin, 'behaviour'), source);
  }

  /** Puts a program before all others of the machine. */
  tool(name: string, source: string): void {
    // One that runs just now can not be written to, but replaced.
    const file = join(this.#bin, name);
    writeFileSync(`${file}.new`, `#!/bin/sh\n${source}\n`, { mode: 0o755 });
    renameSync(`${file}.new`, file);
  }

  /** The calls of `docker` so far, each as its words; forgotten by the asking. */
  calls(): string[][] {
    const file = join(this.#bin, 'calls');
    if (!existsSync(file)) return [];
    const calls = readFileSync(file, 'utf8').split('\x1e').slice(0, -1);
    rmSync(file);
    return calls.map((call) => call.split('\x1f').slice(0, -1));
  }

  run(command: Command, options?: RunOptions): Promise<Output> {
    return this.host.run(command, options);
  }

  path(name: string): string {
    return join(this.home, name);
  }

  /** Writes a file, and the folders above it. */
  write(name: string, content: string): void {
    mkdirSync(join(this.path(name), '..'), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  read(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8') : undefined;
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
    rmSync(this.#bin, { recursive: true, force: true });
  }
}
