import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load.ts';
import { composeFiles, readConfig } from '../../../src/config/read.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));
const put = (name: string, content: string | Buffer = '') => writeFileSync(join(workspace, name), content);
const config = (text: string) => loadConfig(`app: shop\n${text}`, 'deploy.yml', 'production');

describe('the file of settings', () => {
  test('is read from the workspace', () => {
    put('ops.yml', '\uFEFFapp: shöp\n');
    expect(() => readConfig(workspace, 'ops.yml', 'production')).toThrow('ops.yml:1:6: app must be');
  });
  test('is refused with the name that was meant', () => {
    put('deploy.yaml', 'app: shop');
    expect(() => readConfig(workspace, 'deploy.yml', 'production')).toThrow(
      'input config: The file of settings "deploy.yml" can not be read. Is "deploy.yaml" meant? Name it in the input `config`.',
    );
  });
  test.each(['', 'missing'])('is refused where there is no checkout (%j)', (folder) => {
    expect(() => readConfig(join(workspace, folder), 'deploy.yml', 'production')).toThrow(
      'Is actions/checkout a step before this one? The input `config` names the file, from the root of the repository.',
    );
  });
  test('must be UTF-8', () => {
    put('deploy.yml', Buffer.from('app: sh\xf6p', 'latin1'));
    expect(() => readConfig(workspace, 'deploy.yml', 'production')).toThrow(
      'deploy.yml: The file is not UTF-8 text. Save it as UTF-8.',
    );
  });
});

describe('the compose files', () => {
  test('are those of the settings', () => {
    put('a.yaml');
    put('b.yaml');
    expect(composeFiles(config('compose: [a.yaml, b.yaml]'), workspace)).toEqual(['a.yaml', 'b.yaml']);
  });
  test('are else the first of the usual names', () => {
    put('docker-compose.yml');
    put('compose.yml');
    expect(composeFiles(config(''), workspace)).toEqual(['compose.yml']);
  });
  test('must be there', () => {
    put('docker-compose.prod.yml');
    expect(() => composeFiles(config('compose: [docker-compose.prod.yaml, x.yml]'), workspace)).toThrow(
      [
        'compose: There is no compose file "docker-compose.prod.yaml". Write "docker-compose.prod.yml" under "compose".',
        'compose: There is no compose file "x.yml". Paths begin at the root of the repository.',
      ].join('\n'),
    );
    expect(() => composeFiles(config(''), workspace)).toThrow(
      'compose: There is no compose file: none of "compose.yaml", "compose.yml", "docker-compose.yaml" and "docker-compose.yml". Name it under "compose".',
    );
  });
});
