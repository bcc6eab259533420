import * as core from '@actions/core';
import { describe, type Fault } from './errors.ts';
import { inert } from './inert.ts';

/** Where the program tells what it does. Everything below main gets one handed in. */
export interface Log {
  info(line: string): void;
  warn(fault: Fault): void;
  error(fault: Fault): void;
  /** Runs `work` inside a foldable group of lines. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Hides a value in everything that is printed from now on. */
  mask(value: string): void;
}

const place = (fault: Fault): core.AnnotationProperties => ({
  title: fault.code,
  ...(fault.file === undefined ? {} : { file: fault.file }),
  ...(fault.line === undefined ? {} : { startLine: fault.line }),
  ...(fault.column === undefined ? {} : { startColumn: fault.column }),
});

/** The log of a workflow run: groups, annotations with title and place, masks. */
export function runnerLog(): Log {
  return {
    info: (line) => core.info(inert(line)),
    warn: (fault) => core.warning(describe(fault), place(fault)),
    error: (fault) => {
      core.error(describe(fault), place(fault));
      for (const line of fault.evidence?.split('\n') ?? []) core.info(inert(line));
    },
    group: core.group,
    mask: (value) => {
      // The runner masks line by line: each line of a value with several is a secret of its own. One of brackets alone
      // (a key file in JSON has such) is none, and masking it would leave no brackets in the log.
      const lines = value.split(/\r?\n/);
      for (const line of lines)
        if (/[\p{L}\p{N}]/u.test(line) || (lines.length === 1 && line !== '')) core.setSecret(line);
    },
  };
}

/** The log of a person's terminal: plain lines, no workflow commands. */
export function terminalLog(): Log {
  const out = (line: string) => void process.stdout.write(`${line}\n`);
  return {
    info: (line) => out(`  ${line}`),
    warn: (fault) => out(`warning: ${describe(fault)}`),
    error: (fault) => {
      out(`error: ${describe(fault)}`);
      if (fault.evidence) out(fault.evidence);
    },
    group: (title, work) => {
      out(title);
      return work();
    },
    // Nothing is printed that holds a secret; on a terminal there is nobody to hide it behind.
    mask: () => {},
  };
}
