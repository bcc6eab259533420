import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type ActionRun, type Run, startAction } from './action.ts';
import { type ComposeFile, composeFile, type DeployFile, deployFile, smallComposeFile } from './app-files.ts';
import type { Rig, Server } from './rig.ts';

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), 'app');

/** Inputs and environment of a run that differ from the usual ones. */
export interface Given {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
}

/** The inputs that lead to a server. */
export const wayTo = (rig: Rig, server: Server) => ({
  host: server.host,
  'ssh-key': readFileSync(rig.key, 'utf8'),
  'ssh-known-hosts': readFileSync(rig.knownHosts, 'utf8'),
});

/** A user's repository, in a folder of its own, and the server that it is deployed to. */
export class App {
  readonly name: string;
  readonly hostname: string;
  readonly folder: string;
  /** What the files hold when the next run begins; tests change it. */
  compose: ComposeFile;
  config: DeployFile;
  /** Text of the compose file in place of what `compose` holds. */
  composeText: string | undefined;
  secrets: Record<string, string> = { DB_PASSWORD: 'a-password-for-tests' };
  readonly #rig: Rig;
  readonly #server: Server;
  #version = 0;

  constructor(name: string, rig: Rig, server: Server) {
    this.name = name;
    this.hostname = `${name}.example.com`;
    this.#rig = rig;
    this.#server = server;
    this.folder = mkdtempSync(join(tmpdir(), `${name}-`));
    this.compose = composeFile(name);
    this.config = deployFile(name);
    cpSync(SOURCE, join(this.folder, 'web'), { recursive: true });
  }

  /** An app without a database. */
  static small(name: string, rig: Rig, server: Server): App {
    const app = new App(name, rig, server);
    app.compose = smallComposeFile(name);
    app.config = { ...app.config, shared: [], env: { clear: {}, secret: [] } };
    return app;
  }

  /** The variables of the web service. */
  get web(): Record<string, string> {
    const { web } = this.compose.services;
    if (!web) throw new Error('there is no service web');
    web.environment ??= {};
    return web.environment;
  }

  /** Starts a run of the action on the files as they are now. */
  start(command: string, { inputs = {}, env = {} }: Given = {}): ActionRun {
    writeFileSync(join(this.folder, 'compose.yaml'), this.composeText ?? stringify(this.compose));
    writeFileSync(join(this.folder, 'deploy.yml'), stringify(this.config));
    const usual = { ...wayTo(this.#rig, this.#server), secrets: JSON.stringify(this.secrets) };
    return startAction(this.folder, command, { ...usual, ...inputs }, env);
  }

  run(command: string, given: Given = {}): Promise<Run> {
    return this.start(command, given).ended;
  }

  /** Starts a deploy of something new, as the next version. */
  startDeploy({ inputs = {}, env = {} }: Given = {}): ActionRun {
    const version = `v${++this.#version}`;
    writeFileSync(join(this.folder, 'web', 'version'), version);
    return this.start('deploy', { env, inputs: { version, ...inputs } });
  }

  deploy(given: Given = {}): Promise<Run> {
    return this.startDeploy(given).ended;
  }

  /** The version that was built or deployed last. */
  get version(): string {
    return `v${this.#version}`;
  }

  /** Builds something new, as the next version, without deploying it. */
  build({ inputs = {}, env = {} }: Given = {}): Promise<Run> {
    const version = `v${++this.#version}`;
    writeFileSync(join(this.folder, 'web', 'version'), version);
    return this.run('build', { env, inputs: { version, ...inputs } });
  }

  /** Removes the folder. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
