import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder in which ssh-keygen makes real keys. */
export class Keys {
  readonly dir = mkdtempSync(join(tmpdir(), 'keys-'));

  /** Makes a key and returns its private half. @param options of ssh-keygen, such as `-t ed25519` */
  make(name: string, options: string, passphrase = ''): string {
    execFileSync('ssh-keygen', [
      '-q',
      ...options.split(' '),
      '-N',
      passphrase,
      '-C',
      name,
      '-f',
      this.path(name),
    ]);
    return readFileSync(this.path(name), 'utf8');
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  /** `ssh-ed25519 AAAA... name` */
  public(name: string): string {
    return readFileSync(`${this.path(name)}.pub`, 'utf8').trim();
  }

  /** `SHA256:...`, as ssh-keygen tells it. */
  fingerprint(name: string): string {
    return execFileSync('ssh-keygen', ['-lf', `${this.path(name)}.pub`], { encoding: 'utf8' }).split(
      ' ',
    )[1] as string;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true });
  }
}
