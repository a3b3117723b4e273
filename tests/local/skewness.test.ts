import { jobSkewness } from '../../local/glue/skewness';

/** Tasks of a stage that begin together and take so long. */
const stage = (id: number, ...times: number[]) => times.map((time) => ({ stage: id, launched: 0, finished: time }));

test.each([
  ['no tasks', [], 0],
  ['a longest task of less than five times the median', stage(1, 10, 10, 49), 0],
  ['ten times the median', stage(1, 10, 10, 100), 1],
  ['the same in one stage of two that take as long', [...stage(1, 10, 10, 100), ...stage(2, 100)], 0.5],
])('skewness of %s', (_, tasks, expected) => expect(jobSkewness(tasks)).toBeCloseTo(expected, 5));
