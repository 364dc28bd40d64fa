import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../../../test/support/process.js';

/**
 * The client as a page of its user gets it: one minified module with all that these files of `client/src` export. In a
 * process of its own, since the bundler does not run in Jest's.
 */
export async function bundleClient(...files: string[]): Promise<string> {
  const paths = files.map((file) => `client/src/${file}`);
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/bundle-client.mjs', ...paths], {
    cwd: ROOT,
    maxBuffer: 16 * 1024 * 1024,
  });

  return stdout;
}
