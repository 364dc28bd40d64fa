import { TestEnvironment } from 'jest-environment-node';

/** What a test file must not leave behind, since it would keep the process from its end. */
const KINDS = ['TCPSocketWrap', 'TCPServerWrap', 'ProcessWrap'];

/** How long what was closed may take to be gone, in ms. */
const GRACE_MS = 60_000;

/** Node's environment, in which a test file fails that leaves a socket, a server or a child process open. */
export default class extends TestEnvironment {
  async teardown() {
    const deadline = performance.now() + GRACE_MS;
    while (leftovers().length > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));

    await super.teardown();
    if (leftovers().length > 0) throw new Error(`the test left open: ${leftovers().join(', ')}`);
  }
}

function leftovers() {
  return process.getActiveResourcesInfo().filter((kind) => KINDS.includes(kind));
}
