import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byHand, ROLLBACK } from '../../../src/deploy/by-hand.ts';
import { release } from './records.ts';

test('a shell is told what to connect and what to check, color by color', () => {
  const health = { path: '/health', intervalMs: 250, inARow: 3, deadlineMs: 60_000 };
  const one = release('r1', {
    version: 'a "b" c',
    standby: 'stopped',
    routes: [
      {
        hosts: ['a.example.com', 'b.example.com'],
        service: 'web',
        port: 80,
        health,
        tls: true,
        redirect: false,
      },
    ],
    targets: {
      blue: [{ service: 'web', connect: 'web', alias: 'shop-production-blue-web', port: 80, replicas: 1 }],
      green: [{ service: 'web', connect: 'web', alias: 'shop-production-green-web', port: 80, replicas: 1 }],
    },
  });
  expect(byHand(one, ['web', 'worker'])).toBe(`standby stopped
version "a \\"b\\" c"
always web
always worker
connect blue web shop-production-blue-web
check blue a.example.com /health https shop-production-blue-web 80
check blue b.example.com /health https shop-production-blue-web 80
connect green web shop-production-green-web
check green a.example.com /health https shop-production-green-web 80
check green b.example.com /health https shop-production-green-web 80
`);
});

describe('bin/rollback', () => {
  const folder = mkdtempSync(join(tmpdir(), 'by-hand-'));
  const path = join(folder, 'rollback');
  writeFileSync(path, ROLLBACK, { mode: 0o700 });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is a shell script without anything left to fill in', () => {
    execFileSync('sh', ['-n', path]);
    expect(ROLLBACK).not.toMatch(/undefined|\[object/);
  });

  test('says how it is used, and refuses what it does not know', () => {
    expect(spawnSync(path, ['--help'], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^usage: rollback/),
    });
    expect(spawnSync(path, ['--nonsense'], { encoding: 'utf8' })).toMatchObject({
      status: 64,
      stderr: expect.stringMatching(/^usage: rollback/),
    });
    expect(spawnSync(path, ['a/../../b'], { encoding: 'utf8' })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: A name holds/),
    });
  });
});
