'use strict';
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * In this order: that which waits until what ran before counts no more, and the files that end what the other end-to-end
 * files share: first its stack is destroyed, then the account.
 */
const LAST = ['alarms.test.ts', 'deploys.test.ts', 'interrupt.test.ts'];

/** Jest's own order, but for those that have to come last. */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => LAST.findIndex((name) => path.endsWith(`end-to-end/${name}`));
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
