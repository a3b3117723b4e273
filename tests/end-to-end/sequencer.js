'use strict';
const { default: Sequencer } = require('@jest/test-sequencer');

/** Jest's own order, but interrupt.test.ts comes last: it ends the account that the other end-to-end files share. */
module.exports = class extends Sequencer {
  sort(tests) {
    const isLast = ({ path }) => path.endsWith('interrupt.test.ts');
    return super.sort(tests).sort((a, b) => isLast(a) - isLast(b));
  }
};
