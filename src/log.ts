import * as core from '@actions/core';
import { describe, type Fault } from './errors.ts';
import { inert } from './inert.ts';
import { Masks } from './masks.ts';

/** Where the program tells what it does. Everything below main gets one handed in. */
export interface Log {
  info(line: string): void;
  warn(fault: Fault): void;
  error(fault: Fault): void;
  /** Runs `work` inside a foldable group of lines. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Hides a value in everything that is printed from now on. */
  mask(value: string): void;
  /** A text that goes elsewhere than into this log, with everything hidden that was masked. */
  masked(text: string): string;
}

const place = (fault: Fault): core.AnnotationProperties => ({
  title: fault.code,
  ...(fault.file === undefined ? {} : { file: fault.file }),
  ...(fault.line === undefined ? {} : { startLine: fault.line }),
  ...(fault.column === undefined ? {} : { startColumn: fault.column }),
});

/** The log of a workflow run: groups, annotations with title and place, masks. */
export function runnerLog(): Log {
  const masks = new Masks();
  return {
    info: (line) => core.info(inert(line)),
    warn: (fault) => core.warning(describe(fault), place(fault)),
    error: (fault) => {
      core.error(describe(fault), place(fault));
      for (const line of fault.evidence?.split('\n') ?? []) core.info(inert(line));
    },
    group: core.group,
    mask: (value) => {
      for (const fresh of masks.add(value)) core.setSecret(fresh);
    },
    masked: (text) => masks.masked(text),
  };
}

/** The log of a person's terminal: plain lines, no workflow commands. */
export function terminalLog(): Log {
  const masks = new Masks();
  const out = (line: string) => void process.stdout.write(`${masks.masked(line)}\n`);
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
    mask: (value) => void masks.add(value),
    masked: (text) => masks.masked(text),
  };
}
