import { TestEnvironment } from 'jest-environment-node';

/** What a test file must not leave behind, since it would keep the process from its end. */
const KINDS = ['TCPSocketWrap', 'TCPServerWrap', 'ProcessWrap'];

/** How long what was closed may take to be gone, in ms. */
const GRACE_MS = 60_000;

/** Node's environment, in which a test file fails that leaves a socket, a server or a child process open. */
export default class extends TestEnvironment {
  hasFailed = false;

  /** @param {{ name: string }} event */
  handleTestEvent({ name }) {
    if (name === 'test_fn_failure' || name === 'hook_failure') this.hasFailed = true;
  }

  /** @override */
  async teardown() {
    // A test that failed may well have left something, and what it says must not be hidden by that.
    const deadline = performance.now() + (this.hasFailed ? 0 : GRACE_MS);
    while (leftovers().length > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));

    await super.teardown();
    if (!this.hasFailed && leftovers().length > 0) throw new Error(`the test left open: ${leftovers().join(', ')}`);
  }
}

function leftovers() {
  return process.getActiveResourcesInfo().filter((kind) => KINDS.includes(kind));
}
